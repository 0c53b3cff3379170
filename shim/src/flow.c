#include "flow.h"

#include <arpa/inet.h>
#include <linux/net_tstamp.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel.h"
#include "route.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef IP_UNICAST_IF
#define IP_UNICAST_IF 50
#endif

/* IPv4 and UDP, without options. */
#define HEADER_OCTETS 28

/* ---- the table ---- */

struct kept {
    struct ktsn_flow_key key;
    struct ktsn_flow flow;
};

_Static_assert(sizeof(struct kept) == KTSN_FLOW_WORDS * 8, "no padding in between");

static struct ktsn_flow_entry *set_of(struct ktsn_flow_table *table,
                                      const struct ktsn_flow_key *key) {
    /* Only what stays: a flow that is derived anew takes the place of its stale self. */
    uint64_t hash = key->cookie;
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) + key->destination;
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) + key->destination_port;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return table->entries[hash >> 32 & (KTSN_FLOW_SETS - 1)];
}

static bool same_subject(const struct ktsn_flow_key *one, const struct ktsn_flow_key *other) {
    return one->cookie == other->cookie && one->destination == other->destination &&
           one->destination_port == other->destination_port && one->source == other->source &&
           one->interface_index == other->interface_index && one->priority == other->priority &&
           one->tos == other->tos && one->ttl == other->ttl;
}

static bool same_generation(const struct ktsn_flow_key *one, const struct ktsn_flow_key *other) {
    return one->serial == other->serial && one->socket_epoch == other->socket_epoch &&
           one->network_generation == other->network_generation;
}

static bool read_entry(struct ktsn_flow_entry *entry, struct kept *kept) {
    uint64_t words[KTSN_FLOW_WORDS];
    uint32_t version = atomic_load_explicit(&entry->version, memory_order_acquire);
    if ((version & 1) != 0)
        return false;
    for (size_t i = 0; i < KTSN_FLOW_WORDS; i++)
        words[i] = atomic_load_explicit(&entry->words[i], memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&entry->version, memory_order_relaxed) != version)
        return false;
    memcpy(kept, words, sizeof *kept);
    return true;
}

static void write_entry(struct ktsn_flow_entry *entry, const struct kept *kept) {
    uint64_t words[KTSN_FLOW_WORDS];
    memcpy(words, kept, sizeof *kept);
    uint32_t version = atomic_load_explicit(&entry->version, memory_order_relaxed);
    if ((version & 1) != 0 ||
        !atomic_compare_exchange_strong_explicit(&entry->version, &version, version + 1,
                                                 memory_order_acquire, memory_order_relaxed))
        return;
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < KTSN_FLOW_WORDS; i++)
        atomic_store_explicit(&entry->words[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&entry->version, version + 2, memory_order_release);
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

/* What the kernel says about a socket. */
struct facts {
    struct sockaddr_in local, peer;
    bool connected;
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime;
    uint32_t mark;
    uint32_t user;
    uint32_t priority;
    uint32_t bound_interface;
    uint32_t unicast_interface;
    struct in_addr multicast_source;
    int multicast_ttl;
    int tos, ttl, mtu_discovery;
    bool no_checksum, errors;
    bool plain; /* nothing that only the kernel implements */
};

static bool is_udp_over_ipv4(int fd) {
    return kernel_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET &&
           kernel_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM &&
           kernel_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP;
}

static bool read_local(int fd, struct facts *facts) {
    socklen_t length = sizeof facts->local;
    return KTSN_SYSCALL(SYS_getsockname, fd, &facts->local, &length) == 0;
}

static bool read_facts(int fd, struct facts *facts) {
    *facts = (struct facts){0};
    socklen_t length = sizeof facts->peer;
    facts->connected = KTSN_SYSCALL(SYS_getpeername, fd, &facts->peer, &length) == 0;
    length = sizeof facts->txtime;
    bool complete = read_local(fd, facts) &&
                    kernel_getsockopt(fd, SOL_SOCKET, SO_TXTIME, &facts->txtime, &length) == 0;
    length = sizeof facts->multicast_source;
    complete = complete && kernel_getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF,
                                             &facts->multicast_source, &length) == 0;
    length = sizeof facts->priority;
    complete =
        complete && kernel_getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &facts->priority, &length) == 0;
    struct stat owner = {0};
    complete = complete && KTSN_SYSCALL(SYS_fstat, fd, &owner) == 0;
    facts->user = owner.st_uid;

    /* An error is negative and found below; interface indices and marks are read as unsigned. */
    int bound = kernel_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX);
    int unicast = kernel_option(fd, IPPROTO_IP, IP_UNICAST_IF);
    int no_checksum = kernel_option(fd, SOL_SOCKET, SO_NO_CHECK);
    int receive_errors = kernel_option(fd, IPPROTO_IP, IP_RECVERR);
    facts->mark = (uint32_t)kernel_option(fd, SOL_SOCKET, SO_MARK);
    facts->tos = kernel_option(fd, IPPROTO_IP, IP_TOS);
    facts->ttl = kernel_option(fd, IPPROTO_IP, IP_TTL);
    facts->multicast_ttl = kernel_option(fd, IPPROTO_IP, IP_MULTICAST_TTL);
    facts->mtu_discovery = kernel_option(fd, IPPROTO_IP, IP_MTU_DISCOVER);
    facts->bound_interface = (uint32_t)bound;
    facts->unicast_interface = ntohl((uint32_t)unicast);
    facts->no_checksum = no_checksum > 0;
    facts->errors = facts->connected || receive_errors > 0;

    char options[40];
    length = sizeof options;
    facts->plain = kernel_getsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, &length) == 0 &&
                   length == 0 && kernel_option(fd, IPPROTO_UDP, UDP_CORK) == 0 &&
                   kernel_option(fd, IPPROTO_UDP, UDP_SEGMENT) <= 0 &&
                   kernel_option(fd, SOL_SOCKET, SO_DONTROUTE) == 0;
    return complete && bound >= 0 && no_checksum >= 0 && receive_errors >= 0 && facts->tos >= 0 &&
           facts->ttl >= 0 && facts->multicast_ttl >= 0 && facts->mtu_discovery >= 0;
}

