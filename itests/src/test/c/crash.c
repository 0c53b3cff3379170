/*
 * Programs that stop and die while they send, with nothing but the socket interface.
 *
 *   crash TO PORT SECONDS
 *
 * Ends with "killed N, stopped N, refused N, frozen N": by a signal in the midst of sending,
 * stopped in it and left so to the end, sends of memory that can't be read, which were answered
 * with EFAULT, and frozen in it by their cgroup, as a container that is paused. Says so on standard
 * error where no cgroup can be made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <mntent.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stamped.h"

enum { PER_BURST = 16, PAGE = 4096, MOST_STOPPED = 64, MOST_FROZEN = 32, PATH = 512 };

static struct sockaddr_in to = {.sin_family = AF_INET};
static char *shared; /* a page that a thread takes away and puts back */

static int64_t now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int open_socket(void) {
    int fd = stamped_socket();
    if (fd < 0) {
        perror("crash: socket");
        exit(1);
    }
    return fd;
}

static ssize_t transmit(int fd, void *payload) {
    return send_stamped(fd, payload, 64, MSG_DONTWAIT, &to, sizeof to,
                        (uint64_t)now_ns(CLOCK_TAI) + 20000000);
}

static void burst_for_ever(int fd, void *payload) {
    for (;;) {
        for (int i = 0; i < PER_BURST; i++)
            transmit(fd, payload);
        usleep(1000);
    }
}

static void *take_away(void *unused) {
    (void)unused;
    for (;;) {
        mprotect(shared, PAGE, PROT_NONE);
        mprotect(shared, PAGE, PROT_READ | PROT_WRITE);
    }
    return NULL;
}

/* Begins to send; the third of three has its payload taken away meanwhile, and dies of that. */
static pid_t begin(int kind) {
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    static char payload[64];
    int fd = open_socket();
    pthread_t thread;
    if (kind % 3 == 2)
        pthread_create(&thread, NULL, take_away, NULL);
    burst_for_ever(fd, kind % 3 == 2 ? shared : payload);
    _exit(0);
}

/* ---- a cgroup whose processes are frozen ---- */

static char frozen_group[PATH];

static bool put(const char *name, const char *value) {
    char path[2 * PATH];
    snprintf(path, sizeof path, "%s/%s", frozen_group, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    if (fd >= 0)
        close(fd);
    return done;
}

/* Makes it, in the second version of cgroups, wherever that is mounted. */
static bool make_frozen_group(void) {
    FILE *mounts = setmntent("/proc/self/mounts", "r");
    for (struct mntent *mount; mounts != NULL && (mount = getmntent(mounts)) != NULL;) {
        if (strcmp(mount->mnt_type, "cgroup2") == 0) {
            snprintf(frozen_group, sizeof frozen_group, "%s/ktsn-crash", mount->mnt_dir);
            break;
        }
    }
    if (mounts != NULL)
        endmntent(mounts);
    if (frozen_group[0] == '\0')
        fprintf(stderr, "crash: no cgroup2 is mounted; nothing is frozen\n");
    else if ((mkdir(frozen_group, 0755) == 0 || errno == EEXIST) && put("cgroup.freeze", "1"))
        return true;
    else
        fprintf(stderr, "crash: %s: %s; nothing is frozen\n", frozen_group, strerror(errno));
    return false;
}

static bool freeze(pid_t child) {
    char number[16];
    snprintf(number, sizeof number, "%d", child);
    return put("cgroup.procs", number);
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    inet_pton(AF_INET, argv[1], &to.sin_addr);
    to.sin_port = htons((uint16_t)atoi(argv[2]));
    int64_t end = now_ns(CLOCK_MONOTONIC) + atol(argv[3]) * INT64_C(1000000000);
    shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *unreadable = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char readable[64] = {0};
    int fd = open_socket();
    pid_t stopped[MOST_STOPPED], cold[MOST_FROZEN];
    unsigned seed = 1;
    int killed = 0, stopped_count = 0, refused = 0, frozen = 0;
    bool freezes = make_frozen_group();
    for (int round = 0; now_ns(CLOCK_MONOTONIC) < end; round++) {
        pid_t child = begin(round);
        usleep(5000 + (unsigned)rand_r(&seed) % 5000);
        if (round % 8 == 1 && stopped_count < MOST_STOPPED) {
            kill(child, SIGSTOP);
            stopped[stopped_count++] = child;
            continue;
        }
        if (round % 8 == 4 && freezes && frozen < MOST_FROZEN && freeze(child)) {
            cold[frozen++] = child;
            continue;
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        killed++;
        transmit(fd, readable);
        if (transmit(fd, unreadable) == -1 && errno == EFAULT)
            refused++;
    }
    for (int i = 0; i < stopped_count; i++) {
        kill(stopped[i], SIGKILL);
        waitpid(stopped[i], NULL, 0);
    }
    for (int i = 0; i < frozen; i++) {
        kill(cold[i], SIGKILL);
        waitpid(cold[i], NULL, 0);
    }
    if (freezes)
        rmdir(frozen_group);
    printf("killed %d, stopped %d, refused %d, frozen %d\n", killed, stopped_count, refused,
           frozen);
    return 0;
}
