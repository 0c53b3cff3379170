/* select, pselect: where a socket is blocked, its writability is that of the bell. */
#include <errno.h>
#include <string.h>

#include "../core.h"
#include "calls.h"

/* Descriptors in one word of a set; the kernel reads and writes whole words. */
#define WORD_BITS (8 * (int)sizeof(unsigned long))

/* The library's own descriptor lies far above the program's; beyond this nothing is diverted. */
#define MOST_DESCRIPTORS 8192
#define MOST_WORDS (MOST_DESCRIPTORS / WORD_BITS)

/* Sets as large as the call needs, which may be larger than an fd_set. */
struct sets {
    unsigned long readable[MOST_WORDS], writable[MOST_WORDS], exceptional[MOST_WORDS];
    unsigned long diverted[MOST_WORDS];
    int bell;
    int count;
    size_t program_octets; /* of each of the program's sets */
};

static bool any_blocked(void) {
    return __builtin_expect(
        atomic_load_explicit(&ktsn_core.waiting.blocked, memory_order_relaxed) > 0, false);
}

static unsigned long bit_of(int fd) {
    return 1ul << fd % WORD_BITS;
}

/* Splits the sets; false if nothing is to be diverted. */
static bool divert(struct sets *sets, int count, const fd_set *readable, const fd_set *writable,
                   const fd_set *exceptional) {
    bool any = false;
    sets->bell = ktsn_wait_bell();
    if (writable == NULL || count <= 0 || count > MOST_DESCRIPTORS ||
        sets->bell >= MOST_DESCRIPTORS)
        return false;
    sets->count = sets->bell >= count ? sets->bell + 1 : count;
    sets->program_octets = (size_t)(count + WORD_BITS - 1) / (size_t)WORD_BITS * sizeof(long);
    size_t octets = (size_t)(sets->count + WORD_BITS - 1) / (size_t)WORD_BITS * sizeof(long);
    memset(sets->readable, 0, octets);
    memset(sets->writable, 0, octets);
    memset(sets->exceptional, 0, octets);
    memset(sets->diverted, 0, octets);
    if (readable != NULL)
        memcpy(sets->readable, readable, sets->program_octets);
    if (exceptional != NULL)
        memcpy(sets->exceptional, exceptional, sets->program_octets);
    memcpy(sets->writable, writable, sets->program_octets);
    for (int fd = 0; fd < count; fd++) {
        unsigned long *word = &sets->writable[fd / WORD_BITS];
        if ((*word & bit_of(fd)) != 0 && ktsn_wait_blocked(fd)) {
            *word &= ~bit_of(fd);
            sets->diverted[fd / WORD_BITS] |= bit_of(fd);
            any = true;
        }
    }
    sets->writable[sets->bell / WORD_BITS] |= bit_of(sets->bell);
    return any;
}

/* Tells the program what came out; returns how many descriptors are ready. */
static int join(struct sets *sets, int ready, fd_set *readable, fd_set *writable,
                fd_set *exceptional) {
    unsigned long *bell_word = &sets->writable[sets->bell / WORD_BITS];
    if (ready < 0)
        return ready;
    if ((*bell_word & bit_of(sets->bell)) != 0) {
        *bell_word &= ~bit_of(sets->bell);
        ready--;
        for (size_t i = 0; i < sets->program_octets / sizeof(long); i++) {
            sets->writable[i] |= sets->diverted[i];
            ready += __builtin_popcountl(sets->diverted[i]);
        }
    }
    if (readable != NULL)
        memcpy(readable, sets->readable, sets->program_octets);
    if (exceptional != NULL)
        memcpy(exceptional, sets->exceptional, sets->program_octets);
    memcpy(writable, sets->writable, sets->program_octets);
    return ready;
}

int ktsn_call_select(const struct ktsn_original *via, int count, fd_set *readable, fd_set *writable,
                     fd_set *exceptional, struct timeval *timeout) {
    struct sets sets;
    if (!any_blocked() || !divert(&sets, count, readable, writable, exceptional))
        return via->select(count, readable, writable, exceptional, timeout);
    int ready = via->select(sets.count, readable != NULL ? (fd_set *)sets.readable : NULL,
                            (fd_set *)sets.writable,
                            exceptional != NULL ? (fd_set *)sets.exceptional : NULL, timeout);
    return join(&sets, ready, readable, writable, exceptional);
}

int ktsn_call_pselect(const struct ktsn_original *via, int count, fd_set *readable,
                      fd_set *writable, fd_set *exceptional, const struct timespec *timeout,
                      const sigset_t *signals) {
    struct sets sets;
    if (!any_blocked() || !divert(&sets, count, readable, writable, exceptional))
        return via->pselect(count, readable, writable, exceptional, timeout, signals);
    int ready = via->pselect(
        sets.count, readable != NULL ? (fd_set *)sets.readable : NULL, (fd_set *)sets.writable,
        exceptional != NULL ? (fd_set *)sets.exceptional : NULL, timeout, signals);
    return join(&sets, ready, readable, writable, exceptional);
}

KTSN_EXPORT int select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                       struct timeval *timeout) {
    return any_blocked()
               ? ktsn_call_select(ktsn_original(), count, readable, writable, exceptional, timeout)
               : ktsn_original()->select(count, readable, writable, exceptional, timeout);
}

KTSN_EXPORT int pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                        const struct timespec *timeout, const sigset_t *signals) {
    return any_blocked()
               ? ktsn_call_pselect(ktsn_original(), count, readable, writable, exceptional, timeout,
                                   signals)
               : ktsn_original()->pselect(count, readable, writable, exceptional, timeout, signals);
}

KTSN_EXPORT int __select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                         struct timeval *timeout) __attribute__((alias("select")));
