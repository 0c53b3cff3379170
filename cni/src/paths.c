#include "paths.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t folder_length(const char *at) {
    return strcspn(at, ":");
}

static bool is_relative(const char *at) {
    return *at != '/' && folder_length(at) > 0;
}

static bool any_relative(const char *list) {
    for (const char *at = list;; at++) {
        if (is_relative(at))
            return true;
        at += folder_length(at);
        if (*at == '\0')
            return false;
    }
}

char *paths_absolute(const char *list, const char *folder) {
    size_t folders = 1;

    for (const char *at = list; *at != '\0'; at++)
        folders += *at == ':';
    char *path = malloc(strlen(list) + folders * (strlen(folder) + 1) + 1);
    if (path == NULL)
        return NULL;
    char *to = path;
    for (const char *at = list;; at++) {
        size_t length = folder_length(at);
        if (is_relative(at)) {
            to = stpcpy(to, folder);
            *to++ = '/';
        }
        to = mempcpy(to, at, length);
        at += length;
        *to++ = *at;
        if (*at == '\0')
            return path;
    }
}

int paths_settle(void) {
    const char *list = getenv("CNI_PATH");

    if (list == NULL || !any_relative(list))
        return 0;
    char *folder = getcwd(NULL, 0);
    if (folder == NULL)
        return -errno;
    char *path = paths_absolute(list, folder);
    int status = path == NULL || setenv("CNI_PATH", path, 1) < 0 ? -ENOMEM : 0;
    free(path);
    free(folder);
    return status;
}
