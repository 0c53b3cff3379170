#include "message.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "readable.h"
#include "timestamps.h"

#define KNOWN_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM | MSG_ZEROCOPY)

/* More than any combination of the known control messages takes. */
#define MAX_CONTROL 1024

#define MAX_PAYLOAD 65507

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* linux/in6.h, which can't be included beside netinet/in.h. */
#define KTSN_IPV6_FLOWINFO 11

/* struct sockaddr_in6 of old programs ends before the scope identifier. */
#define SIN6_LEN_RFC2133 24

size_t ktsn_message_add_control(char *control, size_t at, int level, int type, const void *data,
                                size_t octets) {
    const struct cmsghdr header = {
        .cmsg_len = CMSG_LEN(octets), .cmsg_level = level, .cmsg_type = type};
    memcpy(control + at, &header, sizeof header);
    memcpy(control + at + CMSG_LEN(0), data, octets);
    return at + CMSG_SPACE(octets);
}

size_t ktsn_message_add_no_timestamps(char *control, size_t at) {
    const uint32_t none = 0;
    return ktsn_message_add_control(control, at, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD, &none,
                                    sizeof none);
}

enum ktsn_walk ktsn_message_next_control(const struct msghdr *message, size_t *offset,
                                         struct cmsghdr *header, const unsigned char **data) {
    if (message->msg_controllen < sizeof *header ||
        *offset > message->msg_controllen - sizeof *header)
        return KTSN_WALK_END;
    const unsigned char *start = (const unsigned char *)message->msg_control + *offset;
    memcpy(header, start, sizeof *header);
    if (header->cmsg_len < sizeof *header || header->cmsg_len > message->msg_controllen - *offset)
        return KTSN_WALK_MALFORMED;
    *data = start + CMSG_LEN(0);
    *offset += CMSG_ALIGN(header->cmsg_len);
    return KTSN_WALK_NEXT;
}

bool ktsn_message_has_control(const struct msghdr *message) {
    return ktsn_readable(message, sizeof *message) && message->msg_control != NULL &&
           message->msg_controllen <= MAX_CONTROL &&
           ktsn_readable(message->msg_control, message->msg_controllen);
}

bool ktsn_message_stamped(const struct msghdr *message) {
    if (!ktsn_message_has_control(message))
        return false;
    size_t offset = 0;
    struct cmsghdr header;
    const unsigned char *data;
    while (ktsn_message_next_control(message, &offset, &header, &data) == KTSN_WALK_NEXT) {
        if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_TXTIME)
            return true;
    }
    return false;
}

static bool read_integer(const struct cmsghdr *header, const unsigned char *data, int *value) {
    if (header->cmsg_len != CMSG_LEN(sizeof *value))
        return false;
    memcpy(value, data, sizeof *value);
    return true;
}

/* The priority that the kernel gives to a datagram with this TOS. */
static int priority_of_tos(int tos) {
    static const int8_t priorities[] = {0, 2, 6, 4};
    return priorities[tos >> 3 & 3];
}

static bool read_tos(const struct cmsghdr *header, const unsigned char *data,
                     struct ktsn_target *target) {
    int tos;
    if (header->cmsg_len == CMSG_LEN(1))
        tos = data[0];
    else if (!read_integer(header, data, &tos) || tos < 0 || tos > 255)
        return false;
    target->tos = (int16_t)tos;
    target->priority = priority_of_tos(tos);
    return true;
}

bool ktsn_message_read_wish(const struct cmsghdr *header, const unsigned char *data,
                            struct ktsn_wish *wish) {
    uint32_t value;
    if (header->cmsg_len != CMSG_LEN(sizeof value))
        return false;
    memcpy(&value, data, sizeof value);
    switch (header->cmsg_type) {
    case KTSN_SO_TIMESTAMPING_OLD:
    case KTSN_SO_TIMESTAMPING_NEW:
        if ((value & ~KTSN_TIMESTAMPS) != 0)
            return false;
        wish->traits |= KTSN_TRAIT_TIMESTAMPS;
        wish->timestamps = value;
        return true;
    case KTSN_SCM_TS_OPT_ID:
        wish->traits |= KTSN_TRAIT_NUMBER;
        wish->number = value;
        return true;
    }
    return false;
}

