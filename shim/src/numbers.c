#include "numbers.h"

#include <string.h>

#include "core.h"
#include "kernel.h"
#include "message.h"
#include "readable.h"
#include "socket.h"
#include "timestamps.h"

/* The first kernel that takes numbers from programs. */
#define FIRST_MAJOR 6
#define FIRST_MINOR 13

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* ---- the counts ---- */

/* The socket's entry in the ring's memory; NULL if there are too many. */
static struct ktsn_numbers *entry_of(struct ktsn_ring *ring, uint64_t cookie) {
    uint32_t first = (uint32_t)(cookie * GOLDEN >> 32) % KTSN_RING_NUMBERS;
    for (uint32_t i = 0; i < KTSN_RING_NUMBERS; i++) {
        struct ktsn_numbers *entry = &ring->numbers[(first + i) % KTSN_RING_NUMBERS];
        uint64_t found = __atomic_load_n(&entry->socket, __ATOMIC_ACQUIRE);
        if (found == 0 && __atomic_compare_exchange_n(&entry->socket, &found, cookie, false,
                                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return entry;
        if (found == cookie)
            return entry;
    }
    return NULL;
}

/* Numbers wrap. */
static bool is_before(uint32_t one, uint32_t other) {
    return (int32_t)(one - other) < 0;
}

static uint32_t take_shared(struct ktsn_numbers *entry, uint32_t least) {
    uint64_t next = __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE);
    uint32_t taken;
    do {
        /* A new ring does not know yet how far the socket was. */
        taken = is_before((uint32_t)next, least) ? least : (uint32_t)next;
    } while (!__atomic_compare_exchange_n(&entry->next, &next, (uint64_t)taken + 1, false,
                                          __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return taken;
}

static void follow(struct ktsn_memo *memo) {
    atomic_store_explicit(&memo->numbered, true, memory_order_relaxed);
    atomic_store_explicit(&ktsn_core.numbers, true, memory_order_relaxed);
}

uint32_t ktsn_numbers_take(struct ktsn_channel *channel, uint64_t cookie) {
    struct ktsn_memo *memo = ktsn_socket_memo(cookie);
    struct ktsn_numbers *entry = channel != NULL ? entry_of(channel->ring, cookie) : NULL;
    follow(memo);
    if (entry == NULL)
        return atomic_fetch_add(&memo->next_number, 1);
    uint32_t taken = take_shared(entry, memo->next_number);
    memo->next_number = taken + 1;
    return taken;
}

void ktsn_numbers_follow(int fd) {
    int options = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD);
    uint64_t cookie = kernel_cookie(fd);
    if (options > 0 && (options & KTSN_TS_OPT_ID) != 0 && cookie != 0)
        follow(ktsn_socket_memo(cookie));
}

void ktsn_numbers_restart(int fd, uint32_t before) {
    int options = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD);
    uint64_t cookie = kernel_cookie(fd);
    if (!ktsn_core_ready() || options <= 0 || (options & KTSN_TS_OPT_ID) == 0 ||
        (before & KTSN_TS_OPT_ID) != 0 || cookie == 0 || !ktsn_socket_sends_datagrams(fd))
        return;
    struct ktsn_memo *memo = ktsn_socket_memo(cookie);
    memo->next_number = 0;
    follow(memo);
    struct ktsn_channel *channel = ktsn_channel_enter_connected(&ktsn_core.channels);
    if (channel == NULL)
        return;
    struct ktsn_numbers *entry = entry_of(channel->ring, cookie);
    if (entry != NULL)
        __atomic_store_n(&entry->next, 0, __ATOMIC_RELEASE);
    ktsn_channel_leave(channel);
}

/* ---- what the kernel sends ---- */

static bool kernel_takes_numbers(void) {
    return kernel_is_since(FIRST_MAJOR, FIRST_MINOR);
}

/* Reads what a message says of its timestamps; false: it is none to be numbered here. */
static bool read_wish(const struct msghdr *message, struct ktsn_wish *wish) {
    size_t offset = 0;
    struct cmsghdr header;
    const unsigned char *data;
    enum ktsn_walk walk;
    *wish = (struct ktsn_wish){0};
    if (message->msg_control == NULL || message->msg_controllen == 0)
        return true;
    if (!ktsn_message_has_control(message))
        return false;
    while ((walk = ktsn_message_next_control(message, &offset, &header, &data)) == KTSN_WALK_NEXT) {
        if (header.cmsg_level == SOL_SOCKET)
            ktsn_message_read_wish(&header, data, wish);
    }
    return walk == KTSN_WALK_END && (wish->traits & KTSN_TRAIT_NUMBER) == 0;
}

static void append(const struct msghdr *message, struct ktsn_numbered *numbered) {
    size_t octets = message->msg_control != NULL ? message->msg_controllen : 0;
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(sizeof numbered->number),
                             .cmsg_level = SOL_SOCKET,
                             .cmsg_type = KTSN_SCM_TS_OPT_ID};
    if (octets > 0)
        memcpy(numbered->control, message->msg_control, octets);
    memset(numbered->control + octets, 0, CMSG_ALIGN(octets) - octets);
    octets = CMSG_ALIGN(octets);
    memcpy(numbered->control + octets, &header, sizeof header);
    memcpy(numbered->control + octets + CMSG_LEN(0), &numbered->number, sizeof numbered->number);
    numbered->message = *message;
    numbered->message.msg_control = numbered->control;
    numbered->message.msg_controllen = octets + CMSG_SPACE(sizeof numbered->number);
}

bool ktsn_numbers_add(int fd, const struct msghdr *message, int flags,
                      struct ktsn_numbered *numbered) {
    struct ktsn_wish wish;
    /* musl's messages are laid out otherwise. */
    if (!ktsn_core_ready() || ktsn_core.libc != KTSN_LIBC_GLIBC || (flags & MSG_MORE) != 0 ||
        !ktsn_readable(message, sizeof *message))
        return false;
    numbered->cookie = kernel_cookie(fd);
    const struct ktsn_memo *memo = ktsn_socket_known(numbered->cookie);
    if (memo == NULL || !memo->numbered || memo->more || !kernel_takes_numbers())
        return false;
    int options = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD);
    if (options <= 0 || (options & KTSN_TS_OPT_ID) == 0 || !read_wish(message, &wish))
        return false;
    uint32_t timestamps =
        (wish.traits & KTSN_TRAIT_TIMESTAMPS) != 0 ? wish.timestamps : (uint32_t)options;
    if ((timestamps & KTSN_NUMBERED_TIMESTAMPS) == 0)
        return false;
    struct ktsn_channel *channel = ktsn_channel_enter_connected(&ktsn_core.channels);
    numbered->number = ktsn_numbers_take(channel, numbered->cookie);
    if (channel != NULL)
        ktsn_channel_leave(channel);
    append(message, numbered);
    return true;
}

void ktsn_numbers_return(const struct ktsn_numbered *numbered) {
    struct ktsn_memo *memo = ktsn_socket_memo(numbered->cookie);
    struct ktsn_channel *channel = ktsn_channel_enter_connected(&ktsn_core.channels);
    uint32_t local = numbered->number + 1;
    uint64_t next = local;
    atomic_compare_exchange_strong(&memo->next_number, &local, numbered->number);
    if (channel == NULL)
        return;
    struct ktsn_numbers *entry = entry_of(channel->ring, numbered->cookie);
    if (entry != NULL)
        __atomic_compare_exchange_n(&entry->next, &next, numbered->number, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE);
    ktsn_channel_leave(channel);
}
