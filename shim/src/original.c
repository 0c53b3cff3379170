#include "original.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
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
