/*
 * System calls as the library's inside needs them: straight to the kernel, so that they are neither
 * interposed nor cancellation points, with -errno as the result.
 */
#ifndef KTSN_KERNEL_H
#define KTSN_KERNEL_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "enter.h"

static inline long kernel_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    return KTSN_SYSCALL(SYS_getsockopt, fd, level, name, value, length);
}

/* An option of four octets, or -errno; for options whose values are never negative. */
static inline int kernel_option(int fd, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    long result = kernel_getsockopt(fd, level, name, &value, &length);
    return result < 0 ? (int)result : value;
}

/* The kernel's identity of a socket, the same for all its descriptors; 0 if it is none. */
static inline uint64_t kernel_cookie(int fd) {
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    return kernel_getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) < 0 ? 0 : cookie;
}

static inline long kernel_close(int fd) {
    return KTSN_SYSCALL(SYS_close, fd);
}

static inline long kernel_sendmsg(int fd, const struct msghdr *message, int flags) {
    return KTSN_SYSCALL(SYS_sendmsg, fd, message, flags);
}

static inline long kernel_recvmsg(int fd, struct msghdr *message, int flags) {
    return KTSN_SYSCALL(SYS_recvmsg, fd, message, flags);
}

static inline long kernel_send(int fd, const void *data, size_t length, int flags) {
    return KTSN_SYSCALL(SYS_sendto, fd, data, length, flags, NULL, 0);
}

/* Waits for up to timeout_ns; returns the events, 0 for none, or -errno. */
static inline long kernel_poll(int fd, short events, int64_t timeout_ns) {
    struct pollfd descriptor = {.fd = fd, .events = events};
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000,
                               .tv_nsec = timeout_ns % 1000000000};
    long result = KTSN_SYSCALL(SYS_ppoll, &descriptor, 1, &timeout, NULL, 0);
    return result > 0 ? descriptor.revents : result;
}

/* Tells whether the kernel's release is this one or a later one. */
bool kernel_is_since(int major, int minor);

static inline int64_t kernel_clock(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
