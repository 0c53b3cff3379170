/*
 * ktsn-preload: a createContainer hook of the OCI runtime specification, named by the containers'
 * CDI specifications. It has the container's programs load LibKTSN by /etc/ld.so.preload, for a
 * container's LD_PRELOAD is its own: what that names stays, and stays in front. A file that the
 * image has there stays, too, with one line more; nothing is written into the image.
 *
 *   ktsn-preload LIBRARY    its path in the container; the container's state on standard input
 *
 * It runs in the container's namespaces, as root of them, before their root is changed. The image
 * is not trusted: no link in it leads out of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "json.h"
#include "relay.h"

#define FOLDER "etc"
#define NAME "ld.so.preload"
#define FILE_PATH FOLDER "/" NAME

enum {
    STATE_MAX = 1 << 20,
    CONFIG_MAX = 16 << 20,
    OWN_MAX = 64 << 10,
    PATH_ROOM = 4096,
    LIMIT_MS = 5000,
};

static const char ROOM[] = "256k"; /* for the file, with what the image has */

static int say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the runtime shows where a container does not start. */
static int say(const char *format, ...) {
    va_list arguments;

    fputs("ktsn-preload: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return -1;
}

static int open_in(int root, const char *path, uint64_t flags) {
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Where the container's root is, as config.json in its bundle says. */
static int open_root(void) {
    static const char *const BUNDLE[] = {"bundle", NULL};
    static const char *const ROOT[] = {"root", "path", NULL};
    struct buffer state = {0}, config = {0};
    char bundle[PATH_ROOM], root[PATH_ROOM];
    int64_t deadline_ms = now_ms() + LIMIT_MS;
    int folder = -1, fd = -1, result = -1;

    int status = read_all(STDIN_FILENO, STATE_MAX, deadline_ms, &state);
    if (status == 0)
        status = json_find(state.data, state.length, BUNDLE, bundle, sizeof(bundle));
    if (status < 0) {
        say("standard input is not a container's state with a bundle (%s); let an OCI runtime "
            "start this",
            strerror(-status));
        goto out;
    }
    folder = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    fd = folder < 0 ? -1 : openat(folder, "config.json", O_RDONLY | O_CLOEXEC);
    status = fd < 0 ? -errno : read_all(fd, CONFIG_MAX, deadline_ms, &config);
    if (status == 0)
        status = json_find(config.data, config.length, ROOT, root, sizeof(root));
    if (status < 0) {
        say("the container's root can't be told from %s/config.json (%s)", bundle,
            strerror(-status));
        goto out;
    }
    result = openat(folder, root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (result < 0)
        say("the container's root %s can't be opened (%s)", root, strerror(errno));
out:
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    free(config.data);
    free(state.data);
    return result;
}

/* Reads what the image has; nothing if it has no such file. */
static int read_own(int root, struct buffer *own) {
    struct stat about;
    int fd = open_in(root, FILE_PATH, O_RDONLY | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &about) < 0) {
        say("the image's /" FILE_PATH " can't be read (%s)", strerror(errno));
        return -1;
    }
    int status = S_ISREG(about.st_mode) ? read_all(fd, OWN_MAX, now_ms() + LIMIT_MS, own) : -EINVAL;
    close(fd);
    if (status < 0)
        return say("the image's /" FILE_PATH " is no file of %d octets at most; mend the image",
                   OWN_MAX);
    return 0;
}

/* Opens the file's place; one is made where the image has none, as runtimes do for mounts. */
static int open_place(int root, int *folder) {
    *folder = open_in(root, FOLDER, O_PATH | O_DIRECTORY);
    if (*folder < 0 && errno == ENOENT && mkdirat(root, FOLDER, 0755) == 0)
        *folder = open_in(root, FOLDER, O_PATH | O_DIRECTORY);
    if (*folder < 0)
        return say("the image's /" FOLDER " can't be opened (%s)", strerror(errno));
    int place = open_in(root, FILE_PATH, O_PATH);
    if (place < 0 && errno == ENOENT) {
        int fd = openat(*folder, NAME, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
        if (fd >= 0)
            close(fd);
        place = open_in(root, FILE_PATH, O_PATH);
    }
    if (place < 0)
        return say("there is no place for /" FILE_PATH " in the image (%s); make an empty file",
                   strerror(errno));
    return place;
}

static int write_all(int fd, const void *from, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t written = write(fd, (const char *)from + done, length - done);
        if (written < 0)
            return -1;
        done += (size_t)written;
    }
    return 0;
}

/* A file system in memory, of the container's own, with the file in it; not in sight yet. */
static int make_file(const struct buffer *own, const char *library) {
    int system = fsopen("tmpfs", FSOPEN_CLOEXEC);
    int made = -1;

    if (system >= 0 && fsconfig(system, FSCONFIG_SET_STRING, "size", ROOM, 0) == 0 &&
        fsconfig(system, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
        fsconfig(system, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        made = fsmount(system, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    int error = errno;
    if (system >= 0)
        close(system);
    if (made < 0)
        return say("no file system in memory can be made (%s)", strerror(error));
    int fd = openat(made, NAME, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    int separate = own->length > 0 && own->data[own->length - 1] != '\n';
    if (fd < 0 || fchmod(fd, 0644) < 0 || write_all(fd, own->data, own->length) < 0 ||
        write_all(fd, "\n", (size_t)separate) < 0 || write_all(fd, library, strlen(library)) < 0 ||
        write_all(fd, "\n", 1) < 0) {
        say("/" FILE_PATH " can't be written (%s)", strerror(errno));
        close(made);
        made = -1;
    }
    if (fd >= 0)
        close(fd);
    return made;
}

/*
 * Puts the file in its place. Only a mount that is in sight can be taken apart: so the file system
 * comes over the folder for a moment, which nobody but the runtime sees, and the file alone stays.
 */
static int put(int made, int folder, int place) {
    if (move_mount(made, "", folder, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return say("nothing can be mounted in the container (%s)", strerror(errno));
    int file = open_tree(made, NAME, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    int error = errno;
    if (fchdir(made) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return say("the container's /" FOLDER " can't be laid open again (%s)", strerror(errno));
    if (file < 0)
        return say("/" FILE_PATH " can't be mounted (%s)", strerror(error));
    int status = move_mount(file, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    if (status < 0)
        say("/" FILE_PATH " can't be mounted (%s)", strerror(errno));
    close(file);
    return status;
}

static int preload(int root, const char *library) {
    struct buffer own = {0};
    int folder = -1, place = -1, made = -1;
    int status = read_own(root, &own);

    if (status < 0 || (own.length > 0 && memmem(own.data, own.length, library, strlen(library))))
        goto out;
    place = open_place(root, &folder);
    made = place < 0 ? -1 : make_file(&own, library);
    status = made < 0 ? -1 : put(made, folder, place);
out:
    if (made >= 0)
        close(made);
    if (place >= 0)
        close(place);
    if (folder >= 0)
        close(folder);
    free(own.data);
    return status;
}

int main(int count, char **arguments) {
    if (count != 2 || arguments[1][0] != '/' || strpbrk(arguments[1], " \t\n:#") != NULL) {
        say("give one path of LibKTSN, as the container sees it");
        return 2;
    }
    int root = open_root();
    int status = root < 0 ? -1 : preload(root, arguments[1]);
    if (root >= 0)
        close(root);
    return status < 0 ? 1 : 0;
}
