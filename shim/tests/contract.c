/*
 * The contract of SO_TXTIME as a table: options, control messages and sends of many kinds, a case a
 * line with what the call returned. It must print the same with the kernel, with the library, and
 * on a kernel whose queueing discipline is etf. Plain POSIX, so that it runs anywhere; the network
 * is that of contract_network.sh.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAR "10.77.0.3"
#define FAR6 "fd77::3"
#define PORT 9000
#define AVTP 0x22f0
#define LEAD_NS 20000000

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char octets[70000];
static int interface;

/* The compiler is not to see that it leads nowhere. */
static void *volatile nowhere = (void *)1;

static void line(const char *group, const char *subject, const char *name, long result) {
    int error = errno;
    printf("%s, %s, %s: %ld%s%s\n", group, subject, name, result, result < 0 ? " " : "",
           result < 0 ? strerrorname_np(error) : "");
    fflush(stdout);
}

static uint64_t future_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_TAI, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + LEAD_NS;
}

/* ---- sockets ---- */

enum shape {
    NAMED,      /* each message has its address */
    CONNECTED,  /* no message has one */
    HOMELESS,   /* neither connected nor named */
    PAIR,       /* the other end is in this process */
    STREAM,     /* connected to a listener on the loopback interface */
    BOUND,      /* a packet socket that is bound to the interface */
    DESCRIPTOR, /* none at all */
};

struct kind {
    const char *name;
    int domain, type, protocol;
    enum shape shape;
    const char *to;
};

static const struct kind kinds[] = {
    {"UDP", AF_INET, SOCK_DGRAM, 0, NAMED, FAR},
    {"connected UDP", AF_INET, SOCK_DGRAM, 0, CONNECTED, FAR},
    {"UDP without a destination", AF_INET, SOCK_DGRAM, 0, HOMELESS, NULL},
    {"UDP to the loopback", AF_INET, SOCK_DGRAM, 0, NAMED, "127.0.0.1"},
    {"UDP over IPv6", AF_INET6, SOCK_DGRAM, 0, NAMED, FAR6},
    {"connected UDP over IPv6", AF_INET6, SOCK_DGRAM, 0, CONNECTED, FAR6},
    {"UDP to a mapped address", AF_INET6, SOCK_DGRAM, 0, NAMED, "::ffff:" FAR},
    {"raw IP", AF_INET, SOCK_RAW, 253, NAMED, FAR},
    {"packet", AF_PACKET, SOCK_RAW, 0, NAMED, NULL},
    {"bound packet", AF_PACKET, SOCK_RAW, 0, BOUND, NULL},
    {"cooked packet", AF_PACKET, SOCK_DGRAM, 0, NAMED, NULL},
    {"unconnected TCP", AF_INET, SOCK_STREAM, 0, HOMELESS, NULL},
    {"TCP", AF_INET, SOCK_STREAM, 0, STREAM, NULL},
    {"Unix", AF_UNIX, SOCK_DGRAM, 0, PAIR, NULL},
};

static const struct kind others[] = {
    {"Unix stream", AF_UNIX, SOCK_STREAM, 0, PAIR, NULL},
    {"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, HOMELESS, NULL},
    {"TCP over IPv6", AF_INET6, SOCK_STREAM, 0, HOMELESS, NULL},
    {"no socket", 0, 0, 0, DESCRIPTOR, NULL},
};

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_ll packet;
    char room[4096]; /* as long as any that a case pretends */
};

static socklen_t address_of(const struct kind *kind, union address *address) {
    memset(address, 0, sizeof *address);
    address->any.sa_family = (sa_family_t)kind->domain;
    switch (kind->domain) {
    case AF_INET:
        address->ipv4.sin_port = htons(PORT);
        inet_pton(AF_INET, kind->to, &address->ipv4.sin_addr);
        return sizeof address->ipv4;
    case AF_INET6:
        address->ipv6.sin6_port = htons(PORT);
        inet_pton(AF_INET6, kind->to, &address->ipv6.sin6_addr);
        return sizeof address->ipv6;
    default:
        address->packet.sll_protocol = htons(AVTP);
        address->packet.sll_ifindex = interface;
        address->packet.sll_halen = ETH_ALEN;
        memcpy(address->packet.sll_addr, "\x02\x00\x00\x00\x00\x03", ETH_ALEN);
        return sizeof address->packet;
    }
}

