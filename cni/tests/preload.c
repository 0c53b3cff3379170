/* ktsn-preload as a whole, on images that this program makes. Needs root, for it mounts. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY "/opt/ktsn/libktsn.so"
#define FILE_PATH "/etc/ld.so.preload"

static int failed;
static const char *program;
static char directory[64];

static void check(const char *name, bool holds) {
    printf("%s %s\n", holds ? "ok" : "not ok", name);
    fflush(stdout);
    failed |= !holds;
}

static void must(bool holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(99);
    }
}

static const char *in(const char *path) {
    static char whole[4][512];
    static int next;
    char *to = whole[next++ % 4];

    snprintf(to, sizeof(whole[0]), "%s%s", directory, path);
    return to;
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(in(path), "w");

    must(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, path);
}

static bool reads(const char *path, const char *wanted) {
    char text[4096];
    FILE *file = fopen(in(path), "r");

    if (file == NULL)
        return false;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    text[length] = '\0';
    fclose(file);
    return strcmp(text, wanted) == 0;
}

/* An empty image in a bundle, whose configuration names it. */
static void begin(void) {
    strcpy(directory, "/tmp/ktsn-preload-XXXXXX");
    must(mkdtemp(directory) != NULL, "mkdtemp");
    must(mkdir(in("/rootfs"), 0755) == 0 && mkdir(in("/rootfs/etc"), 0755) == 0, "mkdir");
    write_file("/config.json", "{\"ociVersion\":\"1.0.2\",\"process\":{\"root\":{\"path\":\"/\"}},"
                               "\"root\":{\"readonly\":true,\"path\":\"rootfs\"},\"mounts\":[]}");
}

static void end(void) {
    char command[128];

    while (umount2(in("/rootfs" FILE_PATH), MNT_DETACH) == 0)
        continue;
    snprintf(command, sizeof(command), "rm -r '%s'", directory);
    must(system(command) == 0, "rm");
}

