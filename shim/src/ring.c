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

enum ktsn_claim ktsn_ring_claim(const struct ktsn_ring_view *view, uint64_t *position,
                                struct ktsn_slot **slot) {
    /* Two laps: every slot could be void once, and the claim may be moved on by others. */
    uint64_t attempts = 2 * (uint64_t)view->slot_count + 1024;
    uint64_t claim = __atomic_load_n(&view->ring->claim, __ATOMIC_ACQUIRE);
    while (attempts-- > 0) {
        struct ktsn_slot *candidate = slot_at(view, claim);
        uint64_t sequence = __atomic_load_n(&candidate->sequence, __ATOMIC_ACQUIRE);
        bool given_up = sequence == KTSN_SLOT_DEAD || sequence == KTSN_SLOT_REVIVED;
        bool waiting = !given_up && (sequence == claim - view->slot_count ||
                                     sequence == claim - view->slot_count + 1);
        if (waiting) {
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
        /* Looked at again: KTSNd may just have made the slot usable for this very position. */
        if (__atomic_load_n(&candidate->sequence, __ATOMIC_ACQUIRE) == claim) {
            *position = claim;
            *slot = candidate;
            return KTSN_CLAIM_DONE;
        }
        claim++;
    }
    return KTSN_CLAIM_BROKEN;
}

bool ktsn_ring_publish(struct ktsn_slot *slot, uint64_t position) {
    uint64_t expected = position;
    if (__atomic_compare_exchange_n(&slot->sequence, &expected, position + 1, false,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        return true;
    /* Given up. From here on nothing of this slot is touched any more; say so. */
    expected = KTSN_SLOT_DEAD;
    __atomic_compare_exchange_n(&slot->sequence, &expected, KTSN_SLOT_REVIVED, false,
                                __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    return false;
}

bool ktsn_ring_half_full(const struct ktsn_ring_view *view, uint64_t position) {
    uint64_t half = view->slot_count / 2;
    if (position < half)
        return false;
    const struct ktsn_slot *slot = slot_at(view, position - half);
    return __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) == position - half + 1;
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
    struct futex_waitv waiter = {
        .val = expected, .uaddr = (uint64_t)(uintptr_t)word, .flags = FUTEX_32};
    int64_t until_ns = kernel_clock(CLOCK_MONOTONIC) + timeout_ns;
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
    return KTSN_SYSCALL(SYS_futex_waitv, &waiter, 1, 0, &until, CLOCK_MONOTONIC);
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