/* A socket of a kind; its other end, where it has one, stays open until the next is made. */
static int open_kind(const struct kind *kind) {
    static int ends[2] = {-1, -1};
    union address address;
    int pair[2];
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
    if (kind->shape == DESCRIPTOR)
        return dup(STDIN_FILENO);
    if (kind->shape == PAIR) {
        if (socketpair(kind->domain, kind->type, 0, pair) != 0)
            abort();
        ends[0] = pair[1];
        return pair[0];
    }
    int fd = socket(kind->domain, kind->type, kind->protocol);
    if (kind->shape == STREAM) {
        struct sockaddr_in near = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t length = sizeof near;
        ends[0] = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(ends[0], (struct sockaddr *)&near, length) != 0 || listen(ends[0], 1) != 0 ||
            getsockname(ends[0], (struct sockaddr *)&near, &length) != 0 ||
            connect(fd, (struct sockaddr *)&near, length) != 0)
            abort();
        ends[1] = accept(ends[0], NULL, NULL);
    } else if (kind->shape == CONNECTED) {
        socklen_t length = address_of(kind, &address);
        if (connect(fd, &address.any, length) != 0)
            abort();
    } else if (kind->shape == BOUND) {
        socklen_t length = address_of(kind, &address);
        if (bind(fd, &address.any, length) != 0)
            abort();
    }
    return fd;
}

/* Packet sockets take long to close: one of each kind does for many cases. 0: none yet. */
static int kept[COUNT(kinds)];

static int take(const struct kind *kind) {
    if (kind->domain != AF_PACKET)
        return open_kind(kind);
    int *socket = &kept[kind - kinds];
    if (*socket == 0)
        *socket = open_kind(kind);
    return *socket;
}

static void give_back(const struct kind *kind, int fd) {
    if (kind->domain != AF_PACKET)
        close(fd);
}

static void close_kept(void) {
    for (size_t i = 0; i < COUNT(kept); i++) {
        if (kept[i] != 0)
            close(kept[i]);
        kept[i] = 0;
    }
}

static int set_txtime(int fd, int clock, unsigned int flags) {
    struct sock_txtime txtime = {clock, flags};
    return setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime);
}

/* ---- the option ---- */

static void show_txtime(const char *subject, const char *name, int fd) {
    struct sock_txtime txtime = {-1, 99};
    socklen_t length = sizeof txtime;
    long result = getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length);
    char both[160];
    snprintf(both, sizeof both, "%s (clock %d, flags %u, length %u)", name, txtime.clockid,
             txtime.flags, length);
    line("get", subject, both, result);
}

static void set_lengths(const struct kind *kind) {
    static const int lengths[] = {0, 1, 4, 7, 8, 9, 12, 16, 64, 4096, -1, INT_MAX};
    struct {
        struct sock_txtime txtime;
        char rest[4096];
    } value = {.txtime = {CLOCK_TAI, 1}};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        char name[64];
        int fd = take(kind);
        snprintf(name, sizeof name, "length %d", lengths[i]);
        line("set", kind->name, name,
             setsockopt(fd, SOL_SOCKET, SO_TXTIME, &value, (socklen_t)lengths[i]));
        give_back(kind, fd);
    }
}

static void set_flags(const struct kind *kind) {
    static const unsigned int flags[] = {0, 1, 2, 3, 4, 5, 7, 8, 1u << 31, UINT_MAX};
    for (size_t i = 0; i < COUNT(flags); i++) {
        char name[64];
        int fd = take(kind);
        snprintf(name, sizeof name, "flags %#x", flags[i]);
        line("set", kind->name, name, set_txtime(fd, CLOCK_TAI, flags[i]));
        show_txtime(kind->name, name, fd);
        give_back(kind, fd);
    }
}

static void set_clocks(const struct kind *kind, const char *who) {
    static const int clocks[] = {CLOCK_REALTIME,
                                 CLOCK_MONOTONIC,
                                 CLOCK_PROCESS_CPUTIME_ID,
                                 CLOCK_THREAD_CPUTIME_ID,
                                 CLOCK_MONOTONIC_RAW,
                                 CLOCK_REALTIME_COARSE,
                                 CLOCK_MONOTONIC_COARSE,
                                 CLOCK_BOOTTIME,
                                 CLOCK_REALTIME_ALARM,
                                 CLOCK_BOOTTIME_ALARM,
                                 10,
                                 CLOCK_TAI,
                                 12,
                                 15,
                                 16,
                                 255,
                                 256,
                                 -1,
                                 INT_MAX,
                                 INT_MIN};
    for (size_t i = 0; i < COUNT(clocks); i++) {
        char name[64];
        int fd = *who != '\0' ? open_kind(kind) : take(kind);
        snprintf(name, sizeof name, "clock %d%s", clocks[i], who);
        line("set", kind->name, name, set_txtime(fd, clocks[i], 0));
        show_txtime(kind->name, name, fd);
        if (*who != '\0')
            close(fd);
        else
            give_back(kind, fd);
    }
}

