/*
 * Sends datagrams as the options say, with nothing but the socket interface.
 *
 *   send --to ADDRESS --port PORT [--size OCTETS] [--count N] [--interval-us T]
 *        [--stamp-ms AHEAD] [--stamp-ns INSTANT] [--deadline] [--clock tai|monotonic|realtime]
 *        [--no-txtime] [--connect]
 *        [--from-port PORT] [--from ADDRESS] [--tos OCTET] [--ttl N] [--no-check] [--both]
 *        [--segment OCTETS] [--priority N] [--mark N] [--device NAME] [--unicast-if INDEX] [--packet-if INDEX]
 *
 * An ADDRESS is of IPv4 or IPv6; there --tos and --ttl are traffic class and hop limit, and there is no
 * --no-check, --unicast-if or --packet-if.
 *
 * --both sends each datagram twice: without and with a launch time. --stamp-ns gives each the same
 * launch time, whatever it is now; --deadline makes deadlines of launch times. Ends with "sent N", and says on
 * standard error by how much it was behind its own plan at most.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/net_tstamp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_UNICAST_IF
#define IP_UNICAST_IF 50
#endif
#ifndef SO_TXTIME
#define SO_TXTIME 61
#define SCM_TXTIME SO_TXTIME
#endif

static void fail(const char *what) {
    fprintf(stderr, "send: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void option(int fd, int level, int name, int value, const char *what) {
    if (setsockopt(fd, level, name, &value, sizeof value) != 0)
        fail(what);
}

union endpoint {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static socklen_t octets_of(const union endpoint *endpoint) {
    return endpoint->any.sa_family == AF_INET6 ? sizeof endpoint->ipv6 : sizeof endpoint->ipv4;
}

/* The port comes from another option, before or after. */
static void read_address(const char *text, union endpoint *endpoint) {
    endpoint->any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    void *address = endpoint->any.sa_family == AF_INET6 ? (void *)&endpoint->ipv6.sin6_addr
                                                        : (void *)&endpoint->ipv4.sin_addr;
    if (inet_pton(endpoint->any.sa_family, text, address) != 1) {
        fprintf(stderr, "send: %s is not an address\n", text);
        exit(2);
    }
}

static ssize_t transmit(int fd, const union endpoint *to, const char *payload, size_t size,
                        uint64_t launch, int packet_if) {
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(uint64_t)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct iovec part = {(void *)(uintptr_t)payload, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (to) {
        message.msg_name = (void *)(uintptr_t)to;
        message.msg_namelen = octets_of(to);
    }
    if (launch) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof launch);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_TXTIME;
        control.header.cmsg_len = CMSG_LEN(sizeof launch);
        memcpy(CMSG_DATA(&control.header), &launch, sizeof launch);
        if (packet_if) {
            struct in_pktinfo info = {.ipi_ifindex = packet_if};
            message.msg_controllen = sizeof control;
            struct cmsghdr *next = CMSG_NXTHDR(&message, &control.header);
            next->cmsg_level = IPPROTO_IP;
            next->cmsg_type = IP_PKTINFO;
            next->cmsg_len = CMSG_LEN(sizeof info);
            memcpy(CMSG_DATA(next), &info, sizeof info);
        }
    }
    return sendmsg(fd, &message, 0);
}

