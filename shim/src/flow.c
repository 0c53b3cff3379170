#include "flow.h"

#include <linux/net_tstamp.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "facts.h"
#include "kernel.h"
#include "route.h"
#include "txtime.h"
#include "versioned.h"

/* UDP, and IP without options. */
#define UDP_OCTETS 8
#define IPV4_OCTETS 20
#define IPV6_OCTETS 40

#define FLOW_LABEL_MASK 0xfffff

/* Of labels that are made of the packet alone, apart from those that somebody manages (RFC 6437 3,
 * and the kernel's flowlabel_state_ranges). */
#define FLOW_LABEL_STATELESS 0x80000

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* ---- the table ---- */

struct kept {
    struct ktsn_flow_key key;
    struct ktsn_flow flow;
};

_Static_assert(sizeof(struct kept) == KTSN_FLOW_WORDS * 8, "no padding in between");

static struct ktsn_flow_entry *set_of(struct ktsn_flow_table *table,
                                      const struct ktsn_flow_key *key) {
    /* Only what stays: a flow that is derived anew takes the place of its stale self. */
    const struct ktsn_target *target = &key->target;
    uint64_t halves[2];
    memcpy(halves, &target->destination, sizeof halves);
    uint64_t hash = key->cookie * GOLDEN + halves[0];
    hash = hash * GOLDEN + halves[1];
    hash = (hash ^ hash >> 32) * GOLDEN + target->destination_port;
    hash *= GOLDEN;
    return table->entries[hash >> 32 & (KTSN_FLOW_SETS - 1)];
}

static bool same_subject(const struct ktsn_flow_key *one, const struct ktsn_flow_key *other) {
    return one->cookie == other->cookie &&
           memcmp(&one->target, &other->target, sizeof one->target) == 0;
}

static bool same_generation(const struct ktsn_flow_key *one, const struct ktsn_flow_key *other) {
    return one->serial == other->serial && one->socket_epoch == other->socket_epoch &&
           one->network_generation == other->network_generation;
}

static bool read_entry(struct ktsn_flow_entry *entry, struct kept *kept) {
    uint64_t words[KTSN_FLOW_WORDS];
    if (!ktsn_versioned_read(&entry->version, entry->words, KTSN_FLOW_WORDS, words))
        return false;
    memcpy(kept, words, sizeof *kept);
    return true;
}

static void write_entry(struct ktsn_flow_entry *entry, const struct kept *kept) {
    uint64_t words[KTSN_FLOW_WORDS];
    memcpy(words, kept, sizeof *kept);
    ktsn_versioned_write(&entry->version, entry->words, KTSN_FLOW_WORDS, words);
}

void ktsn_flows_clear(struct ktsn_flow_table *table) {
    /* Most programs never send a stamped datagram: don't have each of their forks touch the pages.
     */
    if (table->used)
        memset(table, 0, sizeof *table);
}

bool ktsn_flow_find(struct ktsn_flow_table *table, const struct ktsn_flow_key *key,
                    struct ktsn_flow *flow) {
    struct ktsn_flow_entry *set = set_of(table, key);
    struct kept kept;
    for (int way = 0; way < KTSN_FLOW_WAYS; way++) {
        if (read_entry(&set[way], &kept) && same_subject(&kept.key, key) &&
            same_generation(&kept.key, key)) {
            *flow = kept.flow;
            return true;
        }
    }
    return false;
}

void ktsn_flow_keep(struct ktsn_flow_table *table, const struct ktsn_flow_key *key,
                    const struct ktsn_flow *flow) {
    struct ktsn_flow_entry *set = set_of(table, key);
    struct kept kept;
    int chosen = -1;
    if (!atomic_load_explicit(&table->used, memory_order_relaxed))
        atomic_store_explicit(&table->used, true, memory_order_relaxed);
    for (int way = 0; way < KTSN_FLOW_WAYS; way++) {
        if (!read_entry(&set[way], &kept))
            continue;
        if (same_subject(&kept.key, key)) {
            chosen = way;
            break;
        }
        if (!same_generation(&kept.key, key))
            chosen = way;
    }
    if (chosen < 0)
        chosen = (int)(atomic_fetch_add_explicit(&table->turn, 1, memory_order_relaxed) %
                       KTSN_FLOW_WAYS);
    kept = (struct kept){.key = *key, .flow = *flow};
    write_entry(&set[chosen], &kept);
}

/* ---- derivation ---- */

