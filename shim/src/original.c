#include "original.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "enter.h"
#include "libc.h"
#include "lookup.h"

_Thread_local bool ktsn_by_number;

/* What is there before the C library's functions are found, and for those that an old one does not
 * have. */

long ktsn_direct_result(long result) {
    if (result >= 0)
        return result;
    /* Reached through a variable: the compiler takes no function for one that may be missing. */
    int *(*volatile location)(void) = __errno_location;
    if (location != NULL)
        *location() = (int)-result;
    return -1;
}

#define DIRECTLY(...) ktsn_direct_result(KTSN_SYSCALL(__VA_ARGS__))

static ssize_t direct_sendmsg(int fd, const struct msghdr *message, int flags) {
    return DIRECTLY(SYS_sendmsg, fd, message, flags);
}

static int direct_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    return (int)DIRECTLY(SYS_sendmmsg, fd, messages, count, flags);
}

static ssize_t direct_send(int fd, const void *data, size_t length, int flags) {
    return DIRECTLY(SYS_sendto, fd, data, length, flags, NULL, 0);
}

static ssize_t direct_sendto(int fd, const void *data, size_t length, int flags,
                             const struct sockaddr *address, socklen_t address_length) {
    return DIRECTLY(SYS_sendto, fd, data, length, flags, address, address_length);
}

static ssize_t direct_splice(int from, off64_t *from_offset, int to, off64_t *to_offset,
                             size_t length, unsigned int flags) {
    return DIRECTLY(SYS_splice, from, from_offset, to, to_offset, length, flags);
}

static ssize_t direct_sendfile(int to, int from, off_t *offset, size_t length) {
    return DIRECTLY(SYS_sendfile, to, from, offset, length);
}

static ssize_t direct_recvfrom(int fd, void *data, size_t length, int flags,
                               struct sockaddr *address, socklen_t *address_length) {
    return DIRECTLY(SYS_recvfrom, fd, data, length, flags, address, address_length);
}

static ssize_t direct_recv(int fd, void *data, size_t length, int flags) {
    return direct_recvfrom(fd, data, length, flags, NULL, NULL);
}

static ssize_t direct_recvmsg(int fd, struct msghdr *message, int flags) {
    return DIRECTLY(SYS_recvmsg, fd, message, flags);
}

static int direct_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
                           struct timespec *timeout) {
    return (int)DIRECTLY(SYS_recvmmsg, fd, messages, count, flags, timeout);
}

static ssize_t direct___recvfrom_chk(int fd, void *data, size_t length, size_t octets, int flags,
                                     struct sockaddr *address, socklen_t *address_length) {
    if (octets < length)
        abort();
    return direct_recvfrom(fd, data, length, flags, address, address_length);
}

static ssize_t direct___recv_chk(int fd, void *data, size_t length, size_t octets, int flags) {
    return direct___recvfrom_chk(fd, data, length, octets, flags, NULL, NULL);
}

static int direct_setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    return (int)DIRECTLY(SYS_setsockopt, fd, level, name, value, length);
}

static int direct_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    return (int)DIRECTLY(SYS_getsockopt, fd, level, name, value, length);
}

static int direct_connect(int fd, const struct sockaddr *address, socklen_t length) {
    return (int)DIRECTLY(SYS_connect, fd, address, length);
}

static int direct_shutdown(int fd, int how) {
    return (int)DIRECTLY(SYS_shutdown, fd, how);
}

static int direct_close(int fd) {
    return (int)DIRECTLY(SYS_close, fd);
}

static int direct_close_range(unsigned int first, unsigned int last, int flags) {
#ifdef SYS_close_range
    return (int)DIRECTLY(SYS_close_range, first, last, flags);
#else
    (void)first, (void)last, (void)flags;
    return (int)ktsn_direct_result(-ENOSYS);
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
    return (int)DIRECTLY(SYS_dup3, from, to, flags);
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
    return (int)DIRECTLY(SYS_prctl, option, argument[0], argument[1], argument[2], argument[3]);
}

/* The kernel's own size of a signal set. */
#define SIGNAL_OCTETS 8

/* The kernel writes what remains, the C library does not. */
static struct timespec *writable(const struct timespec *timeout, struct timespec *copy) {
    if (timeout == NULL || ktsn_by_number)
        return (struct timespec *)timeout;
    *copy = *timeout;
    return copy;
}

