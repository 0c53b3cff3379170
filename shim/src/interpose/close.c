/* close, close_range, closefrom: to the program, the library's own descriptors are not there. */
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <unistd.h>

#include "../core.h"
#include "../original.h"
#include "../socket.h"

/* Notes go by the descriptor's number, so they end with it. */
static void forget(unsigned int first, unsigned int last) {
    if ((ktsn_core.engagement & KTSN_NOTED) != 0)
        ktsn_socket_forget(first, last);
}

KTSN_EXPORT int close(int fd) {
    if (!ktsn_core_idle()) {
        if (ktsn_channels_own(&ktsn_core.channels, fd)) {
            errno = EBADF;
            return -1;
        }
        if (fd >= 0)
            forget((unsigned int)fd, (unsigned int)fd);
    }
    return ktsn_original()->close(fd);
}

KTSN_EXPORT int __close(int fd) __attribute__((alias("close")));

/* Closes a range without the library's own descriptors. */
static int close_around(const int *own, int own_count, unsigned int first, unsigned int last,
                        int flags) {
    for (int i = 0; i < own_count && first <= last; i++) {
        unsigned int spared = (unsigned int)own[i];
        if (spared < first || spared > last)
            continue;
        if (spared > first && ktsn_original()->close_range(first, spared - 1, flags) != 0)
            return -1;
        first = spared + 1;
    }
    return first <= last ? ktsn_original()->close_range(first, last, flags) : 0;
}

KTSN_EXPORT int close_range(unsigned int first, unsigned int last, int flags) {
    int own[KTSN_OWN_DESCRIPTORS];
    int own_count = 0;
    /* Setting close-on-exec does no harm: they have it already. */
    if (!ktsn_core_idle() && first <= last && (flags & (int)CLOSE_RANGE_CLOEXEC) == 0) {
        own_count = ktsn_channels_descriptors(&ktsn_core.channels, own);
        forget(first, last);
    }
    if (own_count == 0)
        return ktsn_original()->close_range(first, last, flags);
    return close_around(own, own_count, first, last, flags);
}

KTSN_EXPORT void closefrom(int first) {
    int own[KTSN_OWN_DESCRIPTORS];
    int own_count = 0;
    unsigned int from = first < 0 ? 0 : (unsigned int)first;
    if (!ktsn_core_idle()) {
        own_count = ktsn_channels_descriptors(&ktsn_core.channels, own);
        forget(from, UINT_MAX);
    }
    if (own_count == 0 || (unsigned int)own[own_count - 1] < from) {
        ktsn_original()->closefrom(first);
        return;
    }
    int saved_errno = errno;
    if (close_around(own, own_count, from, UINT_MAX, 0) != 0) {
        long limit = sysconf(_SC_OPEN_MAX);
        for (int fd = (int)from; fd < limit; fd++)
            close(fd);
    }
    errno = saved_errno;
}