/*
 * The family of a message's datagram and where it goes; false: the kernel says what there is to say
 * of a socket and an address that don't fit, and sends what takes one family's control messages to
 * the other's datagrams.
 */
static bool aim(const struct ktsn_facts *facts, const struct ktsn_target *target,
                struct ktsn_flow *flow) {
    bool dual = facts->domain == AF_INET6;
    bool given = !ktsn_address_is_any(&target->destination);
    flow->destination = target->destination;
    flow->destination_port = target->destination_port;
    if (!given) {
        flow->destination = facts->peer.address;
        flow->destination_port = facts->peer.port;
        flow->family = (uint8_t)facts->peer.family;
    } else if (target->family == AF_INET6) {
        struct in6_addr address;
        memcpy(&address, &target->destination, sizeof address);
        flow->family = AF_INET6;
        if (IN6_IS_ADDR_V4MAPPED(&address)) {
            flow->family = AF_INET;
            flow->destination = ktsn_address_unmapped(&address);
        }
    } else {
        flow->family = AF_INET;
    }
    if (given && (dual ? target->family == AF_UNSPEC : target->family == AF_INET6))
        return false;
    /* One that is bound in one family does not send in the other. */
    if (facts->local.family != flow->family && !ktsn_address_is_any(&facts->local.address))
        return false;
    uint32_t strange = KTSN_TRAIT_IPV4_CONTROL;
    if (flow->family == AF_INET)
        strange = KTSN_TRAIT_IPV6_CONTROL | (dual ? 0 : KTSN_TRAIT_IPV6_PKTINFO);
    return (target->traits & strange) == 0 && !ktsn_address_is_any(&flow->destination);
}

/* The source that IP_PKTINFO or IPV6_PKTINFO gives, in the datagram's family; false: no such. */
static bool given_source(const struct ktsn_target *target, int family,
                         struct ktsn_address *source) {
    *source = target->source;
    if (family == AF_INET6 || (target->traits & KTSN_TRAIT_IPV6_PKTINFO) == 0)
        return true;
    struct in6_addr address;
    memcpy(&address, &target->source, sizeof address);
    *source = ktsn_address_unmapped(&address);
    return IN6_IS_ADDR_V4MAPPED(&address);
}

/* The kernel's own choice of source and interface, as in udp_sendmsg and udpv6_sendmsg. */
static struct ktsn_route_query query_of(const struct ktsn_facts *facts,
                                        const struct ktsn_target *target,
                                        const struct ktsn_address *source,
                                        uint32_t multicast_interface,
                                        const struct ktsn_flow *flow) {
    struct ktsn_route_query query = {.family = flow->family,
                                     .destination = flow->destination,
                                     .destination_port = flow->destination_port,
                                     .source_port = facts->local.port,
                                     .source = *source,
                                     .interface_index = (uint32_t)target->interface_index,
                                     .mark = facts->mark,
                                     .user = facts->user,
                                     .tos = flow->tos};
    bool ipv6 = flow->family == AF_INET6;
    bool multicast = ktsn_address_is_multicast(flow->family, &query.destination);
    /* A socket that is bound to a group receives from it but does not send as it. */
    if (ktsn_address_is_any(&query.source) &&
        !ktsn_address_is_multicast(facts->local.family, &facts->local.address))
        query.source = facts->local.address;
    if (query.interface_index == 0 && ipv6 && ktsn_address_needs_scope(&query.destination))
        query.interface_index = target->scope;
    if (query.interface_index == 0)
        query.interface_index = facts->bound_interface;
    if (multicast) {
        if (query.interface_index == 0)
            query.interface_index = ipv6 ? facts->multicast_interface : multicast_interface;
        if (ktsn_address_is_any(&query.source))
            query.source = facts->multicast_source;
    } else if (query.interface_index == 0) {
        query.interface_index = facts->unicast_interface;
    }
    return query;
}

/*
 * The label of a flow that has none of its own: the same for all its datagrams, whoever sends them,
 * and another one for others (RFC 6437 2). The kernel's is made with a key that it does not tell.
 */
static uint32_t automatic_label(const struct ktsn_flow *flow) {
    uint64_t words[4];
    memcpy(words, &flow->source, 16);
    memcpy(words + 2, &flow->destination, 16);
    uint64_t hash = (uint64_t)flow->source_port << 16 | flow->destination_port;
    for (int i = 0; i < 4; i++) {
        hash = (hash ^ words[i]) * GOLDEN;
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 40 & FLOW_LABEL_MASK) | FLOW_LABEL_STATELESS;
}