static void set_again(const struct kind *kind) {
    int fd = open_kind(kind);
    show_txtime(kind->name, "never set", fd);
    line("set", kind->name, "first", set_txtime(fd, CLOCK_TAI, 3));
    line("set", kind->name, "again", set_txtime(fd, CLOCK_MONOTONIC, 1));
    show_txtime(kind->name, "again", fd);
    line("set", kind->name, "refused", set_txtime(fd, CLOCK_TAI, 4));
    show_txtime(kind->name, "after a refusal", fd);
    line("set", kind->name, "pointer", setsockopt(fd, SOL_SOCKET, SO_TXTIME, nowhere, 8));
    line("set", kind->name, "null", setsockopt(fd, SOL_SOCKET, SO_TXTIME, NULL, 8));
    line("set", kind->name, "null of no length", setsockopt(fd, SOL_SOCKET, SO_TXTIME, NULL, 0));
    line("set", kind->name, "other level", setsockopt(fd, 250, SO_TXTIME, octets, 8));
    show_txtime(kind->name, "at the end", fd);
    close(fd);
}

static void get_lengths(const struct kind *kind) {
    static const int lengths[] = {0, 1, 4, 7, 8, 9, 64, -1};
    int fd = take(kind);
    set_txtime(fd, CLOCK_MONOTONIC, 2);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        char name[96], value[64];
        socklen_t length = (socklen_t)lengths[i];
        memset(value, 'x', sizeof value);
        long result = getsockopt(fd, SOL_SOCKET, SO_TXTIME, value, &length);
        int error = errno;
        snprintf(name, sizeof name, "length %d (%d: %02x%02x%02x%02x%02x%02x%02x%02x%02x)",
                 lengths[i], (int)length, value[0], value[1], value[2], value[3], value[4],
                 value[5], value[6], value[7], value[8]);
        errno = error;
        line("get", kind->name, name, result);
    }
    socklen_t length = 8;
    line("get", kind->name, "pointer", getsockopt(fd, SOL_SOCKET, SO_TXTIME, nowhere, &length));
    line("get", kind->name, "pointer of the length",
         getsockopt(fd, SOL_SOCKET, SO_TXTIME, octets, nowhere));
    give_back(kind, fd);
}

static int become_anybody(void) {
    return setgid(65534) == 0 ? setuid(65534) : -1;
}

static int drop_administration(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0)
        return -1;
    sets[0].effective &= ~(1u << CAP_NET_ADMIN);
    sets[0].permitted &= ~(1u << CAP_NET_ADMIN);
    return (int)syscall(SYS_capset, &header, sets);
}

/* Without the rights of the administrator; with LibKTSN they are not needed where it takes
 * datagrams (contract_differences.sed). */
static void unprivileged(void) {
    static const struct {
        const char *name, *suffix;
        int (*become)(void);
        bool packets; /* such a socket may still be made */
    } cases[] = {
        {"anybody", " of anybody", become_anybody, false},
        {"without CAP_NET_ADMIN", " without CAP_NET_ADMIN", drop_administration, true},
    };
    static const int tried[] = {0, 4, 7, 8};
    for (size_t i = 0; i < COUNT(cases); i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            close_kept();
            if (cases[i].become() != 0)
                _exit(1);
            for (size_t j = 0; j < (cases[i].packets ? COUNT(tried) : 2); j++)
                set_clocks(&kinds[tried[j]], cases[i].suffix);
            set_clocks(&others[0], cases[i].suffix);
            close_kept();
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        line("set", cases[i].name, "end", status);
    }
}

static void options(void) {
    static const int whole[] = {0, 4, 8};
    for (size_t i = 0; i < COUNT(whole); i++) {
        set_lengths(&kinds[whole[i]]);
        set_flags(&kinds[whole[i]]);
        set_clocks(&kinds[whole[i]], "");
    }
    for (size_t i = 0; i < COUNT(kinds); i++)
        set_again(&kinds[i]);
    for (size_t i = 0; i < COUNT(others); i++) {
        set_again(&others[i]);
        set_lengths(&others[i]);
    }
    get_lengths(&kinds[0]);
    get_lengths(&kinds[5]);
    get_lengths(&kinds[9]);
    unprivileged();
}

/* ---- control messages ---- */

struct piece {
    int level, type;
    size_t size;     /* octets of data */
    size_t cmsg_len; /* 0: as the data needs */
    uint64_t value;  /* its first octets */
    bool stamp;      /* in the near future, in the place of the value */
};

struct control {
    const char *name;
    struct piece pieces[3];
    long room; /* msg_controllen; 0: as the pieces need; -1: 0 */
};

#define STAMP                                                                                      \
    { SOL_SOCKET, SCM_TXTIME, 8, 0, 0, true }
#define STAMP_OF(length)                                                                           \
    { SOL_SOCKET, SCM_TXTIME, 24, length, 0, true }
#define INTEGER(level, type, value)                                                                \
    { level, type, 4, 0, value, false }