static bool read_socket_control(const struct cmsghdr *header, const unsigned char *data,
                                struct ktsn_request *request, bool *stamped) {
    int value;
    switch (header->cmsg_type) {
    case SCM_TXTIME:
        if (header->cmsg_len != CMSG_LEN(sizeof request->launch_time_ns))
            return false;
        memcpy(&request->launch_time_ns, data, sizeof request->launch_time_ns);
        *stamped = true;
        return true;
    case SO_PRIORITY:
        if (!read_integer(header, data, &value))
            return false;
        request->target.priority = (uint32_t)value;
        return true;
    }
    if (!ktsn_message_read_wish(header, data, &request->wish))
        return false;
    request->target.traits |= request->wish.traits;
    return true;
}

static bool read_ipv4_control(const struct cmsghdr *header, const unsigned char *data,
                              struct ktsn_target *target) {
    struct in_pktinfo info;
    int value;
    target->traits |= KTSN_TRAIT_IPV4_CONTROL;
    switch (header->cmsg_type) {
    case IP_TOS:
        return read_tos(header, data, target);
    case IP_TTL:
        if (!read_integer(header, data, &value) || value < 1 || value > 255)
            return false;
        target->ttl = (int16_t)value;
        return true;
    case IP_PKTINFO:
        if (header->cmsg_len != CMSG_LEN(sizeof info))
            return false;
        memcpy(&info, data, sizeof info);
        if (info.ipi_ifindex < 0)
            return false;
        target->interface_index = info.ipi_ifindex;
        target->source = ktsn_address_ipv4(info.ipi_spec_dst);
        return true;
    }
    return false;
}

static bool read_octet(const struct cmsghdr *header, const unsigned char *data, int least,
                       int16_t *octet) {
    int value;
    if (!read_integer(header, data, &value) || value < least || value > 255)
        return false;
    *octet = (int16_t)value;
    return true;
}

static bool read_ipv6_pktinfo(const struct cmsghdr *header, const unsigned char *data,
                              struct ktsn_target *target) {
    struct in6_pktinfo info;
    if (header->cmsg_len != CMSG_LEN(sizeof info))
        return false;
    memcpy(&info, data, sizeof info);
    if (info.ipi6_ifindex > INT32_MAX)
        return false;
    target->traits |= KTSN_TRAIT_IPV6_PKTINFO;
    target->interface_index = (int32_t)info.ipi6_ifindex;
    target->source = ktsn_address_ipv6(&info.ipi6_addr);
    return true;
}

static bool read_ipv6_control(const struct cmsghdr *header, const unsigned char *data,
                              struct ktsn_target *target) {
    uint32_t flow_info;
    int value;
    if (header->cmsg_type == IPV6_PKTINFO)
        return read_ipv6_pktinfo(header, data, target);
    target->traits |= KTSN_TRAIT_IPV6_CONTROL;
    switch (header->cmsg_type) {
    case IPV6_TCLASS:
        /* -1 stands for the socket's own value in some kernels, for 255 in others. */
        return read_octet(header, data, 0, &target->tos);
    case IPV6_HOPLIMIT:
        return read_octet(header, data, -1, &target->ttl);
    case IPV6_DONTFRAG: /* decides on what is larger than this path takes */
        return read_integer(header, data, &value) && (value == 0 || value == 1);
    case KTSN_IPV6_FLOWINFO:
        if (header->cmsg_len != CMSG_LEN(sizeof flow_info))
            return false;
        memcpy(&flow_info, data, sizeof flow_info);
        target->flow_info = ntohl(flow_info);
        target->traits |= KTSN_TRAIT_FLOW_CONTROL;
        return true;
    }
    return false;
}

