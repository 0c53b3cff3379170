/* select, pselect: where a socket is blocked, its writability is that of the bell; where it has
 * reports, it is ready as soon as its report socket is readable. */
#include <errno.h>
#include <string.h>

#include "../core.h"
#include "../kernel.h"
#include "calls.h"

/* Descriptors in one word of a set; the kernel reads and writes whole words. */
#define WORD_BITS (8 * (int)sizeof(unsigned long))

/* The library's own descriptor lies far above the program's; beyond this nothing is diverted. */
#define MOST_DESCRIPTORS 8192
#define MOST_WORDS (MOST_DESCRIPTORS / WORD_BITS)

#ifndef SO_SELECT_ERR_QUEUE
#define SO_SELECT_ERR_QUEUE 45
#endif

/* Sets as large as the call needs, which may be larger than an fd_set. */
struct sets {
    unsigned long readable[MOST_WORDS], writable[MOST_WORDS], exceptional[MOST_WORDS];
    unsigned long diverted[MOST_WORDS], reporting[MOST_WORDS], reports[MOST_WORDS];
    int bell;             /* -1: nothing is diverted */
    int count;            /* with the library's own descriptors */
    int program_count;    /* without */
    size_t program_words; /* of each of the program's sets */
};

static bool any_special(void) {
    return __builtin_expect(
        atomic_load_explicit(&ktsn_core.waiting.special, memory_order_relaxed) > 0, false);
}

static unsigned long bit_of(int fd) {
    return 1ul << fd % WORD_BITS;
}

static bool has(const unsigned long *set, int fd) {
    return (set[fd / WORD_BITS] & bit_of(fd)) != 0;
}

static void put(unsigned long *set, int fd) {
    set[fd / WORD_BITS] |= bit_of(fd);
}

static void take(unsigned long *set, int fd) {
    set[fd / WORD_BITS] &= ~bit_of(fd);
}

/* Adds a descriptor of the library's to a set. */
static bool watch(struct sets *sets, unsigned long *set, int fd) {
    if (fd >= MOST_DESCRIPTORS)
        return false;
    put(set, fd);
    if (fd >= sets->count)
        sets->count = fd + 1;
    return true;
}

/* What lies behind the last descriptor in the last word is none. */
static void copy_in(struct sets *sets, unsigned long *set, const fd_set *program) {
    int last = sets->program_count % WORD_BITS;
    memset(set, 0, MOST_WORDS * sizeof *set);
    if (program != NULL)
        memcpy(set, program, sets->program_words * sizeof *set);
    if (last != 0)
        set[sets->program_words - 1] &= (1ul << last) - 1;
}

static bool has_urgent_errors(int fd) {
    int saved_errno = errno;
    bool urgent = kernel_option(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE) > 0;
    errno = saved_errno;
    return urgent;
}

static bool hears_of_errors(const struct sets *sets, int fd) {
    return has(sets->readable, fd) || has(sets->writable, fd) || has(sets->diverted, fd) ||
           has_urgent_errors(fd);
}

/* Splits the sets; false if nothing is to be diverted. */
static bool divert(struct sets *sets, int count, const fd_set *readable, const fd_set *writable,
                   const fd_set *exceptional) {
    bool any = false;
    if (count <= 0 || count > MOST_DESCRIPTORS)
        return false;
    sets->bell = -1;
    sets->count = sets->program_count = count;
    sets->program_words = (size_t)(count + WORD_BITS - 1) / (size_t)WORD_BITS;
    copy_in(sets, sets->readable, readable);
    copy_in(sets, sets->writable, writable);
    copy_in(sets, sets->exceptional, exceptional);
    memset(sets->diverted, 0, sizeof sets->diverted);
    memset(sets->reporting, 0, sizeof sets->reporting);
    memset(sets->reports, 0, sizeof sets->reports);
    for (int fd = 0; fd < count; fd++) {
        if (!has(sets->readable, fd) && !has(sets->writable, fd) && !has(sets->exceptional, fd))
            continue;
        struct ktsn_wait_state state = ktsn_wait_state(fd);
        if (state.blocked && has(sets->writable, fd) &&
            watch(sets, sets->writable, ktsn_wait_bell())) {
            sets->bell = ktsn_wait_bell();
            take(sets->writable, fd);
            put(sets->diverted, fd);
            any = true;
        }
        if (state.reports >= 0 && hears_of_errors(sets, fd) &&
            watch(sets, sets->readable, state.reports)) {
            put(sets->reports, state.reports);
            put(sets->reporting, fd);
            any = true;
        }
    }
    return any;
}

