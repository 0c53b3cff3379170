#include "pending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Shorter than a file's name by what a draft's has more. */
#define NAME_LENGTH_MAX 230

static bool is_folder(const char *path) {
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

int pending_folder(const char *socket_path, const char *instance, char folder[PATH_MAX]) {
    const char *end = strrchr(socket_path, '/');
    int length = end == NULL ? 0 : (int)(end - socket_path);

    snprintf(folder, PATH_MAX, "%.*s/cni.pending", length, socket_path);
    if (is_folder(folder))
        return 0;
    snprintf(folder, PATH_MAX, "/var/lib/%s", instance);
    if (!is_folder(folder))
        return -ENOENT;
    snprintf(folder, PATH_MAX, "/var/lib/%s/cni-pending", instance);
    return mkdir(folder, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static bool is_identifier(const char *text) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    return text != NULL && text[0] != '\0' && strchr("_.-", text[0]) == NULL &&
           text[strspn(text, allowed)] == '\0';
}

/* CONTAINERID@INTERFACE: neither of the two has such a character. */
static int name_file(char name[NAME_LENGTH_MAX + 1]) {
    const char *container = getenv("CNI_CONTAINERID");
    const char *interface = getenv("CNI_IFNAME");

    if (!is_identifier(container) || !is_identifier(interface))
        return -EINVAL;
    int length = snprintf(name, NAME_LENGTH_MAX + 1, "%s@%s", container, interface);
    return length > NAME_LENGTH_MAX ? -ENAMETOOLONG : 0;
}

static bool is_needed(const char *entry) {
    return strncmp(entry, "CNI_", 4) == 0 || strncmp(entry, "PATH=", 5) == 0;
}

static int write_all(int fd, const void *from, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t written = write(fd, (const char *)from + done, length - done);
        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

static int write_length(int fd, size_t length) {
    unsigned char octets[4];

    for (int i = 0; i < 4; i++)
        octets[i] = (unsigned char)(length >> (24 - 8 * i));
    return write_all(fd, octets, sizeof(octets));
}

static int write_request(int fd, char *const environment[], const struct buffer *input) {
    size_t octets = 0;
    int status = write_all(fd, RELAY_MAGIC, sizeof(RELAY_MAGIC) - 1);

    for (char *const *entry = environment; *entry != NULL; entry++)
        octets += is_needed(*entry) ? strlen(*entry) + 1 : 0;
    if (status == 0)
        status = write_length(fd, octets);
    for (char *const *entry = environment; status == 0 && *entry != NULL; entry++) {
        if (is_needed(*entry))
            status = write_all(fd, *entry, strlen(*entry) + 1);
    }
    if (status == 0)
        status = write_length(fd, input->length);
    if (status == 0)
        status = write_all(fd, input->data, input->length);
    if (status == 0 && fsync(fd) < 0)
        status = -errno;
    return status;
}

int pending_write(const char *folder, char *const environment[], const struct buffer *input) {
    char name[NAME_LENGTH_MAX + 1];
    char draft[NAME_LENGTH_MAX + 24];
    int status = name_file(name);

    if (status < 0)
        return status;
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -errno;
    snprintf(draft, sizeof(draft), ".%s.%d", name, (int)getpid());
    int fd = openat(directory, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        status = -errno;
        goto out;
    }
    status = write_request(fd, environment, input);
    if (close(fd) < 0 && status == 0)
        status = -errno;
    if (status == 0 && renameat(directory, draft, directory, name) < 0)
        status = -errno;
    if (status < 0)
        unlinkat(directory, draft, 0);
    else if (fsync(directory) < 0)
        status = -errno;
out:
    close(directory);
    return status;
}
