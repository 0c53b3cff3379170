/* poll, ppoll: where a socket is blocked, its writability is that of the bell; where it has
 * reports, its error queue is filled by its report socket, too. */
#include <alloca.h>
#include <errno.h>
#include <sys/mman.h>

#include "../core.h"
#include "../kernel.h"
#include "calls.h"

#define WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND)

/* So many fit on the stack of a signal handler. */
#define MOST_ON_STACK 256

#ifndef SO_SELECT_ERR_QUEUE
#define SO_SELECT_ERR_QUEUE 45
#endif

static bool any_special(void) {
    return __builtin_expect(
        atomic_load_explicit(&ktsn_core.waiting.special, memory_order_relaxed) > 0, false);
}

static struct ktsn_wait_state state_of(const struct pollfd *descriptor) {
    struct ktsn_wait_state state = {.blocked = false, .reports = -1};
    if (descriptor->fd >= 0)
        state = ktsn_wait_state(descriptor->fd);
    state.blocked = state.blocked && (descriptor->events & WRITABLE) != 0;
    return state;
}

static bool any_diverted(struct pollfd *descriptors, nfds_t count) {
    for (nfds_t i = 0; i < count; i++) {
        struct ktsn_wait_state state = state_of(&descriptors[i]);
        if (state.blocked || state.reports >= 0)
            return true;
    }
    return false;
}

/* What the kernel says of a socket with something in its error queue. */
static short errors_of(const struct pollfd *descriptor) {
    int saved_errno = errno;
    bool urgent = (descriptor->events & POLLPRI) != 0 &&
                  kernel_option(descriptor->fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE) > 0;
    errno = saved_errno;
    return (short)(urgent ? POLLERR | POLLPRI : POLLERR);
}

/* What is polled in place of what the program asked for. */
struct copy {
    struct pollfd *descriptors; /* the program's, then the report sockets, and the bell */
    nfds_t *owners;             /* whose the report sockets are */
    nfds_t count;
    bool belled;
};

/* No more entries than are needed: the kernel allows as many as there may be descriptors. */
static void divert(struct copy *copy, const struct pollfd *descriptors, nfds_t count) {
    copy->count = count;
    copy->belled = false;
    for (nfds_t i = 0; i < count; i++) {
        struct ktsn_wait_state state = state_of(&descriptors[i]);
        copy->descriptors[i] = descriptors[i];
        if (state.blocked) {
            copy->descriptors[i].events &= (short)~WRITABLE;
            copy->belled = true;
        }
        if (state.reports >= 0) {
            copy->owners[copy->count - count] = i;
            copy->descriptors[copy->count++] =
                (struct pollfd){.fd = state.reports, .events = POLLIN};
        }
    }
    if (copy->belled)
        copy->descriptors[copy->count] = (struct pollfd){.fd = ktsn_wait_bell(), .events = POLLOUT};
}

static int poll_copy(const struct ktsn_original *via, struct copy *copy, struct pollfd *descriptors,
                     nfds_t count, const struct timespec *timeout, const sigset_t *signals) {
    divert(copy, descriptors, count);
    const struct pollfd *all = copy->descriptors;
    int result = via->ppoll(copy->descriptors, copy->count + copy->belled, timeout, signals);
    if (result < 0)
        return result;
    bool space = copy->belled && all[copy->count].revents != 0;
    for (nfds_t i = 0; i < count; i++) {
        descriptors[i].revents = all[i].revents;
        if (space)
            descriptors[i].revents |= descriptors[i].events & ~all[i].events & WRITABLE;
    }
    for (nfds_t i = count; i < copy->count; i++) {
        struct pollfd *owner = &descriptors[copy->owners[i - count]];
        if ((all[i].revents & POLLIN) != 0)
            owner->revents |= errors_of(owner);
    }
    int ready = 0;
    for (nfds_t i = 0; i < count; i++)
        ready += descriptors[i].revents != 0;
    return ready;
}

static size_t octets_for(nfds_t count) {
    return (2 * count + 1) * sizeof(struct pollfd) + count * sizeof(nfds_t);
}

static int poll_within(const struct ktsn_original *via, void *memory, struct pollfd *descriptors,
                       nfds_t count, const struct timespec *timeout, const sigset_t *signals) {
    struct copy copy = {.owners = memory,
                        .descriptors = (struct pollfd *)((nfds_t *)memory + count)};
    return poll_copy(via, &copy, descriptors, count, timeout, signals);
}

static int poll_diverted(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                         const struct timespec *timeout, const sigset_t *signals) {
    size_t octets = octets_for(count);
    if (count <= MOST_ON_STACK)
        return poll_within(via, alloca(octets), descriptors, count, timeout, signals);
    void *memory = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return via->ppoll(descriptors, count, timeout, signals);
    int result = poll_within(via, memory, descriptors, count, timeout, signals);
    int saved_errno = errno;
    munmap(memory, octets);
    errno = saved_errno;
    return result;
}

int ktsn_call_poll(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                   int timeout_ms) {
    if (!any_special() || !any_diverted(descriptors, count))
        return via->poll(descriptors, count, timeout_ms);
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = timeout_ms % 1000 * 1000000L};
    return poll_diverted(via, descriptors, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

int ktsn_call_ppoll(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                    const struct timespec *timeout, const sigset_t *signals) {
    if (!any_special() || !any_diverted(descriptors, count))
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
    if (!any_special() || octets / sizeof *descriptors < count)
        return ktsn_original()->__poll_chk(descriptors, count, timeout_ms, octets);
    return poll(descriptors, count, timeout_ms);
}

KTSN_EXPORT int __ppoll_chk(struct pollfd *descriptors, nfds_t count,
                            const struct timespec *timeout, const sigset_t *signals,
                            size_t octets) {
    if (!any_special() || octets / sizeof *descriptors < count)
        return ktsn_original()->__ppoll_chk(descriptors, count, timeout, signals, octets);
    return ppoll(descriptors, count, timeout, signals);
}
