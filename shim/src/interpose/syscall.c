/*
 * libc's syscall: programs that make their calls by number (to have no cancellation point, or by a
 * runtime of their own) are served as those that make them by name. All else goes straight to the
 * kernel.
 */
#include <stdarg.h>
#include <sys/syscall.h>

#include "../core.h"
#include "../enter.h"
#include "../readable.h"
#include "calls.h"

/* The kernel's own size of a signal set: it refuses others. */
#define SIGNAL_OCTETS 8

#define FD ((int)argument[1])

/* The last argument of pselect6. */
struct masked {
    const sigset_t *signals;
    size_t octets;
};

static long straight(const long argument[7]) {
    return ktsn_enter(argument[0], argument[1], argument[2], argument[3], argument[4], argument[5],
                      argument[6]);
}

/* Whether a socket is waited for in another way than the kernel's. */
static bool any_special(void) {
    return atomic_load_explicit(&ktsn_core.waiting.special, memory_order_relaxed) > 0;
}

static bool reads_errors(long flags) {
    return (flags & MSG_ERRQUEUE) != 0 &&
           (any_special() || atomic_load_explicit(&ktsn_core.copied, memory_order_relaxed));
}

/* Whether a call can matter to the library. */
static bool is_taken(const long argument[7]) {
    switch (argument[0]) {
    case SYS_seccomp:
    case SYS_prctl:
        return ktsn_is_sandboxing(argument);
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_sendto:
    case SYS_splice:
    case SYS_sendfile:
    case SYS_setsockopt:
    case SYS_epoll_ctl:
        return true;
    case SYS_recvmsg:
        return reads_errors(argument[3]);
    case SYS_recvmmsg:
    case SYS_recvfrom:
        return reads_errors(argument[4]);
    case SYS_getsockopt:
    case SYS_connect:
    case SYS_shutdown:
    case SYS_close:
    case SYS_dup3:
#ifdef SYS_close_range
    case SYS_close_range:
#endif
#ifdef SYS_dup2
    case SYS_dup2:
#endif
        return !ktsn_core_idle();
#ifdef SYS_poll
    case SYS_poll:
    case SYS_select:
    case SYS_epoll_wait:
        return any_special();
#endif
    case SYS_ppoll:
        return any_special() && argument[5] == SIGNAL_OCTETS;
    case SYS_pselect6:
        return any_special() && (argument[6] == 0 ||
                                 ktsn_readable((const void *)argument[6], sizeof(struct masked)));
    case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
        return any_special() && argument[6] == SIGNAL_OCTETS;
    }
    return false;
}

static long call_pselect(const long argument[7]) {
    struct masked masked = {NULL, SIGNAL_OCTETS};
    if (argument[6] != 0)
        masked = *(const struct masked *)argument[6];
    if (masked.signals != NULL && masked.octets != SIGNAL_OCTETS)
        return ktsn_direct_result(straight(argument));
    return ktsn_call_pselect(&ktsn_direct, FD, (fd_set *)argument[2], (fd_set *)argument[3],
                             (fd_set *)argument[4], (const struct timespec *)argument[5],
                             masked.signals);
}

