#include "transmit.h"

#include <string.h>

#include "core.h"
#include "departure.h"
#include "kernel.h"
#include "packet.h"
#include "reports.h"
#include "socket.h"

/* UDP_MAX_SEGMENTS, from Linux 6.9 on. */
#define MOST_SEGMENTS 128
#define MOST_SEGMENTS_BEFORE 64

static bool make_key(const struct ktsn_channel *channel, int fd, const struct ktsn_request *request,
                     struct ktsn_flow_key *key) {
    *key = (struct ktsn_flow_key){
        .serial = channel->serial,
        .socket_epoch = __atomic_load_n(&channel->ring->socket_epoch, __ATOMIC_ACQUIRE),
        .network_generation =
            __atomic_load_n(&channel->status->network_generation, __ATOMIC_ACQUIRE),
        .target = request->target};
    socklen_t length = sizeof key->cookie;
    return kernel_getsockopt(fd, SOL_SOCKET, SO_COOKIE, &key->cookie, &length) == 0;
}

/* Of how many octets a message's datagrams are; 0: it is one, whatever its length. */
static uint32_t segment_of(const struct ktsn_request *request, const struct ktsn_flow *flow) {
    return request->segment >= 0 ? (uint32_t)request->segment : flow->segment;
}

/*
 * Tells whether the kernel would send a message in pieces that this path takes, as udp_send_skb
 * looks at them; where it would not, it is to say so itself.
 */
static bool fits(const struct ktsn_request *request, const struct ktsn_flow *flow) {
    uint32_t segment = segment_of(request, flow);
    if (segment == 0)
        return request->length <= flow->largest;
    /* Linux 6.14 began to look at what is sent, not at what might be. */
    uint32_t longest = segment;
    if (request->length < segment && kernel_is_since(6, 14))
        longest = request->length;
    uint32_t most = kernel_is_since(6, 9) ? MOST_SEGMENTS : MOST_SEGMENTS_BEFORE;
    return longest <= flow->largest && request->length <= (uint64_t)segment * most &&
           (flow->slot_flags & KTSN_SLOT_NO_CHECKSUM) == 0;
}

/* Finds the flow, or derives and keeps it. Returns 0, KTSN_TAKE_KERNEL or -errno. */
static int flow_of(struct ktsn_channel *channel, int fd, const struct msghdr *message,
                   const struct ktsn_request *request, const struct ktsn_flow_key *key,
                   struct ktsn_flow *flow) {
    if (!ktsn_flow_find(&ktsn_core.flows, key, flow)) {
        if (ktsn_socket_has_more(fd, key->cookie))
            return KTSN_TAKE_KERNEL;
        struct ktsn_untold untold = ktsn_socket_untold(key->cookie);
        int result =
            ktsn_flow_derive(channel, ktsn_core.untouchable, fd, message, request, &untold, flow);
        if (result != 0)
            return result;
        ktsn_flow_keep(&ktsn_core.flows, key, flow);
        if (!flow->kernel && flow->unicast)
            ktsn_channel_resolve(channel, flow->family, &flow->next_hop, sizeof flow->next_hop);
    }
    return flow->kernel || !fits(request, flow) ? KTSN_TAKE_KERNEL : 0;
}

/* What the flow says of a datagram. */
static struct ktsn_slot describe(uint64_t cookie, const struct ktsn_flow *flow) {
    struct ktsn_slot slot = {.socket = cookie,
                             .family = flow->family,
                             .flags = flow->slot_flags,
                             .tos = flow->tos,
                             .ttl = flow->ttl,
                             .priority = flow->priority,
                             .source_port = flow->source_port,
                             .destination_port = flow->destination_port,
                             .flow_label = flow->flow_label};
    memcpy(slot.source, &flow->source, sizeof flow->source);
    memcpy(slot.destination, &flow->destination, sizeof flow->destination);
    memcpy(slot.next_hop, &flow->next_hop, sizeof flow->next_hop);
    return slot;
}

static long attempt(struct ktsn_channel *channel, int fd, const struct msghdr *message, int flags,
                    const void *asked, struct ktsn_patience *patience) {
    const struct ktsn_request *request = asked;
    struct ktsn_flow flow;
    struct ktsn_flow_key key;
    /* The generations are read before anything that they stand for. */
    if (!make_key(channel, fd, request, &key))
        return KTSN_TAKE_KERNEL;
    int result = flow_of(channel, fd, message, request, &key, &flow);
    if (result == 0 && flow.errors)
        result = ktsn_pending_error(fd);
    if (result != 0)
        return result;
    if (!ktsn_payload_readable(message, request->length))
        return KTSN_TAKE_KERNEL;
    /* What needs more than half of the queue waits too long for room. */
    uint32_t segment = segment_of(request, &flow);
    if (segment != 0 && request->length / segment >= channel->slot_count / 2)
        return KTSN_TAKE_KERNEL;
    struct ktsn_departure departure = {.channel = channel,
                                       .message = message,
                                       .length = request->length,
                                       .segment = segment,
                                       .zerocopy =
                                           (flags & MSG_ZEROCOPY) != 0 && flow.zerocopy != 0,
                                       .slot = describe(key.cookie, &flow)};
    if (!ktsn_clock_to_tai(&ktsn_core.clocks, kernel_clock, flow.clock, request->launch_time_ns,
                           &departure.slot.launch_time_ns))
        return KTSN_TAKE_KERNEL;
    /* The kernel's instants are signed, too: whatever lies before 1970 is simply past. */
    if (departure.slot.launch_time_ns < 0)
        departure.slot.launch_time_ns = 0;
    ktsn_reports_want(&departure, fd, flow.timestamping, &request->wish, request->launch_time_ns);
    return ktsn_depart(fd, flags, &departure, patience);
}

long ktsn_transmit(int fd, const struct msghdr *message, int flags) {
    struct ktsn_request request;
    long result = KTSN_TAKE_KERNEL;
    if (ktsn_message_read(message, flags, &request))
        result = ktsn_attempts(attempt, fd, message, flags, &request);
    /* What no datagram of UDP is may be a frame. */
    return result == KTSN_TAKE_KERNEL ? ktsn_packet_transmit(fd, message, flags) : result;
}
