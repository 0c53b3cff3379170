#include "consumer.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct ktsn_slot *slot_at(const struct consumer *consumer, uint64_t position) {
    return (struct ktsn_slot *)((char *)consumer->ring + KTSN_RING_HEADER_OCTETS +
                                position % consumer->slot_count * consumer->slot_octets);
}

void consumer_begin(struct consumer *consumer, struct ktsn_ring *ring, uint32_t slot_count,
                    uint32_t slot_octets) {
    *consumer = (struct consumer){.ring = ring,
                                  .slot_count = slot_count,
                                  .slot_octets = slot_octets,
                                  .noted = calloc(slot_count, sizeof(uint64_t))};
    for (uint32_t i = 0; i < slot_count; i++)
        slot_at(consumer, i)->state = KTSN_SLOT_STATE(i, KTSN_SLOT_FREE);
}

void consumer_end(struct consumer *consumer) {
    free(consumer->noted);
}

static void make_space_known(struct ktsn_ring *ring) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ring->space_waiters, __ATOMIC_SEQ_CST) == 0)
        return;
    __atomic_fetch_add(&ring->space_sequence, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &ring->space_sequence, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Free for the next position that was not passed. */
static void set_free(struct consumer *consumer, uint64_t position) {
    uint64_t next = position;
    while (next < consumer->position)
        next += consumer->slot_count;
    __atomic_store_n(&slot_at(consumer, position)->state, KTSN_SLOT_STATE(next, KTSN_SLOT_FREE),
                     __ATOMIC_RELEASE);
    make_space_known(consumer->ring);
}

static bool is_noted(const struct consumer *consumer, uint64_t position) {
    for (uint32_t i = 0; i < consumer->count; i++) {
        if (consumer->noted[i] % consumer->slot_count == position % consumer->slot_count)
            return true;
    }
    return false;
}

static void note(struct consumer *consumer) {
    while (consumer->position < __atomic_load_n(&consumer->ring->claim, __ATOMIC_ACQUIRE)) {
        uint64_t position = consumer->position++;
        uint64_t state = KTSN_SLOT_STATE(position, KTSN_SLOT_FREE);
        if (is_noted(consumer, position) ||
            __atomic_compare_exchange_n(
                &slot_at(consumer, position)->state, &state,
                KTSN_SLOT_STATE(position + consumer->slot_count, KTSN_SLOT_FREE), false,
                __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        if (state >> 32 == (uint32_t)position)
            consumer->noted[consumer->count++] = position;
        else
            set_free(consumer, position);
    }
}

static void forget(struct consumer *consumer, uint32_t at) {
    uint64_t position = consumer->noted[at];
    consumer->count--;
    for (uint32_t i = at; i < consumer->count; i++)
        consumer->noted[i] = consumer->noted[i + 1];
    set_free(consumer, position);
}

struct ktsn_slot *consumer_next(struct consumer *consumer) {
    note(consumer);
    for (uint32_t i = 0; i < consumer->count;) {
        uint64_t position = consumer->noted[i];
        struct ktsn_slot *slot = slot_at(consumer, position);
        uint64_t state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
        if (state == KTSN_SLOT_STATE(position, KTSN_SLOT_PUBLISHED)) {
            consumer->current = i;
            return slot;
        }
        if (state == KTSN_SLOT_STATE(position, KTSN_SLOT_ORPHANED))
            forget(consumer, i);
        else
            i++;
    }
    return NULL;
}

void consumer_done(struct consumer *consumer) {
    forget(consumer, consumer->current);
}

uint64_t consumer_queued(const struct consumer *consumer) {
    uint64_t claim = __atomic_load_n(&consumer->ring->claim, __ATOMIC_ACQUIRE);
    return claim - consumer->position + consumer->count;
}