/* As in udpv6_sendmsg and ip6_make_flowlabel. */
static uint32_t flow_label_of(const struct ktsn_facts *facts, const struct ktsn_target *target,
                              const struct ktsn_flow *flow) {
    uint32_t flow_info = 0;
    if (flow->family != AF_INET6)
        return 0;
    if ((target->traits & KTSN_TRAIT_FLOW_CONTROL) != 0)
        flow_info = target->flow_info;
    else if (ktsn_address_is_any(&target->destination))
        flow_info = facts->peer.flow_info;
    else if (facts->sends_flow)
        flow_info = target->flow_info;
    uint32_t label = flow_info & FLOW_LABEL_MASK;
    return label == 0 && facts->labels_flow ? automatic_label(flow) : label;
}

/* A group whose scope is the interface is for the pod alone (RFC 4291 2.7). */
static bool never_leaves(const struct ktsn_flow *flow) {
    return flow->family == AF_INET6 && flow->destination.octets[0] == 0xff &&
           (flow->destination.octets[1] & 0xf) <= 1;
}

/*
 * Lets the route decide the path; false: nothing was learned, because the kernel did not answer or
 * the thread is in another network namespace than the socket.
 */
static bool apply_route(const struct ktsn_channel *channel, int fd, const struct ktsn_facts *facts,
                        struct ktsn_route_query *query, const struct ktsn_target *target,
                        struct ktsn_flow *flow) {
    struct ktsn_route route;
    uint32_t interface = __atomic_load_n(&channel->status->interface_index, __ATOMIC_RELAXED);
    uint32_t mtu = __atomic_load_n(&channel->status->mtu, __ATOMIC_RELAXED);
    bool ipv6 = flow->family == AF_INET6;
    bool multicast = ktsn_address_is_multicast(flow->family, &flow->destination);
    flow->kernel = true;
    query->home_interface = interface;
    if (ktsn_route_find(fd, query, &route) < 0)
        return false;
    if (interface == 0 || route.interface_index != interface || route.special ||
        (route.type != RTN_UNICAST && route.type != RTN_MULTICAST && route.type != RTN_BROADCAST))
        return true;
    if (route.mtu != 0 && route.mtu < mtu)
        mtu = route.mtu;
    int ttl = multicast ? facts->multicast_ttl : facts->ttl;
    if (target->ttl >= 0)
        ttl = target->ttl;
    uint32_t room = channel->slot_octets - KTSN_SLOT_HEADER_OCTETS;
    uint32_t headers = UDP_OCTETS + (ipv6 ? IPV6_OCTETS : IPV4_OCTETS);
    flow->largest = mtu < headers ? 0 : mtu - headers;
    if (flow->largest > room)
        flow->largest = room;
    flow->ttl = (uint8_t)ttl;
    flow->source = ktsn_address_is_any(&query->source) ? route.source : query->source;
    flow->next_hop = ktsn_address_is_any(&route.next_hop) ? flow->destination : route.next_hop;
    flow->unicast = route.type == RTN_UNICAST && !multicast;
    flow->kernel = (ttl < 1 && !ipv6) || ktsn_address_is_any(&flow->source) || mtu < headers ||
                   never_leaves(flow);
    return true;
}

static uint8_t slot_flags_of(const struct ktsn_facts *facts, clockid_t clock) {
    uint8_t flags = 0;
    if ((facts->txtime.flags & SOF_TXTIME_DEADLINE_MODE) != 0)
        flags |= KTSN_SLOT_DEADLINE_MODE;
    if ((facts->txtime.flags & SOF_TXTIME_REPORT_ERRORS) != 0)
        flags |= KTSN_SLOT_REPORT_ERRORS;
    if (facts->dont_fragment)
        flags |= KTSN_SLOT_DONT_FRAGMENT;
    if (facts->no_checksum)
        flags |= KTSN_SLOT_NO_CHECKSUM;
    /* Who stamps by this clock paces for the kernel's fq, which sends what is due at once. */
    if (clock == CLOCK_MONOTONIC)
        flags |= KTSN_SLOT_PAST_IS_NOW;
    return flags;
}

/*
 * Has the kernel judge the message: it is sent with a payload that can't be read, so the kernel
 * makes every check of sendmsg, binds the socket to a port, reports a pending error, and fails with
 * EFAULT when it comes to copying; nothing leaves. (MSG_PROBE would stop before it looks at pending
 * errors and at shutdown.)
 */