/* Does what it was asked for, as the function of the same name does. */
static long call(const long argument[7]) {
    const struct ktsn_original *via = &ktsn_direct;
    void *pointer = (void *)argument[2];
    switch (argument[0]) {
    case SYS_sendmsg:
        return ktsn_call_sendmsg(via, FD, pointer, (int)argument[3]);
    case SYS_sendmmsg:
        return ktsn_call_sendmmsg(via, FD, pointer, (unsigned int)argument[3], (int)argument[4]);
    case SYS_sendto:
        return ktsn_call_sendto(via, FD, pointer, (size_t)argument[3], (int)argument[4],
                                (const struct sockaddr *)argument[5], (socklen_t)argument[6]);
    case SYS_splice:
        return ktsn_call_splice(via, FD, pointer, (int)argument[3], (off64_t *)argument[4],
                                (size_t)argument[5], (unsigned int)argument[6]);
    case SYS_sendfile:
        return ktsn_call_sendfile(via, FD, (int)argument[2], (off_t *)argument[3],
                                  (size_t)argument[4]);
    case SYS_recvmsg:
        return ktsn_call_recvmsg(via, FD, pointer, (int)argument[3]);
    case SYS_recvmmsg:
        return ktsn_call_recvmmsg(via, FD, pointer, (unsigned int)argument[3], (int)argument[4],
                                  (struct timespec *)argument[5]);
    case SYS_recvfrom:
        return ktsn_call_recvfrom(via, FD, pointer, (size_t)argument[3], (int)argument[4],
                                  (struct sockaddr *)argument[5], (socklen_t *)argument[6]);
    case SYS_setsockopt:
        return ktsn_call_setsockopt(via, FD, (int)argument[2], (int)argument[3],
                                    (const void *)argument[4], (socklen_t)argument[5]);
    case SYS_getsockopt:
        return ktsn_call_getsockopt(via, FD, (int)argument[2], (int)argument[3],
                                    (void *)argument[4], (socklen_t *)argument[5]);
    case SYS_connect:
        return ktsn_call_connect(via, FD, pointer, (socklen_t)argument[3]);
    case SYS_shutdown:
        return ktsn_call_shutdown(via, FD, (int)argument[2]);
    case SYS_close:
        return ktsn_call_close(via, FD);
#ifdef SYS_close_range
    case SYS_close_range:
        return ktsn_call_close_range(via, (unsigned int)argument[1], (unsigned int)argument[2],
                                     (int)argument[3]);
#endif
    case SYS_dup3:
        return ktsn_call_dup3(via, FD, (int)argument[2], (int)argument[3]);
    case SYS_ppoll:
        return ktsn_call_ppoll(via, (struct pollfd *)argument[1], (nfds_t)argument[2],
                               (const struct timespec *)argument[3], (const sigset_t *)argument[4]);
    case SYS_pselect6:
        return call_pselect(argument);
    case SYS_epoll_ctl:
        return ktsn_call_epoll_ctl(via, FD, (int)argument[2], (int)argument[3],
                                   (struct epoll_event *)argument[4]);
    case SYS_epoll_pwait:
        return ktsn_call_epoll_pwait(via, FD, pointer, (int)argument[3], (int)argument[4],
                                     (const sigset_t *)argument[5]);
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
        return ktsn_call_epoll_pwait2(via, FD, pointer, (int)argument[3],
                                      (const struct timespec *)argument[4],
                                      (const sigset_t *)argument[5]);
#endif
#ifdef SYS_dup2
    case SYS_dup2:
        return ktsn_call_dup2(via, FD, (int)argument[2]);
    case SYS_poll:
        return ktsn_call_poll(via, (struct pollfd *)argument[1], (nfds_t)argument[2],
                              (int)argument[3]);
    case SYS_select:
        return ktsn_call_select(via, FD, pointer, (fd_set *)argument[3], (fd_set *)argument[4],
                                (struct timeval *)argument[5]);
    case SYS_epoll_wait:
        return ktsn_call_epoll_wait(via, FD, pointer, (int)argument[3], (int)argument[4]);
#endif
    }
    return ktsn_direct_result(ktsn_call_sandboxing(argument));
}

/* Reads six arguments whatever was passed, as the C library's own does. */
__attribute__((no_sanitize("address"))) KTSN_EXPORT long syscall(long number, ...) {
    long argument[7] = {number};
    va_list arguments;
    va_start(arguments, number);
    for (int i = 1; i < 7; i++)
        argument[i] = va_arg(arguments, long);
    va_end(arguments);
    if (__builtin_expect(!is_taken(argument), true))
        return ktsn_direct_result(straight(argument));
    bool before = ktsn_by_number;
    ktsn_by_number = true;
    long result = call(argument);
    ktsn_by_number = before;
    return result;
}
