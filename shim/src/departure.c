#include "departure.h"

#include <alloca.h>
#include <fcntl.h>
#include <string.h>
#include <sys/time.h>

#include "core.h"
#include "kernel.h"
#include "message.h"
#include "numbers.h"
#include "original.h"
#include "readable.h"
#include "ring.h"
#include "socket.h"
#include "wait.h"
#include "zerocopy.h"

/* How long a thread waits for space before it looks whether KTSNd is still there. */
#define WAIT_SLICE_NS INT64_C(10000000)

/* Some of a message's octets. */
struct span {
    uint32_t from, octets;
};

/* Bounded by the length that was judged, whatever another thread makes of the vector. */
static void copy(const struct msghdr *message, struct span span, char *payload) {
    size_t skip = span.from, length = span.octets;
    for (size_t i = 0; i < message->msg_iovlen && length > 0; i++) {
        size_t part = message->msg_iov[i].iov_len;
        if (part <= skip) {
            skip -= part;
            continue;
        }
        part -= skip;
        if (part > length)
            part = length;
        memcpy(payload, (const char *)message->msg_iov[i].iov_base + skip, part);
        skip = 0;
        payload += part;
        length -= part;
    }
    if (length > 0)
        memset(payload, 0, length);
}

static void fill(struct ktsn_slot *slot, const struct ktsn_departure *departure, struct span span) {
    const size_t behind_state = sizeof slot->state;
    memcpy((char *)slot + behind_state, (const char *)&departure->slot + behind_state,
           sizeof *slot - behind_state);
    slot->length = departure->prefix_octets + span.octets;
    slot->sent_ns = kernel_clock(CLOCK_TAI);
    /* As the kernel: the timestamps of several are those of the first. */
    if (span.from > 0)
        slot->timestamps = 0;
    else if (__builtin_expect(departure->numbered, false))
        slot->number = ktsn_numbers_take(departure->channel, departure->slot.socket);
    char *payload = (char *)slot + KTSN_SLOT_HEADER_OCTETS;
    memcpy(payload, departure->prefix, departure->prefix_octets);
    copy(departure->message, span, payload + departure->prefix_octets);
}

