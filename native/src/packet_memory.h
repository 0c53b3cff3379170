/* The packet memory, for the ports that are made of it. */
#ifndef KTSN_PACKET_MEMORY_H
#define KTSN_PACKET_MEMORY_H

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "ktsn_native.h"

/* The pool for what devices receive; NULL: DPDK does not run yet. */
struct rte_mempool *packet_memory_received(void);

/* The buffer of a frame that is to leave, as long as it is. */
static inline struct rte_mbuf *packet_memory_buffer(const struct ktsn_launch *launch) {
    struct rte_mbuf *buffer = (struct rte_mbuf *)(uintptr_t)launch->frame;
    buffer->data_off = RTE_PKTMBUF_HEADROOM;
    buffer->data_len = (uint16_t)launch->length;
    buffer->pkt_len = launch->length;
    return buffer;
}

#endif
