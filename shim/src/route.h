/* Where the kernel would send a datagram. */
#ifndef KTSN_ROUTE_H
#define KTSN_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

struct ktsn_route_query {
    int family; /* AF_INET or AF_INET6 */
    struct ktsn_address destination;
    struct ktsn_address source; /* or all 0 */
    uint16_t destination_port;
    uint16_t source_port; /* 0: not bound yet */
    uint32_t interface_index;
    uint32_t home_interface; /* the time-sensitive one, by which an old kernel tells namespaces */
    uint32_t mark;
    uint32_t user; /* who owns the socket */
    uint8_t tos;
};

struct ktsn_route {
    uint8_t type; /* RTN_UNICAST, ...; RTN_UNREACHABLE if there is none */
    uint32_t interface_index;
    struct ktsn_address source;   /* the preferred source address, or all 0 */
    struct ktsn_address next_hop; /* the gateway; all 0: the destination is on the link */
    uint32_t mtu;                 /* the route's own, or 0 */
    bool special;                 /* has properties that only the kernel implements */
};

/*
 * Asks the kernel over rtnetlink, in the network namespace of the calling thread, which must be
 * that of the socket: returns -EXDEV if it is not, 0 if the kernel answered, or -errno. No lock, no
 * malloc.
 */
int ktsn_route_find(int fd, const struct ktsn_route_query *query, struct ktsn_route *route);

#endif
