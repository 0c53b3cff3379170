/*
 * The port that leads nowhere: it counts what it is given and puts it back at once. For what
 * happens before a port: to measure it, or to test it, without a switch.
 */
#include <errno.h>
#include <stdlib.h>

#include "error.h"
#include "packet_memory.h"
#include "port.h"

enum { MOST_AT_ONCE = 64 };

struct null_port {
    struct ktsn_port port;
    _Atomic uint64_t frames; /* written by the launcher's thread alone */
    _Atomic uint64_t octets;
};

static struct null_port *null_port(struct ktsn_port *port) {
    return (struct null_port *)port;
}

/* One thread writes it: no locked instruction is needed. */
static void add(_Atomic uint64_t *counter, uint64_t more) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static uint32_t send_frames(struct ktsn_port *port, const struct ktsn_launch *launch,
                            uint32_t count) {
    struct rte_mbuf *buffers[MOST_AT_ONCE];
    uint32_t n = count < MOST_AT_ONCE ? count : MOST_AT_ONCE;
    uint64_t octets = 0;
    for (uint32_t i = 0; i < n; i++) {
        buffers[i] = packet_memory_buffer(&launch[i]);
        octets += launch[i].length;
    }
    rte_pktmbuf_free_bulk(buffers, n);
    add(&null_port(port)->frames, n);
    add(&null_port(port)->octets, octets);
    return n;
}

static int read_status(struct ktsn_port *port, struct ktsn_port_status *status) {
    *status = (struct ktsn_port_status){
        .sent_frames = atomic_load_explicit(&null_port(port)->frames, memory_order_relaxed),
        .sent_octets = atomic_load_explicit(&null_port(port)->octets, memory_order_relaxed)};
    return 0;
}

static int give_back(struct ktsn_port *port) {
    free(port);
    return 0;
}

static const struct port_operations operations = {
    .send = send_frames,
    .status = read_status,
    .close = give_back,
};

int ktsn_port_open_null(struct ktsn_port **opened) {
    struct null_port *port = calloc(1, sizeof *port);
    if (!port)
        return ktsn_fail(ENOMEM, "no memory for a port");
    port->port.operations = &operations;
    atomic_store(&port->port.link_up, 1);
    *opened = &port->port;
    return 0;
}
