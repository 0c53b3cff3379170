#include "zerocopy.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>

#include "core.h"
#include "kernel.h"
#include "message.h"
#include "readable.h"
#include "socket.h"
#include "timestamps.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* More datagrams than any kernel sends at once: it finds that out when the memory is numbered and
 * the packet is made, refuses (EINVAL), and with the packet it is done with the memory. */
#define SEGMENT_OCTETS 1
#define TOO_MUCH 4096

static const char memory[TOO_MUCH];

bool ktsn_zerocopy_complete(int fd, const struct msghdr *message) {
    const uint16_t segment = SEGMENT_OCTETS;
    char control[CMSG_SPACE(sizeof segment) + KTSN_NO_TIMESTAMPS_OCTETS]
        __attribute__((aligned(8))) = {0};
    size_t octets =
        ktsn_message_add_control(control, 0, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
    octets = ktsn_message_add_no_timestamps(control, octets);
    struct iovec part = {.iov_base = (void *)memory, .iov_len = sizeof memory};
    struct msghdr refused = {.msg_name = message->msg_name,
                             .msg_namelen = message->msg_namelen,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = octets};
    if (kernel_sendmsg(fd, &refused, MSG_ZEROCOPY | MSG_DONTWAIT | MSG_NOSIGNAL) != -EINVAL)
        return false;
    ktsn_socket_memo(kernel_cookie(fd))->copied = true;
    atomic_store_explicit(&ktsn_core.copied, true, memory_order_relaxed);
    return true;
}

static bool is_error(const struct cmsghdr *header) {
    return (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
           (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
}

void ktsn_zerocopy_tell(int fd, const struct msghdr *message) {
    int saved_errno = errno;
    struct sock_extended_err error;
    struct cmsghdr header;
    const unsigned char *data;
    size_t offset = 0;
    const struct ktsn_memo *memo = ktsn_core_ready() ? ktsn_socket_known(kernel_cookie(fd)) : NULL;
    errno = saved_errno;
    if (memo == NULL || !memo->copied || message->msg_control == NULL)
        return;
    while (ktsn_message_next_control(message, &offset, &header, &data) == KTSN_WALK_NEXT) {
        if (!is_error(&header) || header.cmsg_len < CMSG_LEN(sizeof error))
            continue;
        memcpy(&error, data, sizeof error);
        if (error.ee_origin != SO_EE_ORIGIN_ZEROCOPY)
            continue;
        error.ee_code |= SO_EE_CODE_ZEROCOPY_COPIED;
        memcpy((void *)data, &error, sizeof error);
    }
}
