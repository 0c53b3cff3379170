/* A DPDK port, as the launcher sees it. */
#ifndef KTSN_PORT_H
#define KTSN_PORT_H

#include <stdatomic.h>
#include <stdint.h>

struct ktsn_port {
    uint16_t id;        /* DPDK's number */
    int has_link_state; /* whether the device reports its link */
    atomic_int link_up;
    char device[64];
};

#endif
