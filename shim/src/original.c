#include "original.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Straight to the kernel: for calls that arrive while the originals are being looked up, and for
 * functions that an old C library does not have. Not cancellation points. */

static ssize_t direct_sendmsg(int fd, const struct msghdr *message, int flags) {
    return syscall(SYS_sendmsg, fd, message, flags);
}

static int direct_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    return (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

static ssize_t direct_send(int fd, const void *data, size_t length, int flags) {
    return syscall(SYS_sendto, fd, data, length, flags, NULL, 0);
}

static ssize_t direct_sendto(int fd, const void *data, size_t length, int flags,
                             const struct sockaddr *address, socklen_t address_length) {
    return syscall(SYS_sendto, fd, data, length, flags, address, address_length);
}

static int direct_setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    return (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}

static int direct_connect(int fd, const struct sockaddr *address, socklen_t length) {
    return (int)syscall(SYS_connect, fd, address, length);
}

static int direct_shutdown(int fd, int how) {
    return (int)syscall(SYS_shutdown, fd, how);
}

static int direct_close(int fd) {
    return (int)syscall(SYS_close, fd);
}

static int direct_close_range(unsigned int first, unsigned int last, int flags) {
#ifdef SYS_close_range
    return (int)syscall(SYS_close_range, first, last, flags);
#else
    (void)first, (void)last, (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}

static void direct_closefrom(int first) {
    if (direct_close_range(first < 0 ? 0 : (unsigned int)first, ~0u, 0) == 0)
        return;
    long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = first < 0 ? 0 : first; fd < limit; fd++)
        direct_close(fd);
}

static int direct_dup3(int from, int to, int flags) {
    return (int)syscall(SYS_dup3, from, to, flags);
}

static int direct_dup2(int from, int to) {
    if (from == to)
        return fcntl(from, F_GETFD) < 0 ? -1 : to;
    return direct_dup3(from, to, 0);
}

static int direct_prctl(int option, ...) {
    unsigned long argument[4];
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        argument[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    return (int)syscall(SYS_prctl, option, argument[0], argument[1], argument[2], argument[3]);
}

/* The kernel's own size of a signal set. */
#define SIGNAL_OCTETS 8

static int direct_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
                        const sigset_t *signals) {
    struct timespec rest;
    if (timeout != NULL)
        rest = *timeout; /* the kernel writes what remains */
    return (int)syscall(SYS_ppoll, descriptors, count, timeout != NULL ? &rest : NULL, signals,
                        SIGNAL_OCTETS);
}

static int direct_poll(struct pollfd *descriptors, nfds_t count, int timeout_ms) {
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = timeout_ms % 1000 * 1000000L};
    return direct_ppoll(descriptors, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

static int direct___poll_chk(struct pollfd *descriptors, nfds_t count, int timeout_ms,
                             size_t octets) {
    if (octets / sizeof *descriptors < count)
        abort();
    return direct_poll(descriptors, count, timeout_ms);
}

static int direct___ppoll_chk(struct pollfd *descriptors, nfds_t count,
                              const struct timespec *timeout, const sigset_t *signals,
                              size_t octets) {
    if (octets / sizeof *descriptors < count)
        abort();
    return direct_ppoll(descriptors, count, timeout, signals);
}

static int direct_pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                          const struct timespec *timeout, const sigset_t *signals) {
    struct {
        const sigset_t *signals;
        size_t octets;
    } argument = {signals, SIGNAL_OCTETS};
    struct timespec rest;
    if (timeout != NULL)
        rest = *timeout;
    return (int)syscall(SYS_pselect6, count, readable, writable, exceptional,
                        timeout != NULL ? &rest : NULL, &argument);
}

static int direct_select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                         struct timeval *timeout) {
    struct timespec rest = {0};
    if (timeout != NULL)
        rest = (struct timespec){timeout->tv_sec, timeout->tv_usec * 1000};
    int result = (int)syscall(SYS_pselect6, count, readable, writable, exceptional,
                              timeout != NULL ? &rest : NULL, NULL);
    if (timeout != NULL)
        *timeout = (struct timeval){rest.tv_sec, rest.tv_nsec / 1000};
    return result;
}