bool ktsn_payload_readable(const struct msghdr *message, uint32_t length) {
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

int ktsn_pending_error(int fd) {
    int error = kernel_option(fd, SOL_SOCKET, SO_ERROR);
    return error > 0 ? -error : 0;
}

/* Until when the planner must have seen a datagram: what has a deadline may leave at once. */
static int64_t due_ns(const struct ktsn_slot *slot) {
    return (slot->flags & KTSN_SLOT_DEADLINE_MODE) != 0 ? 0 : slot->launch_time_ns;
}

static void wake_planner(struct ktsn_channel *channel, int64_t due_ns, bool crowded) {
    /* Behind the publication. Pairs with the planner's fence between "I sleep until" and its last
     * look at the ring. */
    int64_t before_ns = __atomic_load_n(&channel->status->doorbell_before_ns, __ATOMIC_SEQ_CST);
    if (due_ns < before_ns || (crowded && before_ns != INT64_MIN))
        ktsn_channel_ring_doorbell(channel);
}

static enum ktsn_claim put_one(const struct ktsn_ring_view *view,
                               const struct ktsn_departure *departure, struct span span,
                               uint64_t *position) {
    struct ktsn_claimed claimed;
    enum ktsn_claim claim = ktsn_ring_claim(view, &claimed);
    if (claim != KTSN_CLAIM_DONE)
        return claim;
    fill(claimed.slot, departure, span);
    ktsn_ring_publish(&claimed);
    *position = claimed.position;
    return KTSN_CLAIM_DONE;
}

/* Of how many octets each of a departure's datagrams is. */
static uint32_t piece_of(const struct ktsn_departure *departure) {
    return departure->segment != 0 && departure->segment < departure->length ? departure->segment
                                                                             : departure->length;
}

/* More than this nobody sends who is understood, unless something is there twice. */
#define MOST_CONTROL 1024

/* Has the timestamps be those of the first piece alone, which is not among what is left. */
static void silence(struct msghdr *rest, char control[MOST_CONTROL + KTSN_NO_TIMESTAMPS_OCTETS]) {
    size_t octets = CMSG_ALIGN(rest->msg_controllen);
    if (octets > MOST_CONTROL || !ktsn_readable(rest->msg_control, rest->msg_controllen))
        return;
    memset(control, 0, MOST_CONTROL + KTSN_NO_TIMESTAMPS_OCTETS);
    memcpy(control, rest->msg_control, rest->msg_controllen);
    rest->msg_control = control;
    rest->msg_controllen = ktsn_message_add_no_timestamps(control, octets);
}

/*
 * Has the kernel send what is left: the queue is full, because others fill it at the same instant,
 * or broken. Something of the call has happened, so whatever the kernel says it has succeeded.
 */
static void leave_to_kernel(int fd, const struct ktsn_departure *departure, uint32_t from) {
    const struct msghdr *message = departure->message;
    uint32_t piece = piece_of(departure);
    char *octets = alloca(piece + 1);
    char control[MOST_CONTROL + KTSN_NO_TIMESTAMPS_OCTETS] __attribute__((aligned(8)));
    do {
        uint32_t left = departure->length - from;
        struct span span = {from, left < piece ? left : piece};
        struct iovec part = {.iov_base = octets, .iov_len = span.octets};
        struct msghdr rest = {.msg_name = message->msg_name,
                              .msg_namelen = message->msg_namelen,
                              .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = message->msg_control,
                              .msg_controllen = message->msg_controllen};
        if (from > 0)
            silence(&rest, control);
        copy(message, span, octets);
        kernel_sendmsg(fd, &rest, MSG_DONTWAIT | MSG_NOSIGNAL);
        from += span.octets;
    } while (from < departure->length);
}

/* What is more than one step for the caller is done as a whole or not at all, as the kernel does
 * it: looks for room before the first. */
static enum ktsn_claim prepare(int fd, const struct ktsn_departure *departure,
                               const struct ktsn_ring_view *view) {
    uint32_t piece = piece_of(departure);
    uint32_t count = piece > 0 ? (departure->length - 1) / piece + 1 : 1;
    if ((count > 1 || departure->zerocopy) && !ktsn_ring_has_room(view, count))
        return KTSN_CLAIM_FULL;
    if (departure->zerocopy && !ktsn_zerocopy_complete(fd, departure->message))
        return KTSN_CLAIM_BROKEN;
    return KTSN_CLAIM_DONE;
}

static enum ktsn_claim put(int fd, const struct ktsn_departure *departure) {
    struct ktsn_channel *channel = departure->channel;
    const struct ktsn_ring_view view = {channel->ring, channel->slot_count, channel->slot_octets};
    uint32_t piece = piece_of(departure);
    uint32_t from = 0;
    uint64_t position = 0;
    enum ktsn_claim claim = prepare(fd, departure, &view);
    if (claim != KTSN_CLAIM_DONE)
        return claim;
    do {
        uint32_t left = departure->length - from;
        const struct span span = {from, left < piece ? left : piece};
        claim = put_one(&view, departure, span, &position);
        if (claim != KTSN_CLAIM_DONE && from == 0 && !departure->zerocopy)
            return claim;
        if (claim != KTSN_CLAIM_DONE) {
            if (from > 0)
                wake_planner(channel, due_ns(&departure->slot), true);
            leave_to_kernel(fd, departure, from);
            return KTSN_CLAIM_DONE;
        }
        from += span.octets;
    } while (from < departure->length);
    wake_planner(channel, due_ns(&departure->slot), ktsn_ring_half_full(&view, position));
    return KTSN_CLAIM_DONE;
}

static bool blocking(int fd, int flags) {
    return (flags & MSG_DONTWAIT) == 0 && (KTSN_SYSCALL(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK) == 0;
}

static void learn_patience(int fd, int64_t now_ns, struct ktsn_patience *patience) {
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

/*
 * The ring is full, and the call must not wait: the socket is not writable until there is space.
 * Returns as the caller does.
 */
static long refuse(int fd, const struct ktsn_departure *departure) {
    struct ktsn_channel *channel = departure->channel;
    enum ktsn_await await = ktsn_wait_for_space(channel);
    if (await == KTSN_AWAIT_BEGUN)
        wake_planner(channel, INT64_MAX, true);
    if (!ktsn_channel_lives(&ktsn_core.channels, channel))
        return KTSN_TRY_AGAIN;
    enum ktsn_claim claim = put(fd, departure);
    if (claim == KTSN_CLAIM_DONE)
        return (long)departure->length;
    if (claim == KTSN_CLAIM_BROKEN)
        return KTSN_TAKE_KERNEL;
    if (await != KTSN_AWAIT_FAILED)
        ktsn_wait_block(channel, fd, departure->slot.socket);
    return -EAGAIN;
}

/* The ring is full: waits a slice. Returns as the caller does. */
static long await_space(int fd, int flags, const struct ktsn_departure *departure,
                        struct ktsn_patience *patience) {
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
    enum ktsn_claim claim = put(fd, departure);
    long result = claim == KTSN_CLAIM_DONE ? (long)departure->length : KTSN_TRY_AGAIN;
    if (claim == KTSN_CLAIM_FULL) {
        wake_planner(departure->channel, INT64_MAX, true);
        if (ktsn_ring_wait(ring, announced, slice_ns, patience->endless) == -EINTR)
            result = -EINTR;
    }
    ktsn_ring_end_wait(ring);
    return claim == KTSN_CLAIM_BROKEN ? KTSN_TAKE_KERNEL : result;
}

long ktsn_depart(int fd, int flags, const struct ktsn_departure *departure,
                 struct ktsn_patience *patience) {
    switch (put(fd, departure)) {
    case KTSN_CLAIM_DONE:
        return (long)departure->length;
    case KTSN_CLAIM_FULL:
        return await_space(fd, flags, departure, patience);
    default:
        return KTSN_TAKE_KERNEL;
    }
}

long ktsn_attempts(ktsn_attempt *attempt, int fd, const struct msghdr *message, int flags,
                   const void *request) {
    int saved_errno = errno;
    if (!ktsn_socket_engage()) {
        errno = saved_errno;
        return KTSN_TAKE_KERNEL;
    }
    ktsn_test_cancel();
    struct ktsn_patience patience = {0};
    long result;
    do {
        struct ktsn_channel *channel =
            ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
        if (channel == NULL) {
            result = KTSN_TAKE_KERNEL;
            break;
        }
        result = attempt(channel, fd, message, flags, request, &patience);
        ktsn_channel_leave(channel);
        /* Outside the channel, where a thread can be cancelled without leaving a trace. */
        if (result == KTSN_TRY_AGAIN)
            ktsn_test_cancel();
    } while (result == KTSN_TRY_AGAIN);
    if (__builtin_expect(ktsn_core.waiting.blocked > 0, false) &&
        (result >= 0 || result == KTSN_TAKE_KERNEL))
        ktsn_wait_unblock(fd);
    errno = saved_errno;
    return result;
}