static int judge(void *untouchable, int fd, const struct msghdr *message, uint32_t length) {
    struct iovec payload = {.iov_base = untouchable, .iov_len = length > 0 ? length : 1};
    struct msghdr probe = {.msg_name = message->msg_name,
                           .msg_namelen = message->msg_namelen,
                           .msg_iov = &payload,
                           .msg_iovlen = 1,
                           .msg_control = message->msg_control,
                           .msg_controllen = message->msg_controllen};
    long result = kernel_sendmsg(fd, &probe, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result == -EFAULT)
        return 0;
    return result >= 0 || result == -EAGAIN ? KTSN_TAKE_KERNEL : (int)result;
}

int ktsn_flow_derive(const struct ktsn_channel *channel, void *untouchable, int fd,
                     const struct msghdr *message, const struct ktsn_request *request,
                     const struct ktsn_untold *untold, struct ktsn_flow *flow) {
    const struct ktsn_target *target = &request->target;
    struct ktsn_facts facts = {0};
    struct ktsn_address source;
    *flow = (struct ktsn_flow){.kernel = true};
    if (!ktsn_facts_is_udp(fd) || !ktsn_channel_is_home_of(channel, fd))
        return 0;
    if (!ktsn_facts_read_names(fd, &facts))
        return KTSN_TAKE_KERNEL;
    if (ktsn_address_is_any(&target->destination) && !facts.connected)
        return KTSN_TAKE_KERNEL;
    if (!aim(&facts, target, flow) || !given_source(target, flow->family, &source) ||
        (untold->ipv6 && flow->family == AF_INET6))
        return 0;
    if (!ktsn_facts_read(fd, flow->family, &facts))
        return KTSN_TAKE_KERNEL;
    if (!facts.plain)
        return 0;
    flow->tos = (uint8_t)(target->tos >= 0 ? target->tos : facts.tos);
    flow->priority = target->priority >= 0 ? (uint32_t)target->priority : facts.priority;
    flow->clock = ktsn_txtime_clock(channel, fd, facts.txtime.clock);
    flow->errors = facts.errors;
    flow->slot_flags = slot_flags_of(&facts, flow->clock);
    flow->timestamping = facts.timestamping;
    flow->segment = facts.segment;
    flow->zerocopy = facts.zerocopy;

    struct ktsn_route_query query =
        query_of(&facts, target, &source, untold->multicast_interface, flow);
    if (!apply_route(channel, fd, &facts, &query, target, flow))
        return KTSN_TAKE_KERNEL;
    if (flow->kernel)
        return 0;
    uint32_t length = request->length < flow->largest ? request->length : flow->largest;
    int verdict = judge(untouchable, fd, message, length);
    if (verdict != 0)
        return verdict;
    /* Now it has a port, if it had none. */
    if (!ktsn_facts_read_names(fd, &facts) || facts.local.port == 0)
        return KTSN_TAKE_KERNEL;
    flow->source_port = facts.local.port;
    /* The port may decide the way: rules select by it, and of several next hops its hash chooses.
     */
    if (query.source_port == 0) {
        query.source_port = flow->source_port;
        if (!apply_route(channel, fd, &facts, &query, target, flow))
            return KTSN_TAKE_KERNEL;
    }
    flow->flow_label = flow_label_of(&facts, target, flow);
    return 0;
}

int ktsn_flow_peer_next_hop(const struct ktsn_channel *channel, int fd,
                            struct ktsn_address *next_hop) {
    const struct ktsn_target target = {.tos = -1, .ttl = -1, .priority = -1};
    struct ktsn_flow flow = {.kernel = true};
    struct ktsn_facts facts = {0};
    if (!ktsn_facts_is_udp(fd) || !ktsn_channel_is_home_of(channel, fd) ||
        !ktsn_facts_read_names(fd, &facts) || !facts.connected || !aim(&facts, &target, &flow) ||
        !ktsn_facts_read(fd, flow.family, &facts))
        return AF_UNSPEC;
    flow.tos = (uint8_t)facts.tos;
    struct ktsn_route_query query = query_of(&facts, &target, &target.source, 0, &flow);
    if (!apply_route(channel, fd, &facts, &query, &target, &flow) || flow.kernel || !flow.unicast)
        return AF_UNSPEC;
    *next_hop = flow.next_hop;
    return flow.family;
}
