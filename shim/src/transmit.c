#include "transmit.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/time.h>

#include "core.h"
#include "kernel.h"
#include "readable.h"
#include "ring.h"
#include "socket.h"
#include "wait.h"

/* How long a thread waits for space before it looks whether KTSNd is still there. */
#define WAIT_SLICE_NS INT64_C(10000000)

/* Space was waited for: try again from the start. */
#define TRY_AGAIN (KTSN_TAKE_KERNEL - 1)

/* A blocked call, over all its attempts. */
struct patience {
    bool known;
    bool endless;
    int64_t until_ns; /* CLOCK_MONOTONIC */
};

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
    return flow->kernel || request->length > flow->largest ? KTSN_TAKE_KERNEL : 0;
}

static void fill(struct ktsn_slot *slot, uint64_t cookie, const struct ktsn_flow *flow,
                 int64_t launch_time_ns, const struct msghdr *message, uint32_t length) {
    slot->launch_time_ns = launch_time_ns;
    slot->socket = cookie;
    slot->family = flow->family;
    slot->flags = flow->slot_flags;
    slot->tos = flow->tos;
    slot->ttl = flow->ttl;
    slot->priority = flow->priority;
    slot->source_port = flow->source_port;
    slot->destination_port = flow->destination_port;
    slot->length = length;
    memcpy(slot->source, &flow->source, sizeof flow->source);
    memcpy(slot->destination, &flow->destination, sizeof flow->destination);
    memcpy(slot->next_hop, &flow->next_hop, sizeof flow->next_hop);
    slot->sent_ns = kernel_clock(CLOCK_TAI);
    slot->flow_label = flow->flow_label;
    char *payload = (char *)slot + KTSN_SLOT_HEADER_OCTETS;
    /* Bounded by the length that was judged, whatever another thread makes of the vector. */
    for (size_t i = 0; i < message->msg_iovlen && length > 0; i++) {
        size_t part = message->msg_iov[i].iov_len;
        if (part > length)
            part = length;
        if (part > 0)
            memcpy(payload, message->msg_iov[i].iov_base, part);
        payload += part;
        length -= (uint32_t)part;
    }
    if (length > 0)
        memset(payload, 0, length);
}

/* The kernel is to say what it says of a payload that can't be read. */
static bool can_be_read(const struct msghdr *message, uint32_t length) {
    for (size_t i = 0; i < message->msg_iovlen && length > 0; i++) {
        size_t part = message->msg_iov[i].iov_len;
        if (part > length)
            part = length;
        if (!ktsn_readable(message->msg_iov[i].iov_base, part))
            return false;
        length -= (uint32_t)part;
    }
    return true;
}

/* Until when the planner must have seen a datagram: what has a deadline may leave at once. */
static int64_t due_ns(const struct ktsn_flow *flow, int64_t launch_time_ns) {
    return (flow->slot_flags & KTSN_SLOT_DEADLINE_MODE) != 0 ? 0 : launch_time_ns;
}

static void wake_planner(struct ktsn_channel *channel, int64_t due_ns, bool crowded) {
    /* Behind the publication. Pairs with the planner's fence between "I sleep until" and its last
     * look at the ring. */
    int64_t before_ns = __atomic_load_n(&channel->status->doorbell_before_ns, __ATOMIC_SEQ_CST);
    if (due_ns < before_ns || (crowded && before_ns != INT64_MIN))
        ktsn_channel_ring_doorbell(channel);
}

static enum ktsn_claim put(struct ktsn_channel *channel, uint64_t cookie,
                           const struct ktsn_flow *flow, int64_t launch_time_ns,
                           const struct msghdr *message, uint32_t length) {
    const struct ktsn_ring_view view = {channel->ring, channel->slot_count, channel->slot_octets};
    struct ktsn_claimed claimed;
    enum ktsn_claim claim = ktsn_ring_claim(&view, &claimed);
    if (claim != KTSN_CLAIM_DONE)
        return claim;
    fill(claimed.slot, cookie, flow, launch_time_ns, message, length);
    ktsn_ring_publish(&claimed);
    wake_planner(channel, due_ns(flow, launch_time_ns),
                 ktsn_ring_half_full(&view, claimed.position));
    return KTSN_CLAIM_DONE;
}

static bool blocking(int fd, int flags) {
    return (flags & MSG_DONTWAIT) == 0 && (KTSN_SYSCALL(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK) == 0;
}

static void learn_patience(int fd, int64_t now_ns, struct patience *patience) {
    struct timeval timeout = {0};
    socklen_t length = sizeof timeout;
    kernel_getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &length);
    patience->known = true;
    patience->endless = timeout.tv_sec == 0 && timeout.tv_usec == 0;
    if (__builtin_mul_overflow((int64_t)timeout.tv_sec, INT64_C(1000000000), &patience->until_ns) ||
        __builtin_add_overflow(patience->until_ns, now_ns + timeout.tv_usec * INT64_C(1000),
                               &patience->until_ns))
        patience->until_ns = INT64_MAX;
}

/* One datagram, looked up and checked, into the ring. */
struct departure {
    struct ktsn_channel *channel;
    uint64_t cookie;
    const struct ktsn_flow *flow;
    int64_t launch_time_ns;
    const struct msghdr *message;
    uint32_t length;
};

