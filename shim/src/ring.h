/* Putting datagrams into the ring; the protocol is described in ktsn_channel.h. */
#ifndef KTSN_RING_H
#define KTSN_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "claimant.h"
#include "ktsn_channel.h"

struct ktsn_ring_view {
    struct ktsn_ring *ring;
    uint32_t slot_count;
    uint32_t slot_octets;
};

enum ktsn_claim {
    KTSN_CLAIM_DONE,
    KTSN_CLAIM_FULL,
    KTSN_CLAIM_BROKEN, /* no order in the ring: somebody has scribbled over it */
};

/* A slot that the calling thread owns. */
struct ktsn_claimed {
    struct ktsn_slot *slot;
    uint64_t position;
    struct ktsn_claimant owner;
};

/*
 * Claims a slot; any thread of any process. The slot is the caller's until it publishes it, and
 * others go on meanwhile, however long that takes. A thread that claims again before (in a signal
 * handler) publishes that first.
 */
enum ktsn_claim ktsn_ring_claim(const struct ktsn_ring_view *view, struct ktsn_claimed *claimed);

/* Tells whether there is room for so many datagrams, as long as nobody else puts some in. */
bool ktsn_ring_has_room(const struct ktsn_ring_view *view, uint32_t count);

/* Publishes a claimed slot, all of it before the publication, and that before whatever is read with
 * __ATOMIC_SEQ_CST afterwards. */
void ktsn_ring_publish(const struct ktsn_claimed *claimed);

/* Tells whether the half of the ring before this position is still waiting for KTSNd. */
bool ktsn_ring_half_full(const struct ktsn_ring_view *view, uint64_t position);

/* Says that a thread is about to wait for space, and returns what ktsn_ring_wait needs. Look for
 * space once more after this. */
uint32_t ktsn_ring_announce_wait(struct ktsn_ring *ring);

/*
 * Waits until space was made since the announcement, at most for timeout_ns. Returns 0, or -EINTR
 * if a signal handler ran: one that was installed with SA_RESTART counts only if not restartable.
 */
int ktsn_ring_wait(struct ktsn_ring *ring, uint32_t announced, int64_t timeout_ns,
                   bool restartable);

void ktsn_ring_end_wait(struct ktsn_ring *ring);

#endif
