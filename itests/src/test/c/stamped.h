/* What programs of the tests do that give a datagram, or a frame, the time at which it must leave.
 */
#ifndef STAMPED_H
#define STAMPED_H

#include <linux/net_tstamp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

/* A UDP socket over IPv4 with launch times by CLOCK_TAI; -1 with errno. */
static inline int stamped_socket(void) {
    struct sock_txtime setting = {.clockid = CLOCK_TAI};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_TXTIME, &setting, sizeof setting) != 0)
        return -1;
    return fd;
}

/* As sendto, to leave at an instant of the socket's clock. */
static inline ssize_t send_stamped(int fd, const void *payload, size_t octets, int flags,
                                   const void *to, socklen_t to_octets, uint64_t launch_ns) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof launch_ns)];
    } control;
    struct iovec part = {(void *)(uintptr_t)payload, octets};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)to,
                             .msg_namelen = to_octets,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_TXTIME;
    control.header.cmsg_len = CMSG_LEN(sizeof launch_ns);
    memcpy(CMSG_DATA(&control.header), &launch_ns, sizeof launch_ns);
    return sendmsg(fd, &message, flags);
}

#endif
