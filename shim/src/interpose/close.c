/* close, close_range, closefrom: to the program, the library's own descriptors are not there. */
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <unistd.h>

#include "../core.h"
#include "../socket.h"
#include "calls.h"

/* Notes go by the descriptor's number, so they end with it. */
static void forget(unsigned int first, unsigned int last) {
    if ((ktsn_core.engagement & KTSN_NOTED) != 0)
        ktsn_socket_forget(first, last);
}

#define OWN_DESCRIPTORS (KTSN_OWN_DESCRIPTORS + KTSN_WAIT_DESCRIPTORS)

static bool own(int fd) {
    return ktsn_channels_own(&ktsn_core.channels, fd) || ktsn_wait_owns(fd);
}

/* The library's own descriptors in ascending order; returns how many. */
static int own_descriptors(int list[OWN_DESCRIPTORS]) {
    return ktsn_wait_descriptors(list, ktsn_channels_descriptors(&ktsn_core.channels, list));
}

static void closing(unsigned int first, unsigned int last) {
    if (__builtin_expect(ktsn_core.waiting.known > 0, false))
        ktsn_wait_closing(first, last);
}

int ktsn_call_close(const struct ktsn_original *via, int fd) {
    if (own(fd)) {
        errno = EBADF;
        return -1;
    }
    if (fd >= 0)
        forget((unsigned int)fd, (unsigned int)fd);
    closing((unsigned int)fd, (unsigned int)fd);
    return via->close(fd);
}

KTSN_EXPORT int close(int fd) {
    return ktsn_core_idle() ? ktsn_original()->close(fd) : ktsn_call_close(ktsn_original(), fd);
}

KTSN_EXPORT int __close(int fd) __attribute__((alias("close")));

/* Closes a range without the library's own descriptors. */
static int close_around(const struct ktsn_original *via, const int *own, int own_count,
                        unsigned int first, unsigned int last, int flags) {
    for (int i = 0; i < own_count && first <= last; i++) {
        unsigned int spared = (unsigned int)own[i];
        if (spared < first || spared > last)
            continue;
        if (spared > first && via->close_range(first, spared - 1, flags) != 0)
            return -1;
        first = spared + 1;
    }
    return first <= last ? via->close_range(first, last, flags) : 0;
}

int ktsn_call_close_range(const struct ktsn_original *via, unsigned int first, unsigned int last,
                          int flags) {
    int list[OWN_DESCRIPTORS];
    /* Setting close-on-exec does no harm: they have it already. */
    if (first > last || (flags & (int)CLOSE_RANGE_CLOEXEC) != 0)
        return via->close_range(first, last, flags);
    forget(first, last);
    closing(first, last);
    return close_around(via, list, own_descriptors(list), first, last, flags);
}

KTSN_EXPORT int close_range(unsigned int first, unsigned int last, int flags) {
    return ktsn_core_idle() ? ktsn_original()->close_range(first, last, flags)
                            : ktsn_call_close_range(ktsn_original(), first, last, flags);
}

static void closefrom_around(unsigned int from) {
    int list[OWN_DESCRIPTORS];
    int saved_errno = errno;
    forget(from, UINT_MAX);
    closing(from, UINT_MAX);
    int own_count = own_descriptors(list);
    if (own_count == 0 || (unsigned int)list[own_count - 1] < from) {
        ktsn_original()->closefrom((int)from);
    } else if (close_around(ktsn_original(), list, own_count, from, UINT_MAX, 0) != 0) {
        long limit = sysconf(_SC_OPEN_MAX);
        for (int fd = (int)from; fd < limit; fd++)
            close(fd);
    }
    errno = saved_errno;
}

KTSN_EXPORT void closefrom(int first) {
    if (ktsn_core_idle())
        ktsn_original()->closefrom(first);
    else
        closefrom_around(first < 0 ? 0 : (unsigned int)first);
}