int main(int argc, char **argv) {
    enum { TO, PORT, SIZE, COUNT, INTERVAL, STAMP, CLOCK, NO_TXTIME, CONNECT, FROM, TOS, TTL, NO_CHECK, BOTH, PRIORITY, FROM_ADDRESS, MARK, DEVICE, UNICAST_IF, PACKET_IF, STAMP_NS, DEADLINE, SEGMENT };
    static const struct option options[] = {{"to", 1, 0, TO},
                                            {"port", 1, 0, PORT},
                                            {"size", 1, 0, SIZE},
                                            {"count", 1, 0, COUNT},
                                            {"interval-us", 1, 0, INTERVAL},
                                            {"stamp-ms", 1, 0, STAMP},
                                            {"clock", 1, 0, CLOCK},
                                            {"no-txtime", 0, 0, NO_TXTIME},
                                            {"connect", 0, 0, CONNECT},
                                            {"from-port", 1, 0, FROM},
                                            {"tos", 1, 0, TOS},
                                            {"ttl", 1, 0, TTL},
                                            {"no-check", 0, 0, NO_CHECK},
                                            {"both", 0, 0, BOTH},
                                            {"priority", 1, 0, PRIORITY},
                                            {"from", 1, 0, FROM_ADDRESS},
                                            {"mark", 1, 0, MARK},
                                            {"device", 1, 0, DEVICE},
                                            {"unicast-if", 1, 0, UNICAST_IF},
                                            {"packet-if", 1, 0, PACKET_IF},
                                            {"stamp-ns", 1, 0, STAMP_NS},
                                            {"deadline", 0, 0, DEADLINE},
                                            {"segment", 1, 0, SEGMENT},
                                            {0, 0, 0, 0}};
    union endpoint to = {.any.sa_family = AF_INET}, from = {.any.sa_family = AF_UNSPEC};
    in_port_t to_port = 0, from_port = 0;
    size_t size = 64;
    long count = 1, interval_us = 0, stamp_ms = -1;
    int clock = CLOCK_TAI, txtime = 1, connected = 0, tos = -1, ttl = -1, no_check = 0, both = 0, priority = -1;
    int segment = 0, mark = 0, unicast_if = 0, packet_if = 0;
    uint32_t flags = 0;
    uint64_t stamp_ns = 0;
    const char *device = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case TO: read_address(optarg, &to); break;
        case PORT: to_port = htons((uint16_t)atoi(optarg)); break;
        case SIZE: size = (size_t)atol(optarg); break;
        case COUNT: count = atol(optarg); break;
        case INTERVAL: interval_us = atol(optarg); break;
        case STAMP: stamp_ms = atol(optarg); break;
        case CLOCK:
            clock = strcmp(optarg, "tai") == 0         ? CLOCK_TAI
                    : strcmp(optarg, "realtime") == 0 ? CLOCK_REALTIME
                                                       : CLOCK_MONOTONIC;
            break;
        case NO_TXTIME: txtime = 0; break;
        case CONNECT: connected = 1; break;
        case FROM: from_port = htons((uint16_t)atoi(optarg)); break;
        case TOS: tos = atoi(optarg); break;
        case TTL: ttl = atoi(optarg); break;
        case NO_CHECK: no_check = 1; break;
        case BOTH: both = 1; break;
        case PRIORITY: priority = atoi(optarg); break;
        case FROM_ADDRESS: read_address(optarg, &from); break;
        case MARK: mark = atoi(optarg); break;
        case DEVICE: device = optarg; break;
        case UNICAST_IF: unicast_if = atoi(optarg); break;
        case PACKET_IF: packet_if = atoi(optarg); break;
        case STAMP_NS: stamp_ns = strtoull(optarg, NULL, 10); break;
        case SEGMENT: segment = atoi(optarg); break;
        case DEADLINE: flags = SOF_TXTIME_DEADLINE_MODE; break;
        default: return 2;
        }
    }
    int ipv6 = to.any.sa_family == AF_INET6;
    int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int bound = from_port || from.any.sa_family != AF_UNSPEC;
    from.any.sa_family = to.any.sa_family;
    *(ipv6 ? &to.ipv6.sin6_port : &to.ipv4.sin_port) = to_port;
    *(ipv6 ? &from.ipv6.sin6_port : &from.ipv4.sin_port) = from_port;
    int fd = socket(to.any.sa_family, SOCK_DGRAM, 0);
    if (fd < 0)
        fail("socket");
    if (bound && bind(fd, &from.any, octets_of(&from)) != 0)
        fail("bind");
    struct sock_txtime setting = {.clockid = clock, .flags = flags};
    if (txtime && setsockopt(fd, SOL_SOCKET, SO_TXTIME, &setting, sizeof setting) != 0)
        fail("SO_TXTIME");
    if (tos >= 0)
        option(fd, level, ipv6 ? IPV6_TCLASS : IP_TOS, tos, "the traffic class");
    if (ttl >= 0)
        option(fd, level, ipv6 ? IPV6_UNICAST_HOPS : IP_TTL, ttl, "the hop limit");
    if (priority >= 0)
        option(fd, SOL_SOCKET, SO_PRIORITY, priority, "SO_PRIORITY");
    if (mark)
        option(fd, SOL_SOCKET, SO_MARK, mark, "SO_MARK");
    if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) != 0)
        fail("SO_BINDTODEVICE");
    if (unicast_if)
        option(fd, IPPROTO_IP, IP_UNICAST_IF, (int)htonl((uint32_t)unicast_if), "IP_UNICAST_IF");
    if (no_check)
        option(fd, SOL_SOCKET, 11, 1, "SO_NO_CHECK");
    if (segment)
        option(fd, IPPROTO_UDP, 103, segment, "UDP_SEGMENT");
    if (connected && connect(fd, &to.any, octets_of(&to)) != 0)
        fail("connect");

    char *payload = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        payload[i] = (char)(i * 7 + 1);
    struct timespec first;
    clock_gettime(clock, &first);
    int64_t start = (int64_t)first.tv_sec * 1000000000 + first.tv_nsec + stamp_ms * 1000000;
    int64_t behind = 0;
    for (long i = 0; i < count; i++) {
        uint64_t launch = stamp_ms >= 0 ? (uint64_t)(start + i * interval_us * 1000) : stamp_ns;
        if (both && transmit(fd, connected ? NULL : &to, payload, size, 0, packet_if) < 0)
            fail("sendmsg without a launch time");
        if (transmit(fd, connected ? NULL : &to, payload, size, launch, packet_if) < 0)
            fail("sendmsg");
        if (interval_us) {
            int64_t next = start - stamp_ms * 1000000 + (i + 1) * interval_us * 1000;
            struct timespec until = {next / 1000000000, next % 1000000000};
            clock_nanosleep(clock, TIMER_ABSTIME, &until, NULL);
            struct timespec now;
            clock_gettime(clock, &now);
            int64_t late = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - next;
            behind = late > behind ? late : behind;
        }
    }
    fprintf(stderr, "behind %lld us\n", (long long)behind / 1000);
    printf("sent %ld\n", count);
    return 0;
}