static bool is_multicast(uint32_t address) {
    return IN_MULTICAST(ntohl(address));
}

/* The kernel's own choice of source and interface, as in udp_sendmsg. */
static struct ktsn_route_query query_of(const struct facts *facts,
                                        const struct ktsn_request *request,
                                        uint32_t multicast_interface,
                                        const struct ktsn_flow *flow) {
    struct ktsn_route_query query = {.destination = flow->destination,
                                     .destination_port = flow->destination_port,
                                     .source_port = ntohs(facts->local.sin_port),
                                     .source = request->source,
                                     .interface_index = (uint32_t)request->interface_index,
                                     .mark = facts->mark,
                                     .user = facts->user,
                                     .tos = flow->tos};
    /* A socket that is bound to a group receives from it but does not send as it. */
    if (query.source == 0 && !is_multicast(facts->local.sin_addr.s_addr))
        query.source = facts->local.sin_addr.s_addr;
    if (query.interface_index == 0)
        query.interface_index = facts->bound_interface;
    if (is_multicast(query.destination)) {
        if (query.interface_index == 0)
            query.interface_index = multicast_interface;
        if (query.source == 0)
            query.source = facts->multicast_source.s_addr;
    } else if (query.interface_index == 0) {
        query.interface_index = facts->unicast_interface;
    }
    return query;
}

/*
 * Lets the route decide the path; false: nothing was learned, because the kernel did not answer or
 * the thread is in another network namespace than the socket.
 */
static bool apply_route(const struct ktsn_channel *channel, int fd, const struct facts *facts,
                        struct ktsn_route_query *query, const struct ktsn_request *request,
                        struct ktsn_flow *flow) {
    struct ktsn_route route;
    uint32_t interface = __atomic_load_n(&channel->status->interface_index, __ATOMIC_RELAXED);
    uint32_t mtu = __atomic_load_n(&channel->status->mtu, __ATOMIC_RELAXED);
    flow->kernel = true;
    query->home_interface = interface;
    if (ktsn_route_find(fd, query, &route) < 0)
        return false;
    if (interface == 0 || route.interface_index != interface || route.special ||
        (route.type != RTN_UNICAST && route.type != RTN_MULTICAST && route.type != RTN_BROADCAST))
        return true;
    if (route.mtu != 0 && route.mtu < mtu)
        mtu = route.mtu;
    int ttl = route.type == RTN_MULTICAST ? facts->multicast_ttl : facts->ttl;
    if (request->ttl >= 0)
        ttl = request->ttl;
    uint32_t room = channel->slot_octets - KTSN_SLOT_HEADER_OCTETS;
    flow->largest = mtu < HEADER_OCTETS ? 0 : mtu - HEADER_OCTETS;
    if (flow->largest > room)
        flow->largest = room;
    flow->ttl = (uint8_t)ttl;
    flow->source = query->source != 0 ? query->source : route.source;
    flow->next_hop = route.next_hop != 0 ? route.next_hop : flow->destination;
    flow->unicast = route.type == RTN_UNICAST;
    flow->kernel = ttl < 1 || flow->source == 0 || mtu < HEADER_OCTETS;
    return true;
}

