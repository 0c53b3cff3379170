#include "folder.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "kernel.h"

#define STACK_OCTETS 16384

void ktsn_folder_initialize(struct ktsn_folder *folder) {
    folder->descriptor = -1;
}

/* Writes the path of the folder; returns the name of the socket in it, or NULL. */
static const char *split(const char *path, char folder[256]) {
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    if (slash == NULL || length >= 255)
        return NULL;
    memcpy(folder, path, length);
    memcpy(folder + length, length == 0 ? "/" : "", length == 0 ? 2 : 1);
    return slash + 1;
}

static bool is_kept(const struct ktsn_folder *folder, const struct stat *found) {
    return found->st_dev == folder->device && found->st_ino == folder->inode;
}

/* The program may have closed the descriptor behind the library's back, and use its number. */
static bool is_open(struct ktsn_folder *folder) {
    struct stat found;
    int descriptor = folder->descriptor;
    if (descriptor < 0)
        return false;
    if (KTSN_SYSCALL(SYS_fstat, descriptor, &found) == 0 && is_kept(folder, &found))
        return true;
    folder->descriptor = -1;
    return false;
}

static bool find(const char *path, struct stat *found) {
    return KTSN_SYSCALL(SYS_newfstatat, AT_FDCWD, path, found, 0) == 0;
}

void ktsn_folder_keep(struct ktsn_folder *folder, const char *path, int (*move_up)(int)) {
    char name[256];
    struct stat found;
    if (split(path, name) == NULL)
        return;
    if (is_open(folder)) {
        if (find(name, &found) && is_kept(folder, &found))
            return;
        kernel_close(folder->descriptor);
        folder->descriptor = -1;
    }
    long fd = KTSN_SYSCALL(SYS_openat, AT_FDCWD, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    int moved = move_up((int)fd);
    if (KTSN_SYSCALL(SYS_fstat, moved, &found) < 0) {
        kernel_close(moved);
        return;
    }
    folder->device = found.st_dev;
    folder->inode = found.st_ino;
    folder->descriptor = moved;
}

struct visit {
    int folder, socket;
    struct sockaddr_un address;
    long result;
};

/* Runs with a working directory of its own. */
static void visit(void *argument) {
    struct visit *visit = argument;
    visit->result = KTSN_SYSCALL(SYS_fchdir, visit->folder);
    if (visit->result == 0)
        visit->result =
            KTSN_SYSCALL(SYS_connect, visit->socket, &visit->address, sizeof visit->address);
}

/*
 * There is no connectat(), and /proc/self/fd need not be there under the new root. So a thread that
 * shares all but the working directory goes to the folder and connects, while this one stands still
 * (CLONE_VFORK), with all signals blocked, so that no handler runs on its small stack. To KTSNd it
 * is the same process.
 */
static long connect_in(struct visit *the) {
    static _Alignas(16) char stack[STACK_OCTETS];
    uint64_t all = ~UINT64_C(0), before;
    the->result = -EAGAIN;
    KTSN_SYSCALL(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    long thread =
        ktsn_enter_thread(visit, the, stack + sizeof stack,
                          CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_VFORK);
    if (thread < 0)
        the->result = thread;
    KTSN_SYSCALL(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    return the->result;
}

long ktsn_folder_connect(struct ktsn_folder *folder, const char *path, int socket, long error) {
    char name[256];
    struct stat found;
    const char *socket_name = split(path, name);
    if (socket_name == NULL || !is_open(folder) || (find(name, &found) && is_kept(folder, &found)))
        return error;
    struct visit visit = {
        .folder = folder->descriptor, .socket = socket, .address = {.sun_family = AF_UNIX}};
    if (strlen(socket_name) >= sizeof visit.address.sun_path)
        return error;
    strcpy(visit.address.sun_path, socket_name);
    return connect_in(&visit);
}