static const struct control controls[] = {
    {"none", {{0}}, 0},
    {"stamp", {STAMP}, 0},
    {"length 0", {STAMP_OF(0xffff0000)}, 0}, /* see put_piece */
    {"length 15", {STAMP_OF(15)}, 0},
    {"length 16", {STAMP_OF(16)}, 0},
    {"length 17", {STAMP_OF(17)}, 0},
    {"length 20", {STAMP_OF(20)}, 0},
    {"length 23", {STAMP_OF(23)}, 0},
    {"length 25", {STAMP_OF(25)}, 0},
    {"length 28", {STAMP_OF(28)}, 0},
    {"length 32", {STAMP_OF(32)}, 0},
    {"length 41", {STAMP_OF(41)}, 0},
    {"length of all memory", {STAMP_OF(SIZE_MAX)}, 0},
    {"length of half of it", {STAMP_OF((size_t)INT_MAX + 1)}, 0},
    {"room 0", {STAMP}, -1},
    {"room 1", {STAMP}, 1},
    {"room 15", {STAMP}, 15},
    {"room 16", {STAMP}, 16},
    {"room 23", {STAMP}, 23},
    {"room 25", {STAMP}, 25},
    {"room 31", {STAMP}, 31},
    {"room 32", {STAMP}, 32},
    {"room 40", {STAMP}, 40},
    {"room 48", {STAMP}, 48},
    {"two stamps", {STAMP, STAMP}, 0},
    {"three stamps", {STAMP, STAMP, STAMP}, 0},
    {"a stamp and one too short", {STAMP, STAMP_OF(20)}, 0},
    {"one too short and a stamp", {STAMP_OF(20), STAMP}, 0},
    {"a stamp and half of one", {STAMP, STAMP}, 36},
    {"other level", {INTEGER(250, SCM_TXTIME, 1)}, 0},
    {"a stamp and another level", {STAMP, INTEGER(250, 1, 1)}, 0},
    {"level of IP", {{IPPROTO_IP, SCM_TXTIME, 8, 0, 0, true}}, 0},
    {"level of IPv6", {{IPPROTO_IPV6, SCM_TXTIME, 8, 0, 0, true}}, 0},
    {"unknown", {INTEGER(SOL_SOCKET, 250, 1)}, 0},
    {"a stamp and an unknown one", {STAMP, INTEGER(SOL_SOCKET, 250, 1)}, 0},
    {"an unknown one and a stamp", {INTEGER(SOL_SOCKET, 250, 1), STAMP}, 0},
    {"TOS", {STAMP, INTEGER(IPPROTO_IP, IP_TOS, 0xb8)}, 0},
    {"TOS before", {INTEGER(IPPROTO_IP, IP_TOS, 0xb8), STAMP}, 0},
    {"TOS of an octet", {STAMP, {IPPROTO_IP, IP_TOS, 1, 0, 0x28, false}}, 0},
    {"TOS of two octets", {STAMP, {IPPROTO_IP, IP_TOS, 2, 0, 0x28, false}}, 0},
    {"TOS of 256", {STAMP, INTEGER(IPPROTO_IP, IP_TOS, 256)}, 0},
    {"TTL", {STAMP, INTEGER(IPPROTO_IP, IP_TTL, 3)}, 0},
    {"TTL of 0", {STAMP, INTEGER(IPPROTO_IP, IP_TTL, 0)}, 0},
    {"TTL and TOS", {INTEGER(IPPROTO_IP, IP_TTL, 3), STAMP, INTEGER(IPPROTO_IP, IP_TOS, 0x28)}, 0},
    {"traffic class", {STAMP, INTEGER(IPPROTO_IPV6, IPV6_TCLASS, 0xb8)}, 0},
    {"traffic class of 256", {STAMP, INTEGER(IPPROTO_IPV6, IPV6_TCLASS, 256)}, 0},
    {"hop limit", {STAMP, INTEGER(IPPROTO_IPV6, IPV6_HOPLIMIT, 3)}, 0},
    {"hop limit of 256", {STAMP, INTEGER(IPPROTO_IPV6, IPV6_HOPLIMIT, 256)}, 0},
    {"don't fragment", {STAMP, INTEGER(IPPROTO_IPV6, IPV6_DONTFRAG, 1)}, 0},
    {"packet information", {STAMP, {IPPROTO_IP, IP_PKTINFO, 12, 0, 0, false}}, 0},
    {"IPv6 packet information", {STAMP, {IPPROTO_IPV6, IPV6_PKTINFO, 20, 0, 0, false}}, 0},
    {"received options", {STAMP, INTEGER(IPPROTO_IP, IP_RETOPTS, 0)}, 0},
    {"mark", {STAMP, INTEGER(SOL_SOCKET, SO_MARK, 7)}, 0},
    {"mark of an octet", {STAMP, {SOL_SOCKET, SO_MARK, 1, 0, 7, false}}, 0},
    {"priority", {STAMP, INTEGER(SOL_SOCKET, SO_PRIORITY, 0)}, 0},
    {"priority of an octet", {STAMP, {SOL_SOCKET, SO_PRIORITY, 1, 0, 0, false}}, 0},
    {"credentials", {STAMP, {SOL_SOCKET, SCM_CREDENTIALS, 12, 0, 0, false}}, 0},
    {"timestamps", {STAMP, INTEGER(SOL_SOCKET, SO_TIMESTAMPING, 2)}, 0},
    {"timestamps that there are not", {STAMP, INTEGER(SOL_SOCKET, SO_TIMESTAMPING, 16)}, 0},
    {"timestamps of an octet", {STAMP, {SOL_SOCKET, SO_TIMESTAMPING, 1, 0, 2, false}}, 0},
    {"received timestamp", {STAMP, {SOL_SOCKET, SCM_TIMESTAMP, 16, 0, 0, false}}, 0},
    {"segments", {STAMP, {IPPROTO_UDP, UDP_SEGMENT, 2, 0, 400, false}}, 0},
    {"segments of four octets", {STAMP, INTEGER(IPPROTO_UDP, UDP_SEGMENT, 400)}, 0},
    {"unknown UDP control", {STAMP, INTEGER(IPPROTO_UDP, 250, 1)}, 0},
    {"packet control", {STAMP, INTEGER(SOL_PACKET, PACKET_AUXDATA, 1)}, 0},
};

