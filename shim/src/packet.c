#include "packet.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core.h"
#include "departure.h"
#include "kernel.h"
#include "message.h"
#include "readable.h"
#include "reports.h"
#include "txtime.h"
#include "versioned.h"

#ifndef SO_NOFCS
#define SO_NOFCS 43
#endif

/* The kernel looks at one of them, and ignores the others. */
#define KNOWN_FLAGS                                                                                \
    (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM | MSG_MORE | MSG_DONTROUTE | MSG_EOR | MSG_ZEROCOPY)

/* More than any frame; also what the untouchable memory has. */
#define MAX_FRAME 65535

#define TAG_OCTETS 4
#define TAGGED_HEADER_OCTETS (ETH_HLEN + TAG_OCTETS)

/* What one call asks for, read once from the program's memory. */
struct request {
    int64_t launch_time_ns; /* on the socket's clock */
    int64_t priority;       /* from SO_PRIORITY (unsigned), or -1 */
    uint32_t length;        /* octets of the message */
    bool named;             /* there is an address, and what follows is from it */
    uint32_t interface_index;
    uint16_t protocol; /* network order */
    uint8_t destination[ETH_ALEN];
    struct ktsn_wish wish;
};

/* ---- the message ---- */

/* As sock_cmsg_send: what is of another level is nobody's business. */
static bool read_control(const struct cmsghdr *header, const unsigned char *data,
                         struct request *request, bool *stamped) {
    if (header->cmsg_level != SOL_SOCKET)
        return true;
    if (header->cmsg_type == SCM_TXTIME &&
        header->cmsg_len == CMSG_LEN(sizeof request->launch_time_ns)) {
        memcpy(&request->launch_time_ns, data, sizeof request->launch_time_ns);
        *stamped = true;
        return true;
    }
    uint32_t priority;
    if (header->cmsg_type == SO_PRIORITY && header->cmsg_len == CMSG_LEN(sizeof priority)) {
        memcpy(&priority, data, sizeof priority);
        request->priority = priority;
        return true;
    }
    return ktsn_message_read_wish(header, data, &request->wish);
}

static bool read_controls(const struct msghdr *message, struct request *request) {
    bool stamped = false;
    size_t offset = 0;
    struct cmsghdr header;
    const unsigned char *data;
    enum ktsn_walk walk;
    while ((walk = ktsn_message_next_control(message, &offset, &header, &data)) == KTSN_WALK_NEXT) {
        if (!read_control(&header, data, request, &stamped))
            return false;
    }
    return walk == KTSN_WALK_END && stamped;
}

/* The kernel does not look at the family. */
static bool read_address(const struct msghdr *message, struct request *request) {
    if (message->msg_name == NULL)
        return true;
    struct sockaddr_ll address;
    size_t length = message->msg_namelen;
    /* The kernel looks at no more, and has nothing against more. */
    if (length > sizeof(struct sockaddr_storage))
        length = sizeof(struct sockaddr_storage);
    if (length < sizeof address || !ktsn_readable(message->msg_name, length))
        return false;
    memcpy(&address, message->msg_name, sizeof address);
    request->named = true;
    request->interface_index = (uint32_t)address.sll_ifindex;
    request->protocol = address.sll_protocol;
    memcpy(request->destination, address.sll_addr, ETH_ALEN);
    return length >= offsetof(struct sockaddr_ll, sll_addr) + address.sll_halen;
}

static bool read_message(const struct msghdr *message, int flags, struct request *request) {
    if ((flags & ~KNOWN_FLAGS) != 0 || !ktsn_message_has_control(message))
        return false;
    *request = (struct request){.priority = -1};
    return read_controls(message, request) && read_address(message, request) &&
           ktsn_message_length(message, MAX_FRAME, &request->length);
}

/* The first octets of a message; fewer if it has no more. */
static size_t peek(const struct msghdr *message, uint32_t length, uint8_t *octets, size_t count) {
    size_t have = 0;
    if (count > length)
        count = length;
    for (size_t i = 0; i < message->msg_iovlen && have < count; i++) {
        size_t part = message->msg_iov[i].iov_len;
        if (part > count - have)
            part = count - have;
        if (part > 0)
            memcpy(octets + have, message->msg_iov[i].iov_base, part);
        have += part;
    }
    return have;
}

/* ---- the socket ---- */

static struct ktsn_packet_entry *entry_of(uint64_t cookie) {
    uint64_t hash = cookie * UINT64_C(0x9e3779b97f4a7c15);
    return &ktsn_core.packets.entries[hash >> 32 & (KTSN_PACKET_SOCKETS - 1)];
}

void ktsn_packets_clear(struct ktsn_packet_table *table) {
    if (table->used)
        memset(table, 0, sizeof *table);
}