static enum ktsn_claim depart(const struct departure *departure) {
    return put(departure->channel, departure->cookie, departure->flow, departure->launch_time_ns,
               departure->message, departure->length);
}

/*
 * The ring is full, and the call must not wait: the socket is not writable until there is space.
 * Returns as the caller does.
 */
static long refuse(int fd, const struct departure *departure) {
    struct ktsn_channel *channel = departure->channel;
    enum ktsn_await await = ktsn_wait_for_space(channel);
    if (await == KTSN_AWAIT_BEGUN)
        wake_planner(channel, INT64_MAX, true);
    if (!ktsn_channel_lives(&ktsn_core.channels, channel))
        return TRY_AGAIN;
    enum ktsn_claim claim = depart(departure);
    if (claim == KTSN_CLAIM_DONE)
        return (long)departure->length;
    if (claim == KTSN_CLAIM_BROKEN)
        return KTSN_TAKE_KERNEL;
    if (await != KTSN_AWAIT_FAILED)
        ktsn_wait_block(channel, fd, departure->cookie);
    return -EAGAIN;
}

/* The ring is full: waits a slice. Returns as the caller does. */
static long await_space(int fd, int flags, const struct departure *departure,
                        struct patience *patience) {
    int64_t now_ns = kernel_clock(CLOCK_MONOTONIC);
    if (!blocking(fd, flags))
        return refuse(fd, departure);
    if (!patience->known)
        learn_patience(fd, now_ns, patience);
    if (!patience->endless && now_ns >= patience->until_ns)
        return refuse(fd, departure);
    int64_t slice_ns = WAIT_SLICE_NS;
    if (!patience->endless && patience->until_ns - now_ns < slice_ns)
        slice_ns = patience->until_ns - now_ns;

    struct ktsn_ring *ring = departure->channel->ring;
    uint32_t announced = ktsn_ring_announce_wait(ring);
    enum ktsn_claim claim = depart(departure);
    long result = claim == KTSN_CLAIM_DONE ? (long)departure->length : TRY_AGAIN;
    if (claim == KTSN_CLAIM_FULL) {
        wake_planner(departure->channel, INT64_MAX, true);
        if (ktsn_ring_wait(ring, announced, slice_ns, patience->endless) == -EINTR)
            result = -EINTR;
    }
    ktsn_ring_end_wait(ring);
    return claim == KTSN_CLAIM_BROKEN ? KTSN_TAKE_KERNEL : result;
}

/* A pending error (an ICMP answer to an earlier datagram) is reported once, instead of sending. */
static int pending_error(int fd) {
    int error = kernel_option(fd, SOL_SOCKET, SO_ERROR);
    return error > 0 ? -error : 0;
}

static long attempt(struct ktsn_channel *channel, int fd, const struct msghdr *message, int flags,
                    const struct ktsn_request *request, struct patience *patience) {
    struct ktsn_flow flow;
    struct ktsn_flow_key key;
    /* The generations are read before anything that they stand for. */
    if (!make_key(channel, fd, request, &key))
        return KTSN_TAKE_KERNEL;
    int result = flow_of(channel, fd, message, request, &key, &flow);
    if (result == 0 && flow.errors)
        result = pending_error(fd);
    if (result != 0)
        return result;
    if (!can_be_read(message, request->length))
        return KTSN_TAKE_KERNEL;
    struct departure departure = {.channel = channel,
                                  .cookie = key.cookie,
                                  .flow = &flow,
                                  .message = message,
                                  .length = request->length};
    if (!ktsn_clock_to_tai(&ktsn_core.clocks, kernel_clock, flow.clock, request->launch_time_ns,
                           &departure.launch_time_ns))
        return KTSN_TAKE_KERNEL;
    /* The kernel's instants are signed, too: whatever lies before 1970 is simply past. */
    if (departure.launch_time_ns < 0)
        departure.launch_time_ns = 0;
    switch (depart(&departure)) {
    case KTSN_CLAIM_DONE:
        return (long)request->length;
    case KTSN_CLAIM_FULL:
        return await_space(fd, flags, &departure, patience);
    default:
        return KTSN_TAKE_KERNEL;
    }
}

long ktsn_transmit(int fd, const struct msghdr *message, int flags) {
    struct ktsn_request request;
    if (!ktsn_message_read(message, flags, &request))
        return KTSN_TAKE_KERNEL;
    int saved_errno = errno;
    if (!ktsn_socket_engage()) {
        errno = saved_errno;
        return KTSN_TAKE_KERNEL;
    }
    pthread_testcancel();
    struct patience patience = {0};
    long result;
    do {
        struct ktsn_channel *channel =
            ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
        if (channel == NULL) {
            result = KTSN_TAKE_KERNEL;
            break;
        }
        result = attempt(channel, fd, message, flags, &request, &patience);
        ktsn_channel_leave(channel);
        /* Outside the channel, where a thread can be cancelled without leaving a trace. */
        if (result == TRY_AGAIN)
            pthread_testcancel();
    } while (result == TRY_AGAIN);
    if (__builtin_expect(ktsn_core.waiting.blocked > 0, false) &&
        (result >= 0 || result == KTSN_TAKE_KERNEL))
        ktsn_wait_unblock(fd);
    errno = saved_errno;
    return result;
}