static int direct_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
                        const sigset_t *signals) {
    struct timespec copy;
    return (int)DIRECTLY(SYS_ppoll, descriptors, count, writable(timeout, &copy), signals,
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

static int direct_pselect(int count, fd_set *readable, fd_set *writable_set, fd_set *exceptional,
                          const struct timespec *timeout, const sigset_t *signals) {
    struct {
        const sigset_t *signals;
        size_t octets;
    } argument = {signals, SIGNAL_OCTETS};
    struct timespec copy;
    return (int)DIRECTLY(SYS_pselect6, count, readable, writable_set, exceptional,
                         writable(timeout, &copy), &argument);
}

static int direct_select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                         struct timeval *timeout) {
    struct timespec rest = {0};
    if (timeout != NULL)
        rest = (struct timespec){timeout->tv_sec, timeout->tv_usec * 1000};
    int result = (int)DIRECTLY(SYS_pselect6, count, readable, writable, exceptional,
                               timeout != NULL ? &rest : NULL, NULL);
    if (timeout != NULL)
        *timeout = (struct timeval){rest.tv_sec, rest.tv_nsec / 1000};
    return result;
}

static int direct_epoll_ctl(int set, int operation, int fd, struct epoll_event *event) {
    return (int)DIRECTLY(SYS_epoll_ctl, set, operation, fd, event);
}

static int direct_epoll_pwait(int set, struct epoll_event *events, int most, int timeout_ms,
                              const sigset_t *signals) {
    return (int)DIRECTLY(SYS_epoll_pwait, set, events, most, timeout_ms, signals, SIGNAL_OCTETS);
}

static int direct_epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms) {
    return direct_epoll_pwait(set, events, most, timeout_ms, NULL);
}

static int direct_epoll_pwait2(int set, struct epoll_event *events, int most,
                               const struct timespec *timeout, const sigset_t *signals) {
#ifdef SYS_epoll_pwait2
    return (int)DIRECTLY(SYS_epoll_pwait2, set, events, most, timeout, signals, SIGNAL_OCTETS);
#else
    (void)set, (void)events, (void)most, (void)timeout, (void)signals;
    return (int)ktsn_direct_result(-ENOSYS);
#endif
}

#define KTSN_ORIGINALS(X)                                                                          \
    X(sendmsg)                                                                                     \
    X(sendmmsg)                                                                                    \
    X(send)                                                                                        \
    X(sendto)                                                                                      \
    X(splice)                                                                                      \
    X(sendfile)                                                                                    \
    X(recv)                                                                                        \
    X(recvfrom)                                                                                    \
    X(recvmsg)                                                                                     \
    X(recvmmsg)                                                                                    \
    X(__recv_chk)                                                                                  \
    X(__recvfrom_chk)                                                                              \
    X(setsockopt)                                                                                  \
    X(getsockopt)                                                                                  \
    X(connect)                                                                                     \
    X(shutdown)                                                                                    \
    X(close)                                                                                       \
    X(close_range)                                                                                 \
    X(closefrom)                                                                                   \
    X(dup2)                                                                                        \
    X(dup3)                                                                                        \
    X(prctl)                                                                                       \
    X(poll)                                                                                        \
    X(ppoll)                                                                                       \
    X(__poll_chk)                                                                                  \
    X(__ppoll_chk)                                                                                 \
    X(select)                                                                                      \
    X(pselect)                                                                                     \
    X(epoll_ctl)                                                                                   \
    X(epoll_wait)                                                                                  \
    X(epoll_pwait)                                                                                 \
    X(epoll_pwait2)

#define DIRECT(name) .name = direct_##name,

const struct ktsn_original ktsn_direct = {KTSN_ORIGINALS(DIRECT)};

struct ktsn_original ktsn_originals = {KTSN_ORIGINALS(DIRECT)};

/* What not every program has to be asked for. */
static struct {
    void (*test_cancel)(void);
    int (*at_fork)(void (*prepare)(void), void (*parent)(void), void (*child)(void));
    int (*register_at_fork)(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                            void *object);
} optional;

enum wanted {
#define NUMBER(name) WANTED_##name,
    KTSN_ORIGINALS(NUMBER) WANTED_pthread_testcancel,
    WANTED_pthread_atfork,
    WANTED___register_atfork,
    WANTED_COUNT
};

void ktsn_original_find(void) {
#define NAME(function) [WANTED_##function] = {.name = #function},
    struct ktsn_wanted wanted[WANTED_COUNT] = {KTSN_ORIGINALS(NAME) NAME(pthread_testcancel)
                                                   NAME(pthread_atfork) NAME(__register_atfork)};
    ktsn_lookup(wanted, WANTED_COUNT);
#define TAKE(place, symbol)                                                                        \
    if (wanted[WANTED_##symbol].address != NULL)                                                   \
        place = (__typeof__(place))wanted[WANTED_##symbol].address;
#define TAKE_ORIGINAL(name) TAKE(ktsn_originals.name, name)
    KTSN_ORIGINALS(TAKE_ORIGINAL)
    TAKE(optional.test_cancel, pthread_testcancel)
    TAKE(optional.at_fork, pthread_atfork)
    TAKE(optional.register_at_fork, __register_atfork)
}

void ktsn_test_cancel(void) {
    if (optional.test_cancel != NULL && !ktsn_by_number)
        optional.test_cancel();
}

void ktsn_at_fork(void (*child)(void)) {
    if (optional.register_at_fork != NULL)
        optional.register_at_fork(NULL, NULL, child, NULL);
    else if (optional.at_fork != NULL)
        optional.at_fork(NULL, NULL, child);
}