static bool find(const struct ktsn_packet_socket *key, struct ktsn_packet_socket *found) {
    struct ktsn_packet_entry *entry = entry_of(key->cookie);
    uint64_t words[KTSN_PACKET_WORDS];
    if (!ktsn_versioned_read(&entry->version, entry->words, KTSN_PACKET_WORDS, words))
        return false;
    memcpy(found, words, sizeof *found);
    return found->cookie == key->cookie && found->serial == key->serial &&
           found->socket_epoch == key->socket_epoch &&
           found->network_generation == key->network_generation;
}

static void keep(const struct ktsn_packet_socket *socket) {
    struct ktsn_packet_entry *entry = entry_of(socket->cookie);
    uint64_t words[KTSN_PACKET_WORDS];
    memcpy(words, socket, sizeof *socket);
    if (!atomic_load_explicit(&ktsn_core.packets.used, memory_order_relaxed))
        atomic_store_explicit(&ktsn_core.packets.used, true, memory_order_relaxed);
    ktsn_versioned_write(&entry->version, entry->words, KTSN_PACKET_WORDS, words);
}

/* A socket with a ring sends what lies there. The kernel tells of rings only by its refusal to give
 * the socket the version that it has. */
static bool has_ring(int fd) {
    int version = 0;
    socklen_t length = sizeof version;
    return kernel_getsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, &length) < 0 ||
           KTSN_SYSCALL(SYS_setsockopt, fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) <
               0;
}

/* The address of an interface, if it is one of Ethernet. */
static bool read_mac(int fd, uint32_t interface_index, uint8_t mac[ETH_ALEN]) {
    struct ifreq request = {.ifr_ifindex = (int)interface_index};
    if (KTSN_SYSCALL(SYS_ioctl, fd, SIOCGIFNAME, &request) < 0 ||
        KTSN_SYSCALL(SYS_ioctl, fd, SIOCGIFHWADDR, &request) < 0 ||
        request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return false;
    memcpy(mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
    return true;
}

static bool read_txtime(const struct ktsn_channel *channel, int fd,
                        struct ktsn_packet_socket *socket) {
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime = {0};
    socklen_t length = sizeof txtime;
    if (kernel_getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length) < 0)
        return false;
    socket->clock = ktsn_txtime_clock(channel, fd, txtime.clock);
    if ((txtime.flags & SOF_TXTIME_DEADLINE_MODE) != 0)
        socket->slot_flags |= KTSN_SLOT_DEADLINE_MODE;
    if ((txtime.flags & SOF_TXTIME_REPORT_ERRORS) != 0)
        socket->slot_flags |= KTSN_SLOT_REPORT_ERRORS;
    /* As in flows: who stamps by this clock paces for the kernel's fq. */
    if (socket->clock == CLOCK_MONOTONIC)
        socket->slot_flags |= KTSN_SLOT_PAST_IS_NOW;
    return true;
}

/* Completes what is known of a socket; whether its frames can be taken is in it. */
static void look_at(const struct ktsn_channel *channel, int fd, struct ktsn_packet_socket *socket) {
    uint32_t interface = __atomic_load_n(&channel->status->interface_index, __ATOMIC_RELAXED);
    int type = kernel_option(fd, SOL_SOCKET, SO_TYPE);
    int timestamping = kernel_option(fd, SOL_SOCKET, SO_TIMESTAMPING);
    socklen_t length = sizeof socket->priority;
    socket->timestamping = timestamping > 0 ? (uint32_t)timestamping : 0;
    socket->cooked = type == SOCK_DGRAM;
    socket->frames =
        kernel_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_PACKET &&
        (type == SOCK_RAW || type == SOCK_DGRAM) && ktsn_channel_is_home_of(channel, fd) &&
        kernel_option(fd, SOL_PACKET, PACKET_VNET_HDR) == 0 &&
        kernel_option(fd, SOL_PACKET, PACKET_QDISC_BYPASS) == 0 &&
        kernel_option(fd, SOL_SOCKET, SO_NOFCS) <= 0 && !has_ring(fd) &&
        kernel_getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &socket->priority, &length) == 0 &&
        read_txtime(channel, fd, socket) && read_mac(fd, interface, socket->mac);
}

