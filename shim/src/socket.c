#include "socket.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core.h"
#include "kernel.h"
#include "numbers.h"

static struct ktsn_memo *place_of(uint64_t cookie) {
    return &ktsn_core.memos[cookie * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (KTSN_MEMOS - 1)];
}

static struct ktsn_memo *known(uint64_t cookie) {
    struct ktsn_memo *memo = place_of(cookie);
    return cookie != 0 && memo->cookie == cookie ? memo : NULL;
}

static struct ktsn_memo *remember(uint64_t cookie) {
    struct ktsn_memo *memo = place_of(cookie);
    if (memo->cookie != cookie) {
        memo->cookie = 0;
        memo->multicast_interface = 0;
        memo->sticky = false;
        memo->fragments = false;
        memo->clock = 0;
        memo->next_number = 0;
        memo->copied = false;
        memo->numbered = false;
        memo->stamps = false;
        memo->more = false;
        memo->cookie = cookie;
    }
    return memo;
}

struct ktsn_memo *ktsn_socket_memo(uint64_t cookie) {
    return remember(cookie);
}

struct ktsn_memo *ktsn_socket_known(uint64_t cookie) {
    return known(cookie);
}

/*
 * Notes: what a process does to its sockets before it stamps for the first time. They are found by
 * the descriptor's number, since a system call would be needed to learn the socket's identity, and
 * are taken up when the process stamps. One word each; of two numbers in one place the newer stays:
 *
 *   63         62             61         60 ... 32        31 ... 0
 *   MSG_MORE   IPV6_PKTINFO   IPV6_MTU   descriptor + 1   interface of IP_MULTICAST_IF
 */
#define NOTE_MORE (UINT64_C(1) << 63)
#define NOTE_STICKY (UINT64_C(1) << 62)
#define NOTE_FRAGMENTS (UINT64_C(1) << 61)
#define NOTE_DESCRIPTOR_MASK 0x1fffffff

static _Atomic uint64_t *note_of(int fd) {
    return &ktsn_core.notes[(unsigned int)fd % KTSN_NOTES];
}

static int noted_descriptor(uint64_t note) {
    return (int)(note >> 32 & NOTE_DESCRIPTOR_MASK) - 1;
}

static void note(int fd, uint64_t changed, uint64_t value) {
    if (fd < 0 || fd >= NOTE_DESCRIPTOR_MASK || ktsn_core.libc == KTSN_LIBC_UNKNOWN)
        return;
    uint64_t before = atomic_load(note_of(fd));
    if (noted_descriptor(before) != fd)
        before = (uint64_t)(fd + 1) << 32;
    atomic_store(note_of(fd), (before & ~changed) | value);
    atomic_fetch_or(&ktsn_core.engagement, KTSN_NOTED);
}

void ktsn_socket_forget(unsigned int first, unsigned int last) {
    for (unsigned int i = 0; i < KTSN_NOTES; i++) {
        uint64_t noted = atomic_load(&ktsn_core.notes[i]);
        if (noted_descriptor(noted) >= 0 && (unsigned int)noted_descriptor(noted) >= first &&
            (unsigned int)noted_descriptor(noted) <= last)
            atomic_compare_exchange_strong(&ktsn_core.notes[i], &noted, 0);
    }
}

static void take_up_notes(void) {
    atomic_fetch_and(&ktsn_core.engagement, ~(uint32_t)KTSN_NOTED);
    for (int i = 0; i < KTSN_NOTES; i++) {
        uint64_t noted = atomic_exchange(&ktsn_core.notes[i], 0);
        uint64_t cookie = noted != 0 ? kernel_cookie(noted_descriptor(noted)) : 0;
        if (cookie == 0)
            continue;
        struct ktsn_memo *memo = remember(cookie);
        memo->multicast_interface = (uint32_t)noted;
        memo->more = (noted & NOTE_MORE) != 0;
        memo->sticky = (noted & NOTE_STICKY) != 0;
        memo->fragments = (noted & NOTE_FRAGMENTS) != 0;
    }
}

bool ktsn_socket_engage(void) {
    if (!ktsn_core_engage())
        return false;
    if (__builtin_expect((ktsn_core.engagement & KTSN_NOTED) != 0, false))
        take_up_notes();
    return true;
}

_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port),
               "one place for the port");

static bool is_datagram_socket(int fd) {
    int domain = kernel_option(fd, SOL_SOCKET, SO_DOMAIN);
    return (domain == AF_INET || domain == AF_INET6) &&
           kernel_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM;
}

bool ktsn_socket_sends_datagrams(int fd) {
    return kernel_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_PACKET || is_datagram_socket(fd);
}

bool ktsn_socket_in_use(int fd) {
    if (!ktsn_core_ready())
        return false;
    if (kernel_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_PACKET)
        return true;
    struct sockaddr_in6 local = {0};
    socklen_t length = sizeof local;
    /* The port is in the same place in both families. */
    return is_datagram_socket(fd) && KTSN_SYSCALL(SYS_getsockname, fd, &local, &length) == 0 &&
           local.sin6_port != 0;
}

