/*
 * Sends as QUIC stacks do that leave the pacing to the kernel's fq: one unconnected socket for both
 * families, packets in trains by UDP_SEGMENT, each with ECN bits, its source, and the present
 * instant by CLOCK_MONOTONIC as its launch time. It waits by edge-triggered epoll where it must.
 *
 *   quic ADDRESS PORT TRAINS SEGMENTS      ADDRESS is of IPv4
 *
 * Each datagram has 1200 octets, the number of its train behind "quic". Ends with "sent N", the
 * count of datagrams.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define OCTETS 1200
#define MOST_SEGMENTS 16
#define ECT0 2
#define PATIENCE_MS 10000

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void option(int fd, int level, int name, int value) {
    if (setsockopt(fd, level, name, &value, sizeof value) != 0)
        fail("setsockopt");
}

static struct cmsghdr *add(struct msghdr *message, struct cmsghdr *last, int level, int type,
                           const void *value, size_t octets) {
    struct cmsghdr *next = last ? CMSG_NXTHDR(message, last) : CMSG_FIRSTHDR(message);
    next->cmsg_level = level;
    next->cmsg_type = type;
    next->cmsg_len = CMSG_LEN(octets);
    memcpy(CMSG_DATA(next), value, octets);
    return next;
}

static ssize_t send_train(int fd, const struct sockaddr_in6 *to, uint8_t *payload, int segments) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(uint64_t)) + CMSG_SPACE(sizeof(uint16_t)) +
                  CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {payload, (size_t)segments * OCTETS};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)to,
                             .msg_namelen = sizeof *to,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t launch_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    uint16_t segment = OCTETS;
    int ecn = ECT0;
    struct cmsghdr *last = add(&message, NULL, IPPROTO_IP, IP_TOS, &ecn, sizeof ecn);
    last = add(&message, last, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
    add(&message, last, SOL_SOCKET, SO_TXTIME, &launch_ns, sizeof launch_ns);
    return sendmsg(fd, &message, MSG_DONTWAIT);
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    int trains = atoi(argv[3]), segments = atoi(argv[4]);
    if (segments < 1 || segments > MOST_SEGMENTS)
        return 2;
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[2]))};
    to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
    if (inet_pton(AF_INET, argv[1], to.sin6_addr.s6_addr + 12) != 1)
        fail(argv[1]);

    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sock_txtime txtime = {CLOCK_MONOTONIC, 0};
    option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    option(fd, IPPROTO_IP, IP_RECVTOS, 1);
    if (setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime) != 0)
        fail("SO_TXTIME");
    if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0)
        fail("bind");
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP};
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll_ctl");

    static uint8_t payload[MOST_SEGMENTS * OCTETS];
    for (int i = 0; i < trains; i++) {
        for (int segment = 0; segment < segments; segment++)
            snprintf((char *)payload + segment * OCTETS, OCTETS, "quic %d %d", i, segment);
        while (send_train(fd, &to, payload, segments) < 0) {
            if (errno != EAGAIN)
                fail("sendmsg");
            if (epoll_wait(set, &event, 1, PATIENCE_MS) != 1)
                fail("epoll_wait");
        }
    }
    printf("sent %d\n", trains * segments);
    return 0;
}