/* Runs the hook; returns its exit code. */
static int hook(const char *state) {
    int in[2];
    int status;

    must(pipe2(in, O_CLOEXEC) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(in[0], 0);
        dup2(nowhere, 2);
        execl(program, program, LIBRARY, (char *)NULL);
        _exit(98);
    }
    close(in[0]);
    must(write(in[1], state, strlen(state)) == (ssize_t)strlen(state), "write");
    close(in[1]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(void) {
    char state[256];

    snprintf(state, sizeof(state), "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"bundle\":\"%s\"}",
             directory);
    return hook(state);
}

static bool is_mounted(void) {
    struct stat file, folder;

    return stat(in("/rootfs" FILE_PATH), &file) == 0 && stat(in("/rootfs/etc"), &folder) == 0 &&
           file.st_dev != folder.st_dev;
}

static void without_file(void) {
    struct stat about;

    begin();
    write_file("/rootfs/etc/passwd", "root");
    check("an image without the file gets it",
          run() == 0 && is_mounted() && reads("/rootfs" FILE_PATH, LIBRARY "\n"));
    check("everybody may read it",
          stat(in("/rootfs" FILE_PATH), &about) == 0 && (about.st_mode & 0777) == 0644);
    check("what else is in its folder stays in sight", reads("/rootfs/etc/passwd", "root"));
    check("it is there once if the hook runs twice",
          run() == 0 && reads("/rootfs" FILE_PATH, LIBRARY "\n"));
    must(umount2(in("/rootfs" FILE_PATH), 0) == 0, "umount");
    check("nothing is written into the image", reads("/rootfs" FILE_PATH, ""));
    end();
    begin();
    must(rmdir(in("/rootfs/etc")) == 0, "rmdir");
    check("an image without the folder gets it",
          run() == 0 && reads("/rootfs" FILE_PATH, LIBRARY "\n"));
    end();
}

static void with_file(const char *own, const char *wanted) {
    begin();
    write_file("/rootfs" FILE_PATH, own);
    check("the image's own libraries stay in front",
          run() == 0 && reads("/rootfs" FILE_PATH, wanted));
    while (umount2(in("/rootfs" FILE_PATH), 0) == 0)
        continue;
    check("the image's own file is as it was", reads("/rootfs" FILE_PATH, own));
    end();
}

static void links(void) {
    char outside[128];

    begin();
    snprintf(outside, sizeof(outside), "../../../../../../../..%s/outside", directory);
    write_file("/outside", "/evil.so");
    must(symlink(outside, in("/rootfs" FILE_PATH)) == 0, "symlink");
    check("a link out of the image leads nowhere", run() == 1 && reads("/outside", "/evil.so"));
    end();
    begin();
    must(rmdir(in("/rootfs/etc")) == 0 && symlink("../..", in("/rootfs/etc")) == 0, "symlink");
    write_file("/ld.so.preload", "/evil.so");
    check("a linked folder stays in the image", run() == 0 && reads("/ld.so.preload", "/evil.so") &&
                                                    reads("/rootfs/ld.so.preload", LIBRARY "\n"));
    while (umount2(in("/rootfs/ld.so.preload"), MNT_DETACH) == 0)
        continue;
    end();
    begin();
    write_file("/rootfs/etc/other", "/own.so\n");
    must(symlink("/etc/other", in("/rootfs" FILE_PATH)) == 0, "symlink");
    check("a link inside the image is followed",
          run() == 0 && reads("/rootfs/etc/other", "/own.so\n" LIBRARY "\n"));
    while (umount2(in("/rootfs/etc/other"), MNT_DETACH) == 0)
        continue;
    end();
}

static void refusals(void) {
    static const char *const STATES[] = {
        "",
        "{}",
        "[]",
        "{\"bundle\":1}",
        "{\"bundle\":\"/nowhere\"}",
        "{\"bundle\":\"/tmp\\u002f\"}",
        "{\"a\":{\"bundle\":\"/tmp\"}}",
        "{\"bundle\":\"",
    };
    static const char *const CONFIGS[] = {
        "",
        "{}",
        "{\"root\":\"rootfs\"}",
        "{\"root\":{}}",
        "{\"root\":{\"path\":\"none\"}}",
        "{\"process\":{\"root\":{\"path\":\"rootfs\"}}}",
        "{\"root\":{\"path\":\"config.json\"}}",
    };
    begin();
    bool refused = true;
    for (size_t i = 0; i < sizeof(STATES) / sizeof(STATES[0]); i++)
        refused &= hook(STATES[i]) == 1;
    check("what is no container's state is refused", refused);
    for (size_t i = 0; i < sizeof(CONFIGS) / sizeof(CONFIGS[0]); i++) {
        write_file("/config.json", CONFIGS[i]);
        refused &= run() == 1;
    }
    check("what is no bundle is refused", refused);
    end();
    begin();
    must(mkfifo(in("/rootfs" FILE_PATH), 0644) == 0, "mkfifo");
    check("a pipe in the file's place is not waited for", run() == 1);
    end();
    begin();
    FILE *large = fopen(in("/rootfs" FILE_PATH), "w");
    must(large != NULL && ftruncate(fileno(large), 1 << 20) == 0 && fclose(large) == 0, "large");
    check("a file that is too large is refused", run() == 1);
    end();
}

int main(int count, char **arguments) {
    if (count != 2)
        return 2;
    program = realpath(arguments[1], NULL);
    signal(SIGPIPE, SIG_IGN);
    must(unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0,
         "this test mounts; run it as root");
    without_file();
    with_file("/own.so\n", "/own.so\n" LIBRARY "\n");
    with_file("/own.so /other.so", "/own.so /other.so\n" LIBRARY "\n");
    with_file("/own.so:" LIBRARY, "/own.so:" LIBRARY);
    links();
    refusals();
    return failed;
}
