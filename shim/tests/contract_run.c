/*
 * Runs the program 'contract' in a network of its own: by the kernel alone, or with the library and
 * KTSNd's side of the channel, which takes what comes. Says at the end how many datagrams that was.
 *
 * usage: contract_run NETWORK-SCRIPT PROGRAM [LIBRARY | -]
 *
 * "-" is a program with the library in it.
 */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "daemon.h"

static char directory[] = "/tmp/ktsn-contract-XXXXXX";
static char path[64];
static pid_t main_process;

static void tidy(void) {
    if (getpid() == main_process) {
        unlink(path);
        rmdir(directory);
    }
}

static pid_t start(const char *program, const char *library) {
    pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close_range(3, ~0u, 0);
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        if (library != NULL) {
            setenv("KTSN_SOCKET", path, 1);
            if (strcmp(library, "-") != 0)
                setenv("LD_PRELOAD", library, 1);
        }
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    return process;
}

/* Takes datagrams until the program has ended. */
static int serve(struct daemon *daemon, pid_t process, int *taken) {
    struct daemon_record record;
    int status;
    while (waitpid(process, &status, WNOHANG) == 0) {
        while (daemon_await(daemon, &record, 20))
            (*taken)++;
    }
    while (daemon_take(daemon, &record))
        (*taken)++;
    return status;
}

int main(int argc, char **argv) {
    char command[512];
    int status = 0, taken = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: %s NETWORK-SCRIPT PROGRAM [LIBRARY | -]\n", argv[0]);
        return 2;
    }
    if (geteuid() != 0) {
        fprintf(stderr, "this makes a network namespace: run it as root\n");
        return 2;
    }
    CHECK(mkdtemp(directory) != NULL);
    main_process = getpid();
    atexit(tidy);
    snprintf(path, sizeof path, "%s/app.sock", directory);
    /* The unprivileged part of the program is to reach it, too. */
    CHECK_EQUAL(chmod(directory, 0755), 0);
    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    snprintf(command, sizeof command, "sh %s", argv[1]);
    CHECK_EQUAL(system(command), 0);
    if (argc > 3) {
        struct daemon_options options = {.slot_count = 512,
                                         .slot_octets = 2048,
                                         .interface_index = if_nametoindex("tsn0"),
                                         .mtu = 1500};
        struct daemon *daemon = daemon_start(path, &options);
        CHECK_EQUAL(chmod(path, 0666), 0);
        status = serve(daemon, start(argv[2], argv[3]), &taken);
        daemon_kill(daemon);
    } else {
        pid_t process = start(argv[2], NULL);
        CHECK_EQUAL(waitpid(process, &status, 0), process);
    }
    fprintf(stderr, "taken %d\n", taken);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
