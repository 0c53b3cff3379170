#include "message.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include "readable.h"

#define KNOWN_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM)

/* More than any combination of the known control messages takes. */
#define MAX_CONTROL 1024

#define MAX_PAYLOAD 65507

enum walk { WALK_END, WALK_NEXT, WALK_MALFORMED };

/*
 * The kernel's walk over control messages, which tells a malformed one from the end of the list;
 * the C library's macros do not. The buffer need not be aligned.
 */
static enum walk next_control(const struct msghdr *message, size_t *offset, struct cmsghdr *header,
                              const unsigned char **data) {
    if (message->msg_controllen < sizeof *header ||
        *offset > message->msg_controllen - sizeof *header)
        return WALK_END;
    const unsigned char *start = (const unsigned char *)message->msg_control + *offset;
    memcpy(header, start, sizeof *header);
    if (header->cmsg_len < sizeof *header || header->cmsg_len > message->msg_controllen - *offset)
        return WALK_MALFORMED;
    *data = start + CMSG_LEN(0);
    *offset += CMSG_ALIGN(header->cmsg_len);
    return WALK_NEXT;
}

/* Tells whether a message has control data, as much as is looked at, and it can be read. */
static bool has_control(const struct msghdr *message) {
    return ktsn_readable(message, sizeof *message) && message->msg_control != NULL &&
           message->msg_controllen <= MAX_CONTROL &&
           ktsn_readable(message->msg_control, message->msg_controllen);
}

bool ktsn_message_stamped(const struct msghdr *message) {
    if (!has_control(message))
        return false;
    size_t offset = 0;
    struct cmsghdr header;
    const unsigned char *data;
    while (next_control(message, &offset, &header, &data) == WALK_NEXT) {
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
                     struct ktsn_request *request) {
    int tos;
    if (header->cmsg_len == CMSG_LEN(1))
        tos = data[0];
    else if (!read_integer(header, data, &tos) || tos < 0 || tos > 255)
        return false;
    request->tos = (int16_t)tos;
    request->priority = priority_of_tos(tos);
    return true;
}

static bool read_control(const struct cmsghdr *header, const unsigned char *data,
                         struct ktsn_request *request, bool *stamped) {
    int value;
    if (header->cmsg_level == SOL_SOCKET) {
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
            request->priority = (uint32_t)value;
            return true;
        }
    } else if (header->cmsg_level == IPPROTO_IP) {
        switch (header->cmsg_type) {
        case IP_TOS:
            return read_tos(header, data, request);
        case IP_TTL:
            if (!read_integer(header, data, &value) || value < 1 || value > 255)
                return false;
            request->ttl = (int16_t)value;
            return true;
        case IP_PKTINFO: {
            struct in_pktinfo info;
            if (header->cmsg_len != CMSG_LEN(sizeof info))
                return false;
            memcpy(&info, data, sizeof info);
            if (info.ipi_ifindex < 0)
                return false;
            request->interface_index = info.ipi_ifindex;
            request->source = info.ipi_spec_dst.s_addr;
            return true;
        }
        }
    }
    return false;
}

static bool read_controls(const struct msghdr *message, struct ktsn_request *request) {
    bool stamped = false;
    size_t offset = 0;
    struct cmsghdr header;
    const unsigned char *data;
    enum walk walk;
    while ((walk = next_control(message, &offset, &header, &data)) == WALK_NEXT) {
        if (!read_control(&header, data, request, &stamped))
            return false;
    }
    return walk == WALK_END && stamped;
}

static bool read_address(const struct msghdr *message, struct ktsn_request *request) {
    if (message->msg_name == NULL)
        return true;
    struct sockaddr_in address;
    if (message->msg_namelen < sizeof address ||
        message->msg_namelen > sizeof(struct sockaddr_storage) ||
        !ktsn_readable(message->msg_name, message->msg_namelen))
        return false;
    memcpy(&address, message->msg_name, sizeof address);
    if (address.sin_family != AF_INET && address.sin_family != AF_UNSPEC)
        return false;
    request->destination = address.sin_addr.s_addr;
    request->destination_port = ntohs(address.sin_port);
    /* The kernel has its own view of "any" as a destination, and refuses port 0. */
    return request->destination != htonl(INADDR_ANY) && request->destination_port != 0;
}

static bool read_length(const struct msghdr *message, struct ktsn_request *request) {
    if (message->msg_iovlen > IOV_MAX ||
        !ktsn_readable(message->msg_iov, message->msg_iovlen * sizeof *message->msg_iov))
        return false;
    size_t length = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        size_t part = message->msg_iov[i].iov_len;
        if (part > MAX_PAYLOAD - length)
            return false;
        length += part;
    }
    request->length = (uint32_t)length;
    return true;
}

bool ktsn_message_read(const struct msghdr *message, int flags, struct ktsn_request *request) {
    if ((flags & ~KNOWN_FLAGS) != 0 || !has_control(message))
        return false;
    *request = (struct ktsn_request){.tos = -1, .ttl = -1, .priority = -1};
    return read_controls(message, request) && read_address(message, request) &&
           read_length(message, request);
}