static bool read_udp_control(const struct cmsghdr *header, const unsigned char *data,
                             struct ktsn_request *request) {
    uint16_t segment;
    if (header->cmsg_type != UDP_SEGMENT || header->cmsg_len != CMSG_LEN(sizeof segment))
        return false;
    memcpy(&segment, data, sizeof segment);
    request->segment = segment;
    return true;
}

static bool read_control(const struct cmsghdr *header, const unsigned char *data,
                         struct ktsn_request *request, bool *stamped) {
    switch (header->cmsg_level) {
    case SOL_SOCKET:
        return read_socket_control(header, data, request, stamped);
    case IPPROTO_IP:
        return read_ipv4_control(header, data, &request->target);
    case IPPROTO_IPV6:
        return read_ipv6_control(header, data, &request->target);
    case IPPROTO_UDP:
        return read_udp_control(header, data, request);
    }
    return false;
}

static bool read_controls(const struct msghdr *message, struct ktsn_request *request) {
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

static bool read_ipv6_address(const struct msghdr *message, struct ktsn_target *target) {
    struct sockaddr_in6 address = {0};
    if (message->msg_namelen < SIN6_LEN_RFC2133)
        return false;
    memcpy(&address, message->msg_name,
           message->msg_namelen < sizeof address ? SIN6_LEN_RFC2133 : sizeof address);
    target->destination = ktsn_address_ipv6(&address.sin6_addr);
    target->destination_port = ntohs(address.sin6_port);
    target->scope = address.sin6_scope_id;
    if ((target->traits & KTSN_TRAIT_FLOW_CONTROL) == 0)
        target->flow_info = ntohl(address.sin6_flowinfo);
    return true;
}

static bool read_ipv4_address(const struct msghdr *message, struct ktsn_target *target) {
    struct sockaddr_in address;
    if (message->msg_namelen < sizeof address)
        return false;
    memcpy(&address, message->msg_name, sizeof address);
    target->destination = ktsn_address_ipv4(address.sin_addr);
    target->destination_port = ntohs(address.sin_port);
    return true;
}

static bool read_address(const struct msghdr *message, struct ktsn_target *target) {
    if (message->msg_name == NULL)
        return true;
    sa_family_t family;
    if (message->msg_namelen < sizeof family ||
        message->msg_namelen > sizeof(struct sockaddr_storage) ||
        !ktsn_readable(message->msg_name, message->msg_namelen))
        return false;
    memcpy(&family, message->msg_name, sizeof family);
    target->family = family;
    if (family == AF_INET6
            ? !read_ipv6_address(message, target)
            : (family != AF_INET && family != AF_UNSPEC) || !read_ipv4_address(message, target))
        return false;
    /* The kernel has its own view of "any" as a destination, and refuses port 0. */
    return !ktsn_address_is_any(&target->destination) && target->destination_port != 0;
}

bool ktsn_message_length(const struct msghdr *message, size_t most, uint32_t *octets) {
    if (message->msg_iovlen > IOV_MAX ||
        !ktsn_readable(message->msg_iov, message->msg_iovlen * sizeof *message->msg_iov))
        return false;
    size_t length = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        size_t part = message->msg_iov[i].iov_len;
        if (part > most - length)
            return false;
        length += part;
    }
    *octets = (uint32_t)length;
    return true;
}

bool ktsn_message_read(const struct msghdr *message, int flags, struct ktsn_request *request) {
    if ((flags & ~KNOWN_FLAGS) != 0 || !ktsn_message_has_control(message))
        return false;
    *request =
        (struct ktsn_request){.target = {.tos = -1, .ttl = -1, .priority = -1}, .segment = -1};
    return read_controls(message, request) && read_address(message, &request->target) &&
           ktsn_message_length(message, MAX_PAYLOAD, &request->length);
}