static uint8_t slot_flags_of(const struct facts *facts) {
    uint8_t flags = 0;
    if ((facts->txtime.flags & SOF_TXTIME_DEADLINE_MODE) != 0)
        flags |= KTSN_SLOT_DEADLINE_MODE;
    if ((facts->txtime.flags & SOF_TXTIME_REPORT_ERRORS) != 0)
        flags |= KTSN_SLOT_REPORT_ERRORS;
    if (facts->mtu_discovery == IP_PMTUDISC_WANT || facts->mtu_discovery == IP_PMTUDISC_DO ||
        facts->mtu_discovery == IP_PMTUDISC_PROBE)
        flags |= KTSN_SLOT_DONT_FRAGMENT;
    if (facts->no_checksum)
        flags |= KTSN_SLOT_NO_CHECKSUM;
    /* Who stamps by this clock paces for the kernel's fq, which sends what is due at once. */
    if (facts->txtime.clock == CLOCK_MONOTONIC)
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
                     uint32_t multicast_interface, struct ktsn_flow *flow) {
    struct facts facts;
    *flow = (struct ktsn_flow){.kernel = true};
    if (!is_udp_over_ipv4(fd) || !ktsn_channel_is_home_of(channel, fd))
        return 0;
    if (!read_facts(fd, &facts))
        return KTSN_TAKE_KERNEL;
    if (!facts.plain)
        return 0;
    flow->destination = request->destination;
    flow->destination_port = request->destination_port;
    if (request->destination == 0) {
        if (!facts.connected)
            return KTSN_TAKE_KERNEL;
        flow->destination = facts.peer.sin_addr.s_addr;
        flow->destination_port = ntohs(facts.peer.sin_port);
    }
    flow->tos = (uint8_t)(request->tos >= 0 ? request->tos : facts.tos);
    flow->priority = request->priority >= 0 ? (uint32_t)request->priority : facts.priority;
    flow->clock = facts.txtime.clock;
    flow->errors = facts.errors;
    flow->slot_flags = slot_flags_of(&facts);

    struct ktsn_route_query query = query_of(&facts, request, multicast_interface, flow);
    if (!apply_route(channel, fd, &facts, &query, request, flow))
        return KTSN_TAKE_KERNEL;
    if (flow->kernel)
        return 0;
    uint32_t length = request->length < flow->largest ? request->length : flow->largest;
    int verdict = judge(untouchable, fd, message, length);
    if (verdict != 0)
        return verdict;
    /* Now it has a port, if it had none. */
    if (!read_local(fd, &facts) || facts.local.sin_port == 0)
        return KTSN_TAKE_KERNEL;
    flow->source_port = ntohs(facts.local.sin_port);
    /* The port may decide the way: rules select by it, and of several next hops its hash chooses.
     */
    if (query.source_port == 0) {
        query.source_port = flow->source_port;
        if (!apply_route(channel, fd, &facts, &query, request, flow))
            return KTSN_TAKE_KERNEL;
    }
    return 0;
}

uint32_t ktsn_flow_peer_next_hop(const struct ktsn_channel *channel, int fd) {
    const struct ktsn_request request = {.tos = -1, .ttl = -1, .priority = -1};
    struct ktsn_flow flow = {.kernel = true};
    struct facts facts;
    if (!is_udp_over_ipv4(fd) || !ktsn_channel_is_home_of(channel, fd) || !read_facts(fd, &facts) ||
        !facts.connected)
        return 0;
    flow.destination = facts.peer.sin_addr.s_addr;
    flow.destination_port = ntohs(facts.peer.sin_port);
    flow.tos = (uint8_t)facts.tos;
    struct ktsn_route_query query = query_of(&facts, &request, 0, &flow);
    if (!apply_route(channel, fd, &facts, &query, &request, &flow) || flow.kernel || !flow.unicast)
        return 0;
    return flow.next_hop;
}
