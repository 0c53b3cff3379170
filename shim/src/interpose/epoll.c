/* epoll_ctl and epoll_wait: registrations of sockets that are blocked, see wait.h. */
#include <errno.h>

#include "../core.h"
#include "../kernel.h"
#include "calls.h"

static bool involved(void) {
    return __builtin_expect(
        atomic_load_explicit(&ktsn_core.waiting.known, memory_order_relaxed) > 0, false);
}

int ktsn_call_epoll_ctl(const struct ktsn_original *via, int set, int operation, int fd,
                        struct epoll_event *event) {
    if (operation == EPOLL_CTL_ADD)
        ktsn_sets_note(&ktsn_core.waiting.sets, set);
    if (!involved())
        return via->epoll_ctl(set, operation, fd, event);
    int saved_errno = errno;
    int result = ktsn_wait_epoll_ctl(set, operation, fd, event);
    errno = result < 0 ? -result : saved_errno;
    return result < 0 ? -1 : 0;
}

/*
 * The end of a wait over several calls: what was reported may turn out to be nothing to the
 * program. A wait that began before the first socket of the process was blocked is then made anew,
 * whole.
 */
struct term {
    bool known;
    int64_t until_ns; /* CLOCK_MONOTONIC */
};

static struct term term_after(int64_t ns) {
    struct term term = {.known = false};
    if (ns > 0 && involved())
        term.known = !__builtin_add_overflow(kernel_clock(CLOCK_MONOTONIC), ns, &term.until_ns);
    return term;
}

static int64_t rest_ns(const struct term *term) {
    int64_t rest = term->until_ns - kernel_clock(CLOCK_MONOTONIC);
    return rest > 0 ? rest : 0;
}

static void shorten_ms(int *timeout_ms, const struct term *term) {
    if (term->known)
        *timeout_ms = (int)((rest_ns(term) + 999999) / 1000000);
}

/* Tells whether the events of a call are complete; else it is to be made again. */
static bool complete(int set, struct epoll_event *events, int *count) {
    if (*count <= 0 || !involved())
        return true;
    *count = ktsn_wait_settle(set, events, *count);
    return *count > 0;
}

int ktsn_call_epoll_wait(const struct ktsn_original *via, int set, struct epoll_event *events,
                         int most, int timeout_ms) {
    struct term term = term_after(timeout_ms * INT64_C(1000000));
    for (;;) {
        int count = via->epoll_wait(set, events, most, timeout_ms);
        if (complete(set, events, &count))
            return count;
        shorten_ms(&timeout_ms, &term);
    }
}

int ktsn_call_epoll_pwait(const struct ktsn_original *via, int set, struct epoll_event *events,
                          int most, int timeout_ms, const sigset_t *signals) {
    struct term term = term_after(timeout_ms * INT64_C(1000000));
    for (;;) {
        int count = via->epoll_pwait(set, events, most, timeout_ms, signals);
        if (complete(set, events, &count))
            return count;
        shorten_ms(&timeout_ms, &term);
    }
}

int ktsn_call_epoll_pwait2(const struct ktsn_original *via, int set, struct epoll_event *events,
                           int most, const struct timespec *timeout, const sigset_t *signals) {
    int64_t ns = 0;
    struct timespec rest;
    if (timeout != NULL && (__builtin_mul_overflow((int64_t)timeout->tv_sec, 1000000000, &ns) ||
                            __builtin_add_overflow(ns, timeout->tv_nsec, &ns)))
        ns = 0;
    struct term term = term_after(ns);
    for (;;) {
        int count = via->epoll_pwait2(set, events, most, timeout, signals);
        if (complete(set, events, &count))
            return count;
        if (term.known) {
            ns = rest_ns(&term);
            rest = (struct timespec){ns / 1000000000, ns % 1000000000};
            timeout = &rest;
        }
    }
}

KTSN_EXPORT int epoll_ctl(int set, int operation, int fd, struct epoll_event *event) {
    return ktsn_call_epoll_ctl(ktsn_original(), set, operation, fd, event);
}

/* Tells whether a wait that began before the first socket of the process was blocked is complete as
 * it is. */
static bool plain(int set, struct epoll_event *events, int *count) {
    return __builtin_expect(!involved(), true) || complete(set, events, count);
}

KTSN_EXPORT int epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms) {
    if (!involved()) {
        int count = ktsn_original()->epoll_wait(set, events, most, timeout_ms);
        if (plain(set, events, &count))
            return count;
    }
    return ktsn_call_epoll_wait(ktsn_original(), set, events, most, timeout_ms);
}

KTSN_EXPORT int epoll_pwait(int set, struct epoll_event *events, int most, int timeout_ms,
                            const sigset_t *signals) {
    if (!involved()) {
        int count = ktsn_original()->epoll_pwait(set, events, most, timeout_ms, signals);
        if (plain(set, events, &count))
            return count;
    }
    return ktsn_call_epoll_pwait(ktsn_original(), set, events, most, timeout_ms, signals);
}

KTSN_EXPORT int epoll_pwait2(int set, struct epoll_event *events, int most,
                             const struct timespec *timeout, const sigset_t *signals) {
    if (!involved()) {
        int count = ktsn_original()->epoll_pwait2(set, events, most, timeout, signals);
        if (plain(set, events, &count))
            return count;
    }
    return ktsn_call_epoll_pwait2(ktsn_original(), set, events, most, timeout, signals);
}
