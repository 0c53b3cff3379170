/* KTSNd's end of a ring, for tests: the protocol of ktsn_channel.h, and nothing that is hostile. */
#ifndef KTSN_TEST_CONSUMER_H
#define KTSN_TEST_CONSUMER_H

#include <stdbool.h>
#include <stdint.h>

#include "ktsn_channel.h"

struct consumer {
    struct ktsn_ring *ring;
    uint32_t slot_count;
    uint32_t slot_octets;
    uint64_t position;
    uint64_t *noted; /* claims that were passed and not yet taken, in their order */
    uint32_t count;
    uint32_t current; /* what consumer_next returned */
};

/* Makes all slots free; the ring's memory is zero. */
void consumer_begin(struct consumer *consumer, struct ktsn_ring *ring, uint32_t slot_count,
                    uint32_t slot_octets);

void consumer_end(struct consumer *consumer);

/* The next published slot, or NULL. It stays as it is until consumer_done. */
struct ktsn_slot *consumer_next(struct consumer *consumer);
void consumer_done(struct consumer *consumer);

/* How many positions are claimed and neither passed nor taken. */
uint64_t consumer_queued(const struct consumer *consumer);

#endif
