/*
 * libFuzzer: what a program hands to sendmsg, as the library reads it. The octets make a message
 * (flags, address, parts, control data) that lies in memory of just its size, so that the address
 * sanitizer sees every octet that is read beside it.
 */
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "message.h"
#include "musl.h"
#include "transmit.h"

#define MOST_PARTS 16
#define MOST_CONTROL 1200
#define MOST_PAYLOAD 65507
#define KNOWN_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM | MSG_ZEROCOPY)

static void require(bool condition) {
    if (!condition)
        abort();
}

/* The parser alone. */
long ktsn_transmit(int fd, const struct msghdr *message, int flags) {
    (void)fd, (void)message, (void)flags;
    return KTSN_TAKE_KERNEL;
}

struct input {
    const uint8_t *at;
    size_t left;
};

static size_t take(struct input *input, void *to, size_t octets) {
    size_t have = octets < input->left ? octets : input->left;
    memset(to, 0, octets);
    memcpy(to, input->at, have);
    input->at += have;
    input->left -= have;
    return have;
}

static uint8_t octet(struct input *input) {
    uint8_t value;
    take(input, &value, sizeof value);
    return value;
}

/* Control messages that are known, and their lengths; the fuzzer bends all of it. */
static const struct {
    int level, type;
    uint8_t octets;
} known[] = {
    {SOL_SOCKET, SCM_TXTIME, 8},
    {SOL_SOCKET, SO_PRIORITY, 4},
    {SOL_SOCKET, 37 /* SO_TIMESTAMPING */, 4},
    {SOL_SOCKET, 65 /* SO_TIMESTAMPING_NEW */, 4},
    {SOL_SOCKET, 81 /* SCM_TS_OPT_ID */, 4},
    {IPPROTO_IP, IP_TOS, 4},
    {IPPROTO_IP, IP_TOS, 1},
    {IPPROTO_IP, IP_TTL, 4},
    {IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo)},
    {IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo)},
    {IPPROTO_IPV6, IPV6_TCLASS, 4},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, 4},
    {IPPROTO_IPV6, IPV6_DONTFRAG, 4},
    {IPPROTO_IPV6, 11 /* IPV6_FLOWINFO */, 4},
    {IPPROTO_UDP, 103 /* UDP_SEGMENT */, 2},
};

#define KNOWN (sizeof known / sizeof *known)

/* Appends a control message, or octets as they come. Returns how many octets there are then. */
static size_t append(struct input *input, uint8_t *control, size_t length) {
    uint8_t which = octet(input);
    uint8_t bend = octet(input);
    size_t room = MOST_CONTROL - length;
    struct cmsghdr header = {0};
    size_t octets = bend;
    if (which < 0x80) {
        header.cmsg_level = known[which % KNOWN].level;
        header.cmsg_type = known[which % KNOWN].type;
        octets = known[which % KNOWN].octets;
        header.cmsg_len = CMSG_LEN(octets);
        if (bend >= 0xf0)
            header.cmsg_len += bend - 0xf8u;
        octets = CMSG_SPACE(octets) - sizeof header;
        if (room < sizeof header)
            return length;
        memcpy(control + length, &header, sizeof header);
        length += sizeof header;
        room -= sizeof header;
    }
    if (octets > room)
        octets = room;
    take(input, control + length, octets);
    return length + octets;
}

/* A copy that ends where the octets end; NULL of none. */
static void *exact(const void *octets, size_t count) {
    void *copy = count > 0 ? malloc(count) : NULL;
    if (copy != NULL)
        memcpy(copy, octets, count);
    return copy;
}

static void look_at(const struct msghdr *message, int flags) {
    struct ktsn_request request;
    bool stamped = ktsn_message_stamped(message);
    if (!ktsn_message_read(message, flags, &request))
        return;
    require(stamped);
    require((flags & ~KNOWN_FLAGS) == 0);
    require(request.length <= MOST_PAYLOAD);
    require(request.segment >= -1 && request.segment <= UINT16_MAX);
    require(request.target.tos >= -1 && request.target.tos <= 255);
    require(request.target.ttl >= -1 && request.target.ttl <= 255);
    require(request.target.priority >= -1 && request.target.priority <= UINT32_MAX);
    require(request.target.interface_index >= 0);
    require(message->msg_name == NULL || request.target.destination_port != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    uint8_t control[MOST_CONTROL], name[sizeof(struct sockaddr_storage) + 1];
    struct iovec parts[MOST_PARTS];
    struct msghdr message = {0};
    uint8_t shape = octet(&input), families = octet(&input);
    int flags = 0;
    if ((shape & 1) != 0)
        take(&input, &flags, sizeof flags);
    flags &= (shape & 2) != 0 ? -1 : KNOWN_FLAGS;

    message.msg_namelen = octet(&input) % (sizeof name + 1);
    take(&input, name, message.msg_namelen);
    if (families < 0xe0 && message.msg_namelen > 1) {
        sa_family_t family = families % 2 == 0 ? AF_INET : AF_INET6;
        memcpy(name, &family, sizeof family);
    }
    message.msg_name = exact(name, message.msg_namelen);

    message.msg_iovlen = octet(&input) % (MOST_PARTS + 1);
    for (size_t i = 0; i < message.msg_iovlen; i++) {
        parts[i] = (struct iovec){.iov_base = NULL};
        take(&input, &parts[i].iov_len, (shape & 4) != 0 ? sizeof parts[i].iov_len : 1);
    }
    message.msg_iov = exact(parts, message.msg_iovlen * sizeof *parts);

    while (input.left > 0 && message.msg_controllen < MOST_CONTROL)
        message.msg_controllen = append(&input, control, message.msg_controllen);
    message.msg_control = exact(control, message.msg_controllen);

    look_at(&message, flags);
    struct ktsn_musl_message copy;
    if (ktsn_musl_read(&message, &copy))
        look_at(&copy.header, flags);
    free(message.msg_name);
    free(message.msg_iov);
    free(message.msg_control);
    return 0;
}
