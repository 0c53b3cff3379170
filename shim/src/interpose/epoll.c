/* epoll_ctl and epoll_wait: registrations of sockets that are blocked, see wait.h. */
#include <errno.h>

#include "../core.h"
#include "../kernel.h"
#include "../original.h"

static bool involved(void) {
    return __builtin_expect(
        atomic_load_explicit(&ktsn_core.waiting.known, memory_order_relaxed) > 0, false);
}

KTSN_EXPORT int epoll_ctl(int set, int operation, int fd, struct epoll_event *event) {
    if (operation == EPOLL_CTL_ADD)
        ktsn_sets_note(&ktsn_core.waiting.sets, set);
    if (!involved())
        return ktsn_original()->epoll_ctl(set, operation, fd, event);
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

KTSN_EXPORT int epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms) {
    struct term term = term_after(timeout_ms * INT64_C(1000000));
    for (;;) {
        int count = ktsn_original()->epoll_wait(set, events, most, timeout_ms);
        if (complete(set, events, &count))
            return count;
        shorten_ms(&timeout_ms, &term);
    }
}

KTSN_EXPORT int epoll_pwait(int set, struct epoll_event *events, int most, int timeout_ms,
                            const sigset_t *signals) {
    struct term term = term_after(timeout_ms * INT64_C(1000000));
    for (;;) {
        int count = ktsn_original()->epoll_pwait(set, events, most, timeout_ms, signals);
        if (complete(set, events, &count))
            return count;
        shorten_ms(&timeout_ms, &term);
    }
}

KTSN_EXPORT int epoll_pwait2(int set, struct epoll_event *events, int most,
                             const struct timespec *timeout, const sigset_t *signals) {
    int64_t ns = 0;
    struct timespec rest;
    if (timeout != NULL && (__builtin_mul_overflow((int64_t)timeout->tv_sec, 1000000000, &ns) ||
                            __builtin_add_overflow(ns, timeout->tv_nsec, &ns)))
        ns = 0;
    struct term term = term_after(ns);
    for (;;) {
        int count = ktsn_original()->epoll_pwait2(set, events, most, timeout, signals);
        if (complete(set, events, &count))
            return count;
        if (term.known) {
            ns = rest_ns(&term);
            rest = (struct timespec){ns / 1000000000, ns % 1000000000};
            timeout = &rest;
        }
    }
}
