#include "txtime.h"

#include <string.h>

#include "core.h"
#include "facts.h"
#include "kernel.h"
#include "readable.h"
#include "socket.h"

/* A few of the words in which sockets' numbers are, so that these find room; and which of them may
 * be a socket's. */
#define STRIDE 5
#define WORDS (KTSN_RING_NUMBERS / STRIDE)
#define PLACES 4

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

struct txtime {
    int32_t clock;
    uint32_t flags;
};

/*
 * A socket's clock in one word, which tells itself from the cookies that are there, too (they count
 * sockets, and never come this far):
 *
 *   63    62 ... 56   55 ... 0
 *   1     clock       SO_COOKIE
 */
static uint64_t word_of(uint64_t cookie, uint32_t clock) {
    return KTSN_NUMBERS_CLOCK | (uint64_t)clock << 56 | cookie;
}

static bool tells_clock_of(uint64_t word, uint64_t cookie) {
    return (word & ~(UINT64_C(0x7f) << 56)) == word_of(cookie, 0);
}

static uint64_t *place(const struct ktsn_channel *channel, uint64_t cookie, uint32_t i) {
    uint32_t first = (uint32_t)(cookie * GOLDEN >> 32);
    return &channel->ring->numbers[(first + i) % WORDS * STRIDE].socket;
}

/* Which word a socket's clock may take the place of: first of all the socket's own, then none, and
 * where there is no room another socket's. */
enum taking { OWN, FREE, OTHERS };

static bool is_for(uint64_t word, uint64_t cookie, enum taking taking) {
    switch (taking) {
    case OWN:
        return tells_clock_of(word, cookie);
    case FREE:
        return word == 0;
    default:
        return (word & KTSN_NUMBERS_CLOCK) != 0;
    }
}

/* Has the pod's programs know a clock; the latest in a place stays. */
static void share(const struct ktsn_channel *channel, uint64_t cookie, uint32_t clock) {
    for (enum taking taking = OWN; taking <= OTHERS; taking++) {
        for (uint32_t i = 0; i < PLACES; i++) {
            uint64_t *at = place(channel, cookie, i);
            uint64_t found = __atomic_load_n(at, __ATOMIC_ACQUIRE);
            if (is_for(found, cookie, taking) &&
                (found == word_of(cookie, clock) ||
                 __atomic_compare_exchange_n(at, &found, word_of(cookie, clock), false,
                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)))
                return;
        }
    }
}

/* The word of a socket, or NULL. */
static uint64_t *find(const struct ktsn_channel *channel, uint64_t cookie, uint64_t *found) {
    for (uint32_t i = 0; i < PLACES; i++) {
        uint64_t *at = place(channel, cookie, i);
        *found = __atomic_load_n(at, __ATOMIC_ACQUIRE);
        if (tells_clock_of(*found, cookie))
            return at;
    }
    return NULL;
}

/* A clock as it is remembered: 0 is none. */
static uint32_t noted(int32_t clock) {
    return (uint32_t)clock + 1;
}

static bool is_datagrams_of(const struct ktsn_channel *channel, int fd) {
    bool frames = kernel_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_PACKET;
    return (frames || ktsn_facts_is_udp(fd)) && ktsn_channel_is_home_of(channel, fd);
}

/* Gives the kernel the clock that it may have, and remembers the program's. */
static bool switch_on(const struct ktsn_channel *channel, int fd, const struct txtime *txtime) {
    uint64_t cookie = kernel_cookie(fd);
    if (cookie == 0 || !is_datagrams_of(channel, fd))
        return false;
    struct ktsn_memo *memo = ktsn_socket_memo(cookie);
    const struct txtime allowed = {.clock = CLOCK_MONOTONIC, .flags = txtime->flags};
    uint32_t before = memo->clock;
    /* Before the kernel takes stamps from other threads. */
    memo->clock = noted(txtime->clock);
    if (KTSN_SYSCALL(SYS_setsockopt, fd, SOL_SOCKET, SO_TXTIME, &allowed, sizeof allowed) != 0) {
        memo->clock = before;
        return false;
    }
    share(channel, cookie, noted(txtime->clock));
    memo->clock = noted(txtime->clock);
    return true;
}

bool ktsn_txtime_grant(int fd, const void *value, socklen_t length) {
    struct txtime txtime;
    if (length != sizeof txtime || !ktsn_socket_engage() || !ktsn_readable(value, sizeof txtime))
        return false;
    memcpy(&txtime, value, sizeof txtime);
    if (txtime.clock != CLOCK_TAI && txtime.clock != CLOCK_REALTIME)
        return false;
    struct ktsn_channel *channel =
        ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
    if (channel == NULL)
        return false;
    bool granted = switch_on(channel, fd, &txtime);
    ktsn_channel_leave(channel);
    return granted;
}

void ktsn_txtime_told(int fd) {
    uint64_t cookie = ktsn_core_ready() ? kernel_cookie(fd) : 0;
    struct ktsn_memo *memo = ktsn_socket_known(cookie);
    uint64_t found;
    if (cookie == 0)
        return;
    if (memo != NULL)
        memo->clock = 0;
    struct ktsn_channel *channel = ktsn_channel_enter_connected(&ktsn_core.channels);
    if (channel == NULL)
        return;
    uint64_t *at = find(channel, cookie, &found);
    /* Not to 0: what numbers a socket's timestamps looks behind this place. */
    if (at != NULL)
        __atomic_compare_exchange_n(at, &found, word_of(cookie, 0), false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE);
    ktsn_channel_leave(channel);
}

/*
 * The clock that is remembered of a socket, or 0. The ring knows of all the programs that have the
 * socket which was last; a new ring learns it from each of them.
 */
static uint32_t recall(const struct ktsn_channel *channel, uint64_t cookie) {
    struct ktsn_memo *memo = ktsn_socket_known(cookie);
    uint32_t clock = memo != NULL ? memo->clock : 0;
    uint64_t found;
    if (channel != NULL && find(channel, cookie, &found) != NULL) {
        clock = (uint32_t)(found >> 56 & 0x7f);
        ktsn_socket_memo(cookie)->clock = clock;
    } else if (channel != NULL && clock != 0) {
        share(channel, cookie, clock);
    }
    return clock;
}

int32_t ktsn_txtime_clock(const struct ktsn_channel *channel, int fd, int32_t clock) {
    if (clock != CLOCK_MONOTONIC)
        return clock;
    uint64_t cookie = kernel_cookie(fd);
    uint32_t remembered = cookie != 0 ? recall(channel, cookie) : 0;
    return remembered != 0 ? (int32_t)(remembered - 1) : clock;
}

void ktsn_txtime_answer(int fd, void *value, socklen_t length) {
    int saved_errno = errno;
    struct txtime told = {0};
    socklen_t told_length = sizeof told;
    if (kernel_getsockopt(fd, SOL_SOCKET, SO_TXTIME, &told, &told_length) == 0 &&
        told.clock == CLOCK_MONOTONIC && ktsn_socket_engage()) {
        struct ktsn_channel *channel =
            ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
        int32_t clock = ktsn_txtime_clock(channel, fd, told.clock);
        if (channel != NULL)
            ktsn_channel_leave(channel);
        if (clock != told.clock)
            memcpy(value, &clock, length < sizeof clock ? length : sizeof clock);
    }
    errno = saved_errno;
}
