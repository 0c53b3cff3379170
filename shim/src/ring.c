#include "ring.h"

#include <linux/futex.h>

#include "kernel.h"

#ifndef FUTEX_32
#define FUTEX_32 2
#endif

static struct ktsn_slot *slot_at(const struct ktsn_ring_view *view, uint64_t position) {
    char *slots = (char *)view->ring + KTSN_RING_HEADER_OCTETS;
    uint64_t index = position & (view->slot_count - 1);
    return (struct ktsn_slot *)(slots + index * view->slot_octets);
}

/* Nobody can have this position before KTSNd has come to the one of the lap before. */
static bool waits(uint64_t state, uint64_t position, uint32_t slot_count) {
    return state == KTSN_SLOT_STATE(position - slot_count, KTSN_SLOT_PUBLISHED) ||
           state == KTSN_SLOT_STATE(position - slot_count, KTSN_SLOT_FREE);
}

/* Makes a position's slot the thread's; false: the position is void. */
static bool own(struct ktsn_claimed *claimed) {
    uint64_t state = KTSN_SLOT_STATE(claimed->position, KTSN_SLOT_FREE);
    if (__atomic_load_n(&claimed->slot->state, __ATOMIC_ACQUIRE) != state)
        return false;
    ktsn_claimant_begin(&claimed->owner, (uint32_t *)&claimed->slot->state);
    if (__atomic_compare_exchange_n(&claimed->slot->state, &state,
                                    KTSN_SLOT_STATE(claimed->position, claimed->owner.thread),
                                    false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return true;
    ktsn_claimant_end(&claimed->owner);
    return false;
}

enum ktsn_claim ktsn_ring_claim(const struct ktsn_ring_view *view, struct ktsn_claimed *claimed) {
    /* Two laps: every slot could be void once, and the claim may be moved on by others. */
    uint64_t attempts = 2 * (uint64_t)view->slot_count + 1024;
    claimed->owner = ktsn_claimant_self();
    uint64_t claim = __atomic_load_n(&view->ring->claim, __ATOMIC_ACQUIRE);
    while (attempts-- > 0) {
        struct ktsn_slot *slot = slot_at(view, claim);
        if (waits(__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE), claim, view->slot_count)) {
            uint64_t latest = __atomic_load_n(&view->ring->claim, __ATOMIC_ACQUIRE);
            if (latest == claim)
                return KTSN_CLAIM_FULL;
            claim = latest;
            continue;
        }
        /* Free, or void: in both cases the claim moves on. On failure it is read anew. */
        if (!__atomic_compare_exchange_n(&view->ring->claim, &claim, claim + 1, false,
                                         __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        claimed->slot = slot;
        claimed->position = claim;
        if (own(claimed))
            return KTSN_CLAIM_DONE;
        claim++;
    }
    return KTSN_CLAIM_BROKEN;
}

bool ktsn_ring_has_room(const struct ktsn_ring_view *view, uint32_t count) {
    uint64_t claim = __atomic_load_n(&view->ring->claim, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t position = claim + i;
        uint64_t state = __atomic_load_n(&slot_at(view, position)->state, __ATOMIC_ACQUIRE);
        if (waits(state, position, view->slot_count))
            return false;
    }
    return true;
}

void ktsn_ring_publish(const struct ktsn_claimed *claimed) {
    /* Not simply stored: the child of a fork that came about in a signal handler may be here, too.
     */
    uint64_t state = KTSN_SLOT_STATE(claimed->position, claimed->owner.thread);
    __atomic_compare_exchange_n(&claimed->slot->state, &state,
                                KTSN_SLOT_STATE(claimed->position, KTSN_SLOT_PUBLISHED), false,
                                __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    ktsn_claimant_end(&claimed->owner);
}

bool ktsn_ring_half_full(const struct ktsn_ring_view *view, uint64_t position) {
    uint64_t half = view->slot_count / 2;
    if (position < half)
        return false;
    const struct ktsn_slot *slot = slot_at(view, position - half);
    return __atomic_load_n(&slot->state, __ATOMIC_RELAXED) ==
           KTSN_SLOT_STATE(position - half, KTSN_SLOT_PUBLISHED);
}

uint32_t ktsn_ring_announce_wait(struct ktsn_ring *ring) {
    __atomic_fetch_add(&ring->space_waiters, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&ring->space_sequence, __ATOMIC_SEQ_CST);
}

void ktsn_ring_end_wait(struct ktsn_ring *ring) {
    __atomic_fetch_sub(&ring->space_waiters, 1, __ATOMIC_SEQ_CST);
}

/* The one futex call that the kernel restarts after a handler with SA_RESTART, as it does sendmsg.
 */
static long wait_restartable(uint32_t *word, uint32_t expected, int64_t timeout_ns) {
#ifdef SYS_futex_waitv
    static bool missing; /* the kernel is older, or an emulator complains of each try */
    if (__atomic_load_n(&missing, __ATOMIC_RELAXED))
        return -ENOSYS;
    struct futex_waitv waiter = {
        .val = expected, .uaddr = (uint64_t)(uintptr_t)word, .flags = FUTEX_32};
    int64_t until_ns = kernel_clock(CLOCK_MONOTONIC) + timeout_ns;
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
    long result = KTSN_SYSCALL(SYS_futex_waitv, &waiter, 1, 0, &until, CLOCK_MONOTONIC);
    if (result == -ENOSYS)
        __atomic_store_n(&missing, true, __ATOMIC_RELAXED);
    return result;
#else
    (void)word, (void)expected, (void)timeout_ns;
    return -ENOSYS;
#endif
}

int ktsn_ring_wait(struct ktsn_ring *ring, uint32_t announced, int64_t timeout_ns,
                   bool restartable) {
    long result = -ENOSYS;
    if (restartable)
        result = wait_restartable(&ring->space_sequence, announced, timeout_ns);
    if (result == -ENOSYS || result == -EPERM) {
        struct timespec timeout = {.tv_sec = timeout_ns / 1000000000,
                                   .tv_nsec = timeout_ns % 1000000000};
        result = KTSN_SYSCALL(SYS_futex, &ring->space_sequence, FUTEX_WAIT, announced, &timeout,
                              NULL, 0);
    }
    return result == -EINTR ? -EINTR : 0;
}