/* Has the kernel judge the message, as flows are (flow.c): the payload can't be read. */
static int judge(int fd, const struct msghdr *message, uint32_t length) {
    struct iovec payload = {.iov_base = ktsn_core.untouchable, .iov_len = length > 0 ? length : 1};
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

/* ---- the frame ---- */

/* Takes interface and protocol from where the socket is bound to, as packet_snd does. */
static bool bound_to(int fd, struct request *request) {
    struct sockaddr_ll local = {0};
    socklen_t length = sizeof local;
    if (KTSN_SYSCALL(SYS_getsockname, fd, &local, &length) < 0 || local.sll_family != AF_PACKET)
        return false;
    request->interface_index = (uint32_t)local.sll_ifindex;
    request->protocol = local.sll_protocol;
    return true;
}

static uint16_t ether_type(const uint8_t *header) {
    return (uint16_t)(header[12] << 8 | header[13]);
}

static bool is_tag(uint16_t type) {
    return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

/* The header that eth_header writes: some protocols stand for a length. */
static void write_header(const struct ktsn_packet_socket *socket, const struct request *request,
                         uint8_t header[ETH_HLEN]) {
    uint16_t type = ntohs(request->protocol);
    if (type == ETH_P_802_3 || type == ETH_P_802_2)
        type = (uint16_t)request->length;
    memcpy(header, request->destination, ETH_ALEN);
    memcpy(header + ETH_ALEN, socket->mac, ETH_ALEN);
    header[12] = (uint8_t)(type >> 8);
    header[13] = (uint8_t)type;
}

/* Tells whether the kernel would take a frame of this size, and the slot can. */
static bool fits(const struct ktsn_channel *channel, uint32_t octets, uint16_t type) {
    uint32_t most = ETH_HLEN + __atomic_load_n(&channel->status->mtu, __ATOMIC_RELAXED);
    if (type == ETH_P_8021Q)
        most += TAG_OCTETS;
    return octets <= most && octets <= channel->slot_octets - KTSN_SLOT_HEADER_OCTETS;
}

/* Makes a frame of a message; false: the kernel is to judge it. */
static bool compose(const struct ktsn_packet_socket *socket, const struct request *request,
                    struct ktsn_departure *departure) {
    uint8_t start[TAGGED_HEADER_OCTETS] = {0};
    struct ktsn_slot *slot = &departure->slot;
    if (socket->cooked) {
        /* Without an address there is nobody to send to. */
        if (!request->named)
            return false;
        write_header(socket, request, departure->prefix);
        departure->prefix_octets = ETH_HLEN;
        memcpy(start, departure->prefix, ETH_HLEN);
    }
    size_t have = departure->prefix_octets + peek(departure->message, departure->length,
                                                  start + departure->prefix_octets,
                                                  sizeof start - departure->prefix_octets);
    uint16_t type = ether_type(start);
    if (have < ETH_HLEN ||
        !fits(departure->channel, departure->prefix_octets + departure->length, type))
        return false;
    memcpy(slot->destination, start, ETH_ALEN);
    memcpy(slot->source, start + ETH_ALEN, ETH_ALEN);
    memcpy(slot->next_hop, start, ETH_ALEN);
    slot->family = AF_PACKET;
    slot->flags = socket->slot_flags;
    slot->socket = socket->cookie;
    slot->priority = request->priority >= 0 ? (uint32_t)request->priority : socket->priority;
    if (is_tag(type) && have == sizeof start)
        slot->priority = start[ETH_HLEN] >> 5; /* the PCP: it decides the class */
    return true;
}

static long attempt(struct ktsn_channel *channel, int fd, const struct msghdr *message, int flags,
                    const void *asked, struct ktsn_patience *patience) {
    struct request request = *(const struct request *)asked;
    /* The generations are read before anything that they stand for. */
    struct ktsn_packet_socket key = {
        .cookie = kernel_cookie(fd),
        .serial = channel->serial,
        .socket_epoch = __atomic_load_n(&channel->ring->socket_epoch, __ATOMIC_ACQUIRE),
        .network_generation =
            __atomic_load_n(&channel->status->network_generation, __ATOMIC_ACQUIRE)};
    struct ktsn_packet_socket socket;
    if (key.cookie == 0)
        return KTSN_TAKE_KERNEL;
    if (!find(&key, &socket)) {
        socket = key;
        look_at(channel, fd, &socket);
        keep(&socket);
    }
    if (!socket.frames || (!request.named && !bound_to(fd, &request)) ||
        request.interface_index == 0 ||
        request.interface_index !=
            __atomic_load_n(&channel->status->interface_index, __ATOMIC_RELAXED) ||
        !ktsn_payload_readable(message, request.length))
        return KTSN_TAKE_KERNEL;
    struct ktsn_departure departure = {
        .channel = channel, .message = message, .length = request.length};
    if (!compose(&socket, &request, &departure) ||
        !ktsn_clock_to_tai(&ktsn_core.clocks, kernel_clock, socket.clock, request.launch_time_ns,
                           &departure.slot.launch_time_ns))
        return KTSN_TAKE_KERNEL;
    int verdict = 0;
    if (!socket.judged || socket.asked_priority != request.priority ||
        socket.asked_traits != request.wish.traits) {
        verdict = judge(fd, message, request.length);
        socket.judged = verdict == 0;
        socket.asked_priority = request.priority;
        socket.asked_traits = request.wish.traits;
        keep(&socket);
    } else {
        verdict = ktsn_pending_error(fd);
    }
    if (verdict != 0)
        return verdict;
    if (departure.slot.launch_time_ns < 0)
        departure.slot.launch_time_ns = 0;
    ktsn_reports_want(&departure, fd, socket.timestamping, &request.wish, request.launch_time_ns);
    return ktsn_depart(fd, flags, &departure, patience);
}

long ktsn_packet_transmit(int fd, const struct msghdr *message, int flags) {
    struct request request;
    if (!read_message(message, flags, &request))
        return KTSN_TAKE_KERNEL;
    return ktsn_attempts(attempt, fd, message, flags, &request);
}