static bool is_stamp(const struct piece *piece) {
    return piece->level == SOL_SOCKET && piece->type == SCM_TXTIME;
}

static size_t put_piece(char *at, const struct piece *piece) {
    struct cmsghdr header = {
        .cmsg_len = CMSG_LEN(piece->size), .cmsg_level = piece->level, .cmsg_type = piece->type};
    uint64_t value = piece->stamp ? future_ns() : piece->value;
    if (piece->cmsg_len != 0)
        header.cmsg_len = piece->cmsg_len == 0xffff0000 ? 0 : piece->cmsg_len;
    memcpy(at, &header, sizeof header);
    memcpy(at + CMSG_LEN(0), &value, piece->size < sizeof value ? piece->size : sizeof value);
    return CMSG_SPACE(piece->size);
}

struct message {
    union address address;
    struct iovec part;
    _Alignas(8) char control[256];
    struct msghdr header;
    bool stamped;
};

static void compose(struct message *message, const struct kind *kind, const struct control *control,
                    size_t length) {
    size_t room = 0;
    memset(message, 0, sizeof *message);
    message->part = (struct iovec){octets, length};
    message->header.msg_iov = &message->part;
    message->header.msg_iovlen = 1;
    if (kind->shape == NAMED) {
        message->header.msg_namelen = address_of(kind, &message->address);
        message->header.msg_name = &message->address;
    }
    for (size_t i = 0; i < COUNT(control->pieces) && control->pieces[i].size != 0; i++) {
        room += put_piece(message->control + room, &control->pieces[i]);
        message->stamped |= is_stamp(&control->pieces[i]);
    }
    if (room != 0 && control->room != -1) {
        message->header.msg_controllen = control->room != 0 ? (size_t)control->room : room;
        message->header.msg_control = message->control;
    }
    message->stamped &= message->header.msg_controllen > CMSG_LEN(0);
}

/* What has no stamp keeps away from etf, which drops it: its queue is that of priority 0. */
static void step_aside(int fd, bool stamped) {
    const int priority = stamped ? 0 : 1;
    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
}

static void one_control(const struct kind *kind, const struct control *control, bool enabled) {
    struct message message;
    int fd = take(kind);
    if (enabled)
        set_txtime(fd, CLOCK_TAI, 0);
    compose(&message, kind, control, 60);
    step_aside(fd, message.stamped);
    line(enabled ? "control" : "control without the option", kind->name, control->name,
         sendmsg(fd, &message.header, MSG_NOSIGNAL));
    give_back(kind, fd);
}

static void control_messages(void) {
    close_kept();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (size_t j = 0; j < COUNT(controls); j++)
            one_control(&kinds[i], &controls[j], true);
    }
    static const int without[] = {0, 4, 9};
    close_kept(); /* the option can't be taken back */
    for (size_t i = 0; i < COUNT(without); i++) {
        for (size_t j = 0; j < COUNT(controls); j++)
            one_control(&kinds[without[i]], &controls[j], false);
    }
}

/* ---- sending ---- */

static const struct control stamp_only = {"stamp", {STAMP}, 0};

static const int senders[] = {0, 1, 4, 5, 6, 8, 9, 10};

static void flags(const struct kind *kind) {
    for (int bit = 0; bit < 32; bit++) {
        char name[64];
        struct message message;
        int fd = take(kind);
        set_txtime(fd, CLOCK_TAI, 0);
        compose(&message, kind, &stamp_only, 60);
        snprintf(name, sizeof name, "flag %#x", 1u << bit);
        line("send", kind->name, name, sendmsg(fd, &message.header, (int)(1u << bit)));
        give_back(kind, fd);
    }
}

