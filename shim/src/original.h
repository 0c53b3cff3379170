/*
 * The C library's own functions behind the interposed ones. Resolved when the library is loaded; a
 * call that comes even earlier resolves them itself, and a call that comes from within that
 * resolution goes straight to the kernel.
 */
#ifndef KTSN_ORIGINAL_H
#define KTSN_ORIGINAL_H

#include <sys/socket.h>
#include <sys/types.h>

#define KTSN_EXPORT __attribute__((visibility("default")))

struct ktsn_original {
    ssize_t (*sendmsg)(int, const struct msghdr *, int);
    int (*sendmmsg)(int, struct mmsghdr *, unsigned int, int);
    ssize_t (*send)(int, const void *, size_t, int);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    int (*setsockopt)(int, int, int, const void *, socklen_t);
    int (*connect)(int, const struct sockaddr *, socklen_t);
    int (*shutdown)(int, int);
    int (*close)(int);
    int (*close_range)(unsigned int, unsigned int, int);
    void (*closefrom)(int);
    int (*dup2)(int, int);
    int (*dup3)(int, int, int);
    int (*prctl)(int, ...);
};

/* The originals; any thread, any time. Every member can be called. */
const struct ktsn_original *ktsn_original(void);

#endif
