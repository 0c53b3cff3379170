/*
 * The C library's own functions behind the interposed ones. Found when the library is loaded; a
 * call that comes even earlier goes straight to the kernel.
 */
#ifndef KTSN_ORIGINAL_H
#define KTSN_ORIGINAL_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>

#define KTSN_EXPORT __attribute__((visibility("default")))

struct ktsn_original {
    ssize_t (*sendmsg)(int, const struct msghdr *, int);
    int (*sendmmsg)(int, struct mmsghdr *, unsigned int, int);
    ssize_t (*send)(int, const void *, size_t, int);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    ssize_t (*splice)(int, off64_t *, int, off64_t *, size_t, unsigned int);
    ssize_t (*sendfile)(int, int, off_t *, size_t);
    ssize_t (*recv)(int, void *, size_t, int);
    ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
    ssize_t (*recvmsg)(int, struct msghdr *, int);
    int (*recvmmsg)(int, struct mmsghdr *, unsigned int, int, struct timespec *);
    ssize_t (*__recv_chk)(int, void *, size_t, size_t, int);
    ssize_t (*__recvfrom_chk)(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
    int (*setsockopt)(int, int, int, const void *, socklen_t);
    int (*getsockopt)(int, int, int, void *, socklen_t *);
    int (*connect)(int, const struct sockaddr *, socklen_t);
    int (*shutdown)(int, int);
    int (*close)(int);
    int (*close_range)(unsigned int, unsigned int, int);
    void (*closefrom)(int);
    int (*dup2)(int, int);
    int (*dup3)(int, int, int);
    int (*prctl)(int, ...);
    int (*poll)(struct pollfd *, nfds_t, int);
    int (*ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    int (*__poll_chk)(struct pollfd *, nfds_t, int, size_t);
    int (*__ppoll_chk)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);
    int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    int (*pselect)(int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *);
    int (*epoll_ctl)(int, int, int, struct epoll_event *);
    int (*epoll_wait)(int, struct epoll_event *, int, int);
    int (*epoll_pwait)(int, struct epoll_event *, int, int, const sigset_t *);
    int (*epoll_pwait2)(int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
};

/* Every member of both can be called, by any thread, at any time. */
extern struct ktsn_original ktsn_originals;

/* Straight to the kernel: neither cancellation points nor anybody else's to intercept. */
extern const struct ktsn_original ktsn_direct;

/* What the kernel said, -errno, as the C library says it. */
long ktsn_direct_result(long result);

static inline const struct ktsn_original *ktsn_original(void) {
    return &ktsn_originals;
}

/* Once, when the library is loaded. */
void ktsn_original_find(void);

/* The thread is in a call by number (libc's syscall): no cancellation point, and the kernel writes
 * where it does. */
extern _Thread_local bool ktsn_by_number;

/* As pthread_testcancel, where there are threads and this call is a cancellation point. */
void ktsn_test_cancel(void);

/* As pthread_atfork, where the C library has it. */
void ktsn_at_fork(void (*child)(void));

#endif