/* A socket whose SO_TXTIME reads {REALTIME, 0} is indistinguishable from one without, unless this
 * process has set it. */
bool ktsn_socket_stamping(int fd) {
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime = {0};
    socklen_t length = sizeof txtime;
    if (kernel_getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length) < 0)
        return false;
    if (txtime.clock != CLOCK_REALTIME || txtime.flags != 0)
        return true;
    const struct ktsn_memo *memo = known(kernel_cookie(fd));
    return memo != NULL && memo->stamps;
}

void ktsn_socket_changed(int fd) {
    struct ktsn_channel *channel = ktsn_channel_enter_connected(&ktsn_core.channels);
    /* A program that has no channel changes a socket that it has inherited, or passed on. */
    if (channel == NULL && ktsn_socket_stamping(fd))
        channel = ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
    if (channel == NULL)
        return;
    __atomic_fetch_add(&channel->ring->socket_epoch, 1, __ATOMIC_SEQ_CST);
    ktsn_channel_leave(channel);
}

void ktsn_socket_note_more(int fd, int flags) {
    if (__builtin_expect((flags & MSG_MORE) == 0, true))
        return;
    int saved_errno = errno;
    if (!ktsn_core_ready()) {
        note(fd, NOTE_MORE, NOTE_MORE);
    } else if (ktsn_socket_in_use(fd)) {
        remember(kernel_cookie(fd))->more = true;
        ktsn_socket_changed(fd);
    }
    errno = saved_errno;
}

bool ktsn_socket_has_more(int fd, uint64_t cookie) {
    struct ktsn_memo *memo = known(cookie);
    if (memo == NULL || !memo->more)
        return false;
    /* Also counts datagrams that are on their way, so it is asked only where it matters. */
    int octets = 0;
    if (KTSN_SYSCALL(SYS_ioctl, fd, SIOCOUTQ, &octets) == 0 && octets == 0)
        memo->more = false;
    return memo->more;
}

static void resolve_peer(int fd, struct ktsn_channel *channel) {
    struct ktsn_address next_hop;
    int family = ktsn_flow_peer_next_hop(channel, fd, &next_hop);
    if (family != AF_UNSPEC)
        ktsn_channel_resolve(channel, (uint8_t)family, &next_hop, sizeof next_hop);
}

void ktsn_socket_stamps(int fd) {
    if (!ktsn_socket_engage())
        return;
    bool frames = kernel_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_PACKET;
    if (!frames && !is_datagram_socket(fd))
        return;
    remember(kernel_cookie(fd))->stamps = true;
    ktsn_numbers_follow(fd);
    struct ktsn_channel *channel =
        ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
    if (channel == NULL)
        return;
    if (!frames)
        resolve_peer(fd, channel);
    ktsn_channel_leave(channel);
}

void ktsn_socket_connected(int fd) {
    if (!ktsn_core_ready() || !is_datagram_socket(fd) || !ktsn_socket_stamping(fd))
        return;
    struct ktsn_channel *channel =
        ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
    if (channel == NULL)
        return;
    resolve_peer(fd, channel);
    ktsn_channel_leave(channel);
}

void ktsn_socket_multicast_interface(int fd, const void *value, socklen_t length) {
    /* By address the kernel tells it; only an explicit index is lost. */
    uint32_t interface = 0;
    if (length >= sizeof(struct ip_mreqn)) {
        struct ip_mreqn request;
        memcpy(&request, value, sizeof request);
        interface = (uint32_t)request.imr_ifindex;
    }
    if (!ktsn_core_ready()) {
        note(fd, UINT32_MAX, interface);
        return;
    }
    uint64_t cookie = kernel_cookie(fd);
    if (cookie != 0)
        remember(cookie)->multicast_interface = interface;
}

void ktsn_socket_ipv6_option(int fd, int name, const void *value, socklen_t length) {
    struct in6_pktinfo info = {0};
    int mtu = 0;
    bool sticky = name == IPV6_PKTINFO;
    if (sticky && length >= sizeof info)
        memcpy(&info, value, sizeof info);
    if (!sticky && length >= sizeof mtu)
        memcpy(&mtu, value, sizeof mtu);
    bool set = info.ipi6_ifindex != 0 || mtu != 0;
    if (!ktsn_core_ready()) {
        uint64_t bit = sticky ? NOTE_STICKY : NOTE_FRAGMENTS;
        note(fd, bit, set ? bit : 0);
        return;
    }
    uint64_t cookie = kernel_cookie(fd);
    if (cookie == 0)
        return;
    struct ktsn_memo *memo = remember(cookie);
    *(sticky ? &memo->sticky : &memo->fragments) = set;
}

struct ktsn_untold ktsn_socket_untold(uint64_t cookie) {
    const struct ktsn_memo *memo = known(cookie);
    if (memo == NULL)
        return (struct ktsn_untold){0};
    return (struct ktsn_untold){.multicast_interface = memo->multicast_interface,
                                .ipv6 = memo->sticky || memo->fragments};
}