static void sizes(const struct kind *kind) {
    static const size_t lengths[] = {0,    1,    13,   14,   46,    1452,  1453,  1472,  1473, 1500,
                                     1514, 1515, 1518, 1519, 65487, 65507, 65508, 65535, 65536};
    int discover = IP_PMTUDISC_DO;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        for (int whole = 0; whole < 2; whole++) {
            char name[64];
            struct message message;
            int fd = take(kind);
            set_txtime(fd, CLOCK_TAI, 0);
            if (whole) {
                setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover);
                setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover, sizeof discover);
            }
            compose(&message, kind, &stamp_only, lengths[i]);
            snprintf(name, sizeof name, "%zu octets%s", lengths[i], whole ? " whole" : "");
            if (kind->domain != AF_PACKET || !whole)
                line("send", kind->name, name, sendmsg(fd, &message.header, 0));
            give_back(kind, fd);
        }
    }
}

/* One thing of a message is not as it should be. */
static void odd_messages(const struct kind *kind) {
    enum { PAGE = 4096 };
    char *bad = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static struct iovec parts[1030];
    for (size_t i = 0; i < COUNT(parts); i++)
        parts[i] = (struct iovec){octets + i, 1};
    for (int which = 0; which < 32; which++) {
        char name[32];
        struct message message;
        int fd = take(kind);
        set_txtime(fd, CLOCK_TAI, 0);
        compose(&message, kind, &stamp_only, 60);
        struct msghdr *header = &message.header;
        struct iovec several[4] = {{octets, 20}, {octets, 20}, {NULL, 0}, {octets, 20}};
        bool named = header->msg_name != NULL;
        switch (which) {
        case 0:
            header->msg_iov = NULL;
            header->msg_iovlen = 0;
            break;
        case 1:
            header->msg_iov = NULL;
            break;
        case 2:
            header->msg_iovlen = 0;
            break;
        case 3:
            header->msg_iovlen = SIZE_MAX;
            break;
        case 4:
            header->msg_iov = parts;
            header->msg_iovlen = 1024;
            break;
        case 5:
            header->msg_iov = parts;
            header->msg_iovlen = 1025;
            break;
        case 6:
            message.part.iov_len = SIZE_MAX;
            break;
        case 7:
            message.part.iov_len = (size_t)SSIZE_MAX + 1;
            break;
        case 8:
            several[1].iov_len = SSIZE_MAX;
            header->msg_iov = several;
            header->msg_iovlen = 4;
            break;
        case 9:
            header->msg_iov = several;
            header->msg_iovlen = 4;
            break;
        case 10:
            message.part.iov_base = bad;
            break;
        case 11:
            message.part.iov_base = NULL;
            break;
        case 12:
            several[3].iov_base = bad;
            header->msg_iov = several;
            header->msg_iovlen = 4;
            break;
        case 13:
            header->msg_control = bad;
            break;
        case 14:
            header->msg_control = NULL;
            break;
        case 15:
            header->msg_controllen = SIZE_MAX;
            break;
        case 16:
            header->msg_controllen = (size_t)INT_MAX + 1;
            break;
        case 17:
            header->msg_controllen = 1 << 24;
            break;
        case 18:
            header->msg_flags = -1;
            break;
        case 19:
            header->msg_name = bad;
            header->msg_namelen = 16;
            break;
        case 20:
            header->msg_name = NULL;
            header->msg_namelen = 16;
            break;
        case 21:
            header->msg_namelen = (socklen_t)-1;
            break;
        case 22:
            header->msg_namelen = (socklen_t)INT_MIN;
            break;
        case 23:
            header->msg_namelen = named ? 1 : 0;
            break;
        case 24:
            header->msg_namelen = named ? 2 : 0;
            break;
        case 25:
            header->msg_namelen = named ? 8 : 0;
            break;
        case 26:
            header->msg_namelen = named ? 128 : 0;
            break;
        case 27:
            header->msg_namelen = named ? 129 : 0;
            break;
        case 28:
            header->msg_namelen = named ? 4096 : 0;
            break;
        case 29:
            message.address.any.sa_family = AF_UNSPEC;
            break;
        case 30:
            message.address.any.sa_family = AF_UNIX;
            break;
        case 31:
            if (kind->domain == AF_INET || kind->domain == AF_INET6)
                message.address.ipv4.sin_port = 0;
            break;
        }
        snprintf(name, sizeof name, "odd %d", which);
        line("send", kind->name, name, sendmsg(fd, header, 0));
        give_back(kind, fd);
    }
    munmap(bad, 4 * PAGE);
}

/* What the kernel keeps of a datagram for the next. */
static void more(const struct kind *kind) {
    struct message message;
    static const size_t lengths[][2] = {{60, 60}, {0, 60}, {60, 0}, {1400, 1400}, {65000, 1000}};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        char name[64];
        int fd = take(kind);
        set_txtime(fd, CLOCK_TAI, 0);
        for (int part = 0; part < 2; part++) {
            compose(&message, kind, &stamp_only, lengths[i][part]);
            snprintf(name, sizeof name, "more %zu, part %d", lengths[i][0], part);
            line("send", kind->name, name, sendmsg(fd, &message.header, part == 0 ? MSG_MORE : 0));
        }
        give_back(kind, fd);
    }
}