static bool asked(const fd_set *program, int fd) {
    return program != NULL && has((const unsigned long *)program, fd);
}

/* As select says it of a socket with something in its error queue; returns how many bits are new.
 */
static int report(struct sets *sets, int fd, const fd_set *readable, const fd_set *writable,
                  const fd_set *exceptional) {
    int added = 0;
    if (asked(readable, fd) && !has(sets->readable, fd)) {
        put(sets->readable, fd);
        added++;
    }
    if (asked(writable, fd) && !has(sets->writable, fd)) {
        put(sets->writable, fd);
        added++;
    }
    if (asked(exceptional, fd) && !has(sets->exceptional, fd) && has_urgent_errors(fd)) {
        put(sets->exceptional, fd);
        added++;
    }
    return added;
}

/* Takes the report sockets out of what is readable, and puts their sockets in; returns how many
 * more descriptors are ready. */
static int settle_reports(struct sets *sets, const fd_set *readable, const fd_set *writable,
                          const fd_set *exceptional) {
    int added = 0;
    for (int fd = 0; fd < sets->program_count; fd++) {
        int reports = has(sets->reporting, fd) ? ktsn_wait_state(fd).reports : -1;
        if (reports >= 0 && reports < sets->count && has(sets->reports, reports) &&
            has(sets->readable, reports))
            added += report(sets, fd, readable, writable, exceptional);
    }
    for (int i = 0; i < MOST_WORDS; i++) {
        added -= __builtin_popcountl(sets->readable[i] & sets->reports[i]);
        sets->readable[i] &= ~sets->reports[i];
    }
    return added;
}

/* Tells the program what came out; returns how many descriptors are ready. */
static int join(struct sets *sets, int ready, fd_set *readable, fd_set *writable,
                fd_set *exceptional) {
    int saved_errno = errno;
    if (ready < 0)
        return ready;
    if (sets->bell >= 0 && has(sets->writable, sets->bell)) {
        take(sets->writable, sets->bell);
        ready--;
        for (size_t i = 0; i < sets->program_words; i++) {
            sets->writable[i] |= sets->diverted[i];
            ready += __builtin_popcountl(sets->diverted[i]);
        }
    }
    ready += settle_reports(sets, readable, writable, exceptional);
    size_t octets = sets->program_words * sizeof(long);
    if (readable != NULL)
        memcpy(readable, sets->readable, octets);
    if (exceptional != NULL)
        memcpy(exceptional, sets->exceptional, octets);
    if (writable != NULL)
        memcpy(writable, sets->writable, octets);
    errno = saved_errno;
    return ready;
}

int ktsn_call_select(const struct ktsn_original *via, int count, fd_set *readable, fd_set *writable,
                     fd_set *exceptional, struct timeval *timeout) {
    struct sets sets;
    if (!any_special() || !divert(&sets, count, readable, writable, exceptional))
        return via->select(count, readable, writable, exceptional, timeout);
    int ready = via->select(sets.count, (fd_set *)sets.readable, (fd_set *)sets.writable,
                            (fd_set *)sets.exceptional, timeout);
    return join(&sets, ready, readable, writable, exceptional);
}

int ktsn_call_pselect(const struct ktsn_original *via, int count, fd_set *readable,
                      fd_set *writable, fd_set *exceptional, const struct timespec *timeout,
                      const sigset_t *signals) {
    struct sets sets;
    if (!any_special() || !divert(&sets, count, readable, writable, exceptional))
        return via->pselect(count, readable, writable, exceptional, timeout, signals);
    int ready = via->pselect(sets.count, (fd_set *)sets.readable, (fd_set *)sets.writable,
                             (fd_set *)sets.exceptional, timeout, signals);
    return join(&sets, ready, readable, writable, exceptional);
}

KTSN_EXPORT int select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                       struct timeval *timeout) {
    return any_special()
               ? ktsn_call_select(ktsn_original(), count, readable, writable, exceptional, timeout)
               : ktsn_original()->select(count, readable, writable, exceptional, timeout);
}

KTSN_EXPORT int pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                        const struct timespec *timeout, const sigset_t *signals) {
    return any_special()
               ? ktsn_call_pselect(ktsn_original(), count, readable, writable, exceptional, timeout,
                                   signals)
               : ktsn_original()->pselect(count, readable, writable, exceptional, timeout, signals);
}

KTSN_EXPORT int __select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                         struct timeval *timeout) __attribute__((alias("select")));