static int direct_epoll_ctl(int set, int operation, int fd, struct epoll_event *event) {
    return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

static int direct_epoll_pwait(int set, struct epoll_event *events, int most, int timeout_ms,
                              const sigset_t *signals) {
    return (int)syscall(SYS_epoll_pwait, set, events, most, timeout_ms, signals, SIGNAL_OCTETS);
}

static int direct_epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms) {
    return direct_epoll_pwait(set, events, most, timeout_ms, NULL);
}

static int direct_epoll_pwait2(int set, struct epoll_event *events, int most,
                               const struct timespec *timeout, const sigset_t *signals) {
#ifdef SYS_epoll_pwait2
    return (int)syscall(SYS_epoll_pwait2, set, events, most, timeout, signals, SIGNAL_OCTETS);
#else
    (void)set, (void)events, (void)most, (void)timeout, (void)signals;
    errno = ENOSYS;
    return -1;
#endif
}

static const struct ktsn_original direct = {
    .sendmsg = direct_sendmsg,
    .sendmmsg = direct_sendmmsg,
    .send = direct_send,
    .sendto = direct_sendto,
    .setsockopt = direct_setsockopt,
    .connect = direct_connect,
    .shutdown = direct_shutdown,
    .close = direct_close,
    .close_range = direct_close_range,
    .closefrom = direct_closefrom,
    .dup2 = direct_dup2,
    .dup3 = direct_dup3,
    .prctl = direct_prctl,
    .poll = direct_poll,
    .ppoll = direct_ppoll,
    .__poll_chk = direct___poll_chk,
    .__ppoll_chk = direct___ppoll_chk,
    .select = direct_select,
    .pselect = direct_pselect,
    .epoll_ctl = direct_epoll_ctl,
    .epoll_wait = direct_epoll_wait,
    .epoll_pwait = direct_epoll_pwait,
    .epoll_pwait2 = direct_epoll_pwait2,
};

static struct {
    struct ktsn_original original;
    atomic_bool resolved;
} table;

static _Thread_local bool resolving;

/* Writes the same values whoever comes first, so threads that race do no harm. */
static void resolve(void) {
#define RESOLVE(name)                                                                              \
    do {                                                                                           \
        void *symbol = dlsym(RTLD_NEXT, #name);                                                    \
        if (symbol == NULL)                                                                        \
            table.original.name = direct.name;                                                     \
        else                                                                                       \
            table.original.name = (__typeof__(table.original.name))symbol;                         \
    } while (0)
    RESOLVE(sendmsg);
    RESOLVE(sendmmsg);
    RESOLVE(send);
    RESOLVE(sendto);
    RESOLVE(setsockopt);
    RESOLVE(connect);
    RESOLVE(shutdown);
    RESOLVE(close);
    RESOLVE(close_range);
    RESOLVE(closefrom);
    RESOLVE(dup2);
    RESOLVE(dup3);
    RESOLVE(prctl);
    RESOLVE(poll);
    RESOLVE(ppoll);
    RESOLVE(__poll_chk);
    RESOLVE(__ppoll_chk);
    RESOLVE(select);
    RESOLVE(pselect);
    RESOLVE(epoll_ctl);
    RESOLVE(epoll_wait);
    RESOLVE(epoll_pwait);
    RESOLVE(epoll_pwait2);
#undef RESOLVE
}

const struct ktsn_original *ktsn_original(void) {
    if (__builtin_expect(atomic_load_explicit(&table.resolved, memory_order_acquire), true))
        return &table.original;
    if (resolving)
        return &direct;
    int saved_errno = errno;
    resolving = true;
    resolve();
    atomic_store_explicit(&table.resolved, true, memory_order_release);
    resolving = false;
    errno = saved_errno;
    return &table.original;
}