static void several(const struct kind *kind) {
    static struct message messages[3];
    static const struct control short_stamp = {"short", {STAMP_OF(20)}, 0};
    static const unsigned int counts[] = {0, 1, 2, 3, UINT_MAX};
    static struct mmsghdr vector[1024]; /* as many as are looked at */
    for (int bad = 0; bad < 4; bad++) {
        for (size_t i = 0; i < COUNT(counts); i++) {
            char name[64];
            if (counts[i] == UINT_MAX && bad > 2)
                continue; /* would go on behind the end */
            int fd = take(kind);
            set_txtime(fd, CLOCK_TAI, 0);
            for (int j = 0; j < 3; j++) {
                compose(&messages[j], kind, j == bad ? &short_stamp : &stamp_only, 60);
                vector[j] = (struct mmsghdr){messages[j].header, 99};
            }
            long result = sendmmsg(fd, vector, counts[i], 0);
            int error = errno;
            snprintf(name, sizeof name, "several %u, bad %d (%u %u %u)", counts[i], bad,
                     vector[0].msg_len, vector[1].msg_len, vector[2].msg_len);
            errno = error;
            line("send", kind->name, name, result);
            give_back(kind, fd);
        }
    }
}

static void sends(void) {
    for (size_t i = 0; i < COUNT(senders); i++) {
        const struct kind *kind = &kinds[senders[i]];
        flags(kind);
        sizes(kind);
        odd_messages(kind);
        if (kind->domain != AF_PACKET)
            more(kind);
        several(kind);
    }
}

/* ---- segments ---- */

/* How a send says of how many octets each of its datagrams is. */
struct cut {
    int option;  /* UDP_SEGMENT of the socket, or -1 */
    int control; /* UDP_SEGMENT of the message, or -1 */
};

static void set_option(int fd, int level, int name, int value) {
    setsockopt(fd, level, name, &value, sizeof value);
}

static void cut_one(const struct kind *kind, struct cut cut, size_t length, const char *manner) {
    char name[96];
    struct message message;
    struct control control = {"cut", {STAMP}, 0};
    int fd = take(kind);
    set_txtime(fd, CLOCK_TAI, 0);
    if (cut.option >= 0)
        set_option(fd, IPPROTO_UDP, UDP_SEGMENT, cut.option);
    if (cut.control >= 0)
        control.pieces[1] =
            (struct piece){IPPROTO_UDP, UDP_SEGMENT, 2, 0, (uint64_t)cut.control, false};
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER,
               strcmp(manner, " whole") == 0       ? IP_PMTUDISC_DO
               : strcmp(manner, " in pieces") == 0 ? IP_PMTUDISC_DONT
                                                   : IP_PMTUDISC_WANT);
    if (strcmp(manner, " without checksum") == 0) {
        set_option(fd, SOL_SOCKET, SO_NO_CHECK, 1);
        set_option(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, 1);
    }
    compose(&message, kind, &control, length);
    snprintf(name, sizeof name, "%zu octets by %d and %d%s", length, cut.option, cut.control,
             manner);
    line("segments", kind->name, name, sendmsg(fd, &message.header, 0));
    give_back(kind, fd);
}

static void segments(void) {
    static const int values[] = {INT_MIN, -1, 0, 1, 2, 1500, 65535, 65536, INT_MAX};
    static const int sizes[] = {0, 1, 2, 100, 512, 1400, 1452, 1453, 1472, 1473, 9000, 65535};
    static const int cut_kinds[] = {0, 5, 6};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (size_t j = 0; j < COUNT(values); j++) {
            char name[64];
            int fd = take(&kinds[i]), now = -1;
            socklen_t octets_of_it = sizeof now;
            int result = setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &values[j], sizeof values[j]);
            int error = errno;
            getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &now, &octets_of_it);
            snprintf(name, sizeof name, "of %d (%d)", values[j], now);
            errno = error;
            line("segments", kinds[i].name, name, result);
            give_back(&kinds[i], fd);
        }
    }
    for (size_t i = 0; i < COUNT(cut_kinds); i++) {
        const struct kind *kind = &kinds[cut_kinds[i]];
        for (size_t j = 0; j < COUNT(sizes); j++) {
            size_t size = (size_t)sizes[j];
            const size_t lengths[] = {0,          1,
                                      size,       size + 1,
                                      2 * size,   3 * size + 1,
                                      64 * size,  64 * size + 1,
                                      128 * size, 128 * size + 1,
                                      1472,       65487,
                                      65507};
            for (size_t k = 0; k < COUNT(lengths); k++) {
                if (lengths[k] >= sizeof octets)
                    continue;
                cut_one(kind, (struct cut){sizes[j], -1}, lengths[k], "");
                cut_one(kind, (struct cut){-1, sizes[j]}, lengths[k], "");
                cut_one(kind, (struct cut){700, sizes[j]}, lengths[k], "");
            }
            cut_one(kind, (struct cut){sizes[j], -1}, 1400, " without checksum");
            cut_one(kind, (struct cut){sizes[j], -1}, 2800, " without checksum");
            cut_one(kind, (struct cut){sizes[j], -1}, 2800, " whole");
            cut_one(kind, (struct cut){sizes[j], -1}, 2800, " in pieces");
        }
    }
}

