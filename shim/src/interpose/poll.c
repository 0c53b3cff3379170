/* poll, ppoll: where a socket is blocked, its writability is that of the bell. */
#include <alloca.h>
#include <errno.h>
#include <sys/mman.h>

#include "../core.h"
#include "calls.h"

#define WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND)

/* So many fit on the stack of a signal handler. */
#define MOST_ON_STACK 256

static bool any_blocked(void) {
    return __builtin_expect(
        atomic_load_explicit(&ktsn_core.waiting.blocked, memory_order_relaxed) > 0, false);
}

static bool is_diverted(const struct pollfd *descriptor) {
    return descriptor->fd >= 0 && (descriptor->events & WRITABLE) != 0 &&
           ktsn_wait_blocked(descriptor->fd);
}

static bool any_diverted(const struct pollfd *descriptors, nfds_t count) {
    for (nfds_t i = 0; i < count; i++) {
        if (is_diverted(&descriptors[i]))
            return true;
    }
    return false;
}

/* copy has room for one more. */
static int poll_copy(const struct ktsn_original *via, struct pollfd *copy,
                     struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
                     const sigset_t *signals) {
    for (nfds_t i = 0; i < count; i++) {
        copy[i] = descriptors[i];
        if (is_diverted(&descriptors[i]))
            copy[i].events &= (short)~WRITABLE;
    }
    copy[count] = (struct pollfd){.fd = ktsn_wait_bell(), .events = POLLOUT};
    int result = via->ppoll(copy, count + 1, timeout, signals);
    if (result < 0)
        return result;
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        descriptors[i].revents = copy[i].revents;
        if (copy[count].revents != 0)
            descriptors[i].revents |= descriptors[i].events & ~copy[i].events & WRITABLE;
        ready += descriptors[i].revents != 0;
    }
    return ready;
}

static int poll_diverted(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                         const struct timespec *timeout, const sigset_t *signals) {
    if (count <= MOST_ON_STACK) {
        struct pollfd *copy = alloca((count + 1) * sizeof *copy);
        return poll_copy(via, copy, descriptors, count, timeout, signals);
    }
    size_t octets = (count + 1) * sizeof(struct pollfd);
    void *copy = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return via->ppoll(descriptors, count, timeout, signals);
    int result = poll_copy(via, copy, descriptors, count, timeout, signals);
    int saved_errno = errno;
    munmap(copy, octets);
    errno = saved_errno;
    return result;
}

int ktsn_call_poll(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                   int timeout_ms) {
    if (!any_blocked() || !any_diverted(descriptors, count))
        return via->poll(descriptors, count, timeout_ms);
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = timeout_ms % 1000 * 1000000L};
    return poll_diverted(via, descriptors, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

int ktsn_call_ppoll(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                    const struct timespec *timeout, const sigset_t *signals) {
    if (!any_blocked() || !any_diverted(descriptors, count))
        return via->ppoll(descriptors, count, timeout, signals);
    return poll_diverted(via, descriptors, count, timeout, signals);
}

KTSN_EXPORT int poll(struct pollfd *descriptors, nfds_t count, int timeout_ms) {
    return ktsn_call_poll(ktsn_original(), descriptors, count, timeout_ms);
}

KTSN_EXPORT int ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
                      const sigset_t *signals) {
    return ktsn_call_ppoll(ktsn_original(), descriptors, count, timeout, signals);
}

KTSN_EXPORT int __poll(struct pollfd *descriptors, nfds_t count, int timeout_ms)
    __attribute__((alias("poll")));

/* What programs call that were compiled with _FORTIFY_SOURCE; a buffer that is too small is the C
 * library's to report. */

KTSN_EXPORT int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout_ms,
                           size_t octets) {
    if (!any_blocked() || octets / sizeof *descriptors < count)
        return ktsn_original()->__poll_chk(descriptors, count, timeout_ms, octets);
    return poll(descriptors, count, timeout_ms);
}

KTSN_EXPORT int __ppoll_chk(struct pollfd *descriptors, nfds_t count,
                            const struct timespec *timeout, const sigset_t *signals,
                            size_t octets) {
    if (!any_blocked() || octets / sizeof *descriptors < count)
        return ktsn_original()->__ppoll_chk(descriptors, count, timeout, signals, octets);
    return ppoll(descriptors, count, timeout, signals);
}
