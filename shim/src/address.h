/* IP addresses of both families, as the channel has them. */
#ifndef KTSN_ADDRESS_H
#define KTSN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* In network order; an IPv4 address takes the first four octets, and the others are 0. */
struct ktsn_address {
    uint8_t octets[16];
};

#define KTSN_IPV4_OCTETS 4
#define KTSN_IPV6_OCTETS 16

static inline size_t ktsn_address_octets(int family) {
    return family == AF_INET6 ? KTSN_IPV6_OCTETS : KTSN_IPV4_OCTETS;
}

static inline struct ktsn_address ktsn_address_ipv4(struct in_addr address) {
    struct ktsn_address result = {{0}};
    memcpy(result.octets, &address, KTSN_IPV4_OCTETS);
    return result;
}

static inline struct ktsn_address ktsn_address_ipv6(const struct in6_addr *address) {
    struct ktsn_address result;
    memcpy(result.octets, address, KTSN_IPV6_OCTETS);
    return result;
}

/* The IPv4 address in one that stands for it (RFC 4291 2.5.5.2). */
static inline struct ktsn_address ktsn_address_unmapped(const struct in6_addr *address) {
    struct ktsn_address result = {{0}};
    memcpy(result.octets, &address->s6_addr[12], KTSN_IPV4_OCTETS);
    return result;
}

static inline bool ktsn_address_is_any(const struct ktsn_address *address) {
    static const struct ktsn_address any;
    return memcmp(address, &any, sizeof any) == 0;
}

static inline bool ktsn_address_equal(const struct ktsn_address *one,
                                      const struct ktsn_address *other) {
    return memcmp(one, other, sizeof *one) == 0;
}

static inline bool ktsn_address_is_multicast(int family, const struct ktsn_address *address) {
    return family == AF_INET6 ? address->octets[0] == 0xff : address->octets[0] >> 4 == 0xe;
}

/* Whether an IPv6 address means something on one link only, so that a scope identifier counts. */
static inline bool ktsn_address_needs_scope(const struct ktsn_address *address) {
    if (address->octets[0] == 0xff)
        return (address->octets[1] & 0xf) == 1 || (address->octets[1] & 0xf) == 2;
    return address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80;
}

#endif