/* ---- memory that is not copied ---- */

/* What the error queue says next, as far as both paths say the same. */
static void show_completion(const struct kind *kind, const char *name, int fd) {
    struct pollfd descriptor = {.fd = fd};
    struct sock_extended_err error = {0};
    struct cmsghdr header = {0};
    char both[160], control[256] __attribute__((aligned(8)));
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    poll(&descriptor, 1, 10000);
    long result = recvmsg(fd, &message, MSG_ERRQUEUE);
    int code = errno;
    if (result >= 0) {
        memcpy(&header, control, sizeof header);
        memcpy(&error, control + CMSG_LEN(0), sizeof error);
    }
    snprintf(both, sizeof both,
             "%s (events %#x, flags %#x, level %d, type %d, origin %u, errno %u, %u to %u)", name,
             descriptor.revents, message.msg_flags, header.cmsg_level, header.cmsg_type,
             error.ee_origin, error.ee_errno, error.ee_info, error.ee_data);
    errno = code;
    line("zerocopy", kind->name, both, result);
}

static void zerocopy(void) {
    static const size_t lengths[] = {0, 1, 60, 1452, 1472, 1473, 65507, 65508};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const int on = 1;
        int fd = open_kind(&kinds[i]);
        line("zerocopy", kinds[i].name, "option",
             setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
        close(fd);
    }
    for (size_t i = 0; i < COUNT(senders); i++) {
        const struct kind *kind = &kinds[senders[i]];
        int fd = open_kind(kind);
        const int on = 1;
        set_txtime(fd, CLOCK_TAI, 0);
        bool told = setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) == 0;
        for (size_t j = 0; j < COUNT(lengths); j++) {
            char name[64];
            struct message message;
            compose(&message, kind, &stamp_only, lengths[j]);
            snprintf(name, sizeof name, "%zu octets", lengths[j]);
            long result = sendmsg(fd, &message.header, MSG_ZEROCOPY);
            line("zerocopy", kind->name, name, result);
            if (told && result >= 0)
                show_completion(kind, name, fd);
        }
        close(fd);
    }
}

/* ---- stamps ---- */

/* What etf refuses it drops, and those are told at once whom the kernel tells of full queues. */
static void stamps(void) {
    static const struct {
        const char *name;
        int clock;
        uint64_t value;
        bool relative;
    } cases[] = {
        {"0", CLOCK_TAI, 0, false},
        {"1", CLOCK_TAI, 1, false},
        {"now", CLOCK_TAI, 0, true},
        {"the end of time", CLOCK_TAI, UINT64_MAX, false},
        {"negative", CLOCK_TAI, UINT64_C(1) << 63, false},
        {"the last", CLOCK_TAI, INT64_MAX, false},
        {"in time", CLOCK_TAI, 2 * LEAD_NS, true},
        {"of another clock", CLOCK_REALTIME, 2 * LEAD_NS, true},
        {"of the monotonic clock", CLOCK_MONOTONIC, 2 * LEAD_NS, true},
    };
    const int on = 1;
    for (size_t i = 0; i < COUNT(senders); i++) {
        const struct kind *kind = &kinds[senders[i]];
        for (size_t j = 0; j < COUNT(cases); j++) {
            for (int told = 0; told < 2; told++) {
                char name[64];
                struct message message;
                uint64_t stamp = cases[j].value;
                int fd = take(kind);
                set_txtime(fd, cases[j].clock, 0);
                if (told && kind->domain == AF_PACKET) {
                    give_back(kind, fd);
                    continue;
                }
                if (told) {
                    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
                    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
                }
                if (cases[j].relative) {
                    struct timespec now;
                    clock_gettime(cases[j].clock, &now);
                    stamp += (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
                }
                compose(&message, kind, &stamp_only, 60);
                memcpy(message.control + CMSG_LEN(0), &stamp, sizeof stamp);
                snprintf(name, sizeof name, "%s%s", cases[j].name, told ? ", errors wanted" : "");
                line("stamp", kind->name, name, sendmsg(fd, &message.header, 0));
                give_back(kind, fd);
            }
        }
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    interface = (int)if_nametoindex("tsn0");
    memcpy(octets, "\x02\x00\x00\x00\x00\x03\x02\x00\x00\x00\x00\x02\x22\xf0", 14);
    options();
    control_messages();
    sends();
    segments();
    zerocopy();
    stamps();
    printf("end\n");
    return 0;
}
