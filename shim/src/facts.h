/* What the kernel says about a UDP socket, as far as its datagrams' flows depend on it. */
#ifndef KTSN_FACTS_H
#define KTSN_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

/* A socket's own address, or its peer's. */
struct ktsn_endpoint {
    int family; /* AF_INET also for an IPv6 address that stands for an IPv4 one */
    struct ktsn_address address;
    uint16_t port;      /* machine order */
    uint32_t flow_info; /* machine order */
};

struct ktsn_facts {
    int domain; /* AF_INET or AF_INET6 */
    struct ktsn_endpoint local, peer;
    bool connected;
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime;
    uint32_t timestamping; /* SO_TIMESTAMPING */
    uint32_t segment;      /* UDP_SEGMENT */
    bool zerocopy;         /* SO_ZEROCOPY */
    uint32_t mark;
    uint32_t user;
    uint32_t priority;
    uint32_t bound_interface;

    /* From here on what is said of datagrams of the family that was asked for. */
    uint32_t unicast_interface;
    uint32_t multicast_interface; /* of IPv6; IPv4's is not told in full */
    struct ktsn_address multicast_source;
    int multicast_ttl;
    int tos, ttl;
    bool dont_fragment; /* the IPv4 flag */
    bool no_checksum;
    bool errors;      /* the socket can have pending errors */
    bool sends_flow;  /* IPV6_FLOWINFO_SEND */
    bool labels_flow; /* a flow without a label gets one */
    bool plain;       /* nothing that only the kernel implements */
};

/* Tells whether a socket is one of UDP, over IPv4 or IPv6. */
bool ktsn_facts_is_udp(int fd);

/* Reads the addresses of a socket of UDP, and whether it is connected. */
bool ktsn_facts_read_names(int fd, struct ktsn_facts *facts);

/* Reads the rest, for datagrams of a family. Returns whether the kernel has answered all. */
bool ktsn_facts_read(int fd, int family, struct ktsn_facts *facts);

#endif
