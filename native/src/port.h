/*
 * A port, as the launcher sees it: an operations table, what it can do, and its link. Each kind of
 * port has a file of its own (port_*.c), whose struct begins with this one.
 */
#ifndef KTSN_PORT_H
#define KTSN_PORT_H

#include <stdatomic.h>
#include <stdint.h>

#include "ktsn_native.h"

struct port_operations {
    /*
     * Takes frames in their order, the first ones of `count`; returns how many, and is offered the
     * rest again at once unless it took none. The buffers of those are the port's, which puts them
     * back when they have left; all others stay the caller's. The launcher's thread only; neither
     * waits nor allocates.
     */
    uint32_t (*send)(struct ktsn_port *port, const struct ktsn_launch *launch, uint32_t count);

    /* Fills in all but the link; any thread, one at a time. 0 or -errno. */
    int (*status)(struct ktsn_port *port, struct ktsn_port_status *status);

    /* Throws away what was received; returns how many frames. NULL: it receives nothing. */
    int (*discard_received)(struct ktsn_port *port);

    /* Closes the port and gives its memory back. 0 or -errno. */
    int (*close)(struct ktsn_port *port);
};

struct ktsn_port {
    const struct port_operations *operations;
    uint32_t capabilities; /* KTSN_PORT_...; constant */
    atomic_int link_up;    /* while it is 0, nothing is sent */
};

#endif
