/*
 * The error queue, in this process: the library is linked into it, or preloaded. KTSNd's side of
 * the channel is in the same process, and reports what a test says.
 *
 * The pod's interface is tsn0. What leaves through side0 goes the kernel's way, and shows what the
 * kernel says of the same message.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "daemon.h"
#include "world.h"

#define PATIENCE_MS 10000
#define PAYLOAD 64
#define HEADERS_IPV4 42
#define HEADERS_IPV6 62
#define LAUNCH_TIME INT64_C(0x1122334455667788)
#define SENT_NS (INT64_C(1700000000) * 1000000000 + 123456789)
#define SCM_TS_OPT_ID_ 81
#define SELECT_ERR_QUEUE 45
#define SEGMENT 103 /* UDP_SEGMENT */

/* As programs call them that were compiled with _FORTIFY_SOURCE. */
ssize_t __recv_chk(int fd, void *data, size_t length, size_t octets, int flags);
ssize_t __recvfrom_chk(int fd, void *data, size_t length, size_t octets, int flags,
                       struct sockaddr *address, socklen_t *address_length);
int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout_ms, size_t octets);

static char path[96];
static uint32_t interface, side;
static struct daemon *daemon_;

/* ---- the world ---- */

static void make_network(void) {
    enter_network();
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "tsn0" : "side0";
        const char *far = i == 0 ? "far0" : "far1";
        command("ip link add %s address 02:00:00:00:0%d:02 type veth peer name %s"
                " && ip link set %s addrgenmode none && ip link set %s addrgenmode none arp off"
                " && ip link set %s up && ip link set %s up",
                name, i, far, name, far, name, far);
        command("ip addr add 10.7%d.0.2/16 dev %s && ip addr add fd7%d::2/64 nodad dev %s"
                " && ip neigh add 10.7%d.0.3 lladdr 02:00:00:00:0%d:03 dev %s"
                " && ip neigh add fd7%d::3 lladdr 02:00:00:00:0%d:03 dev %s",
                7 + i, name, 7 + i, name, 7 + i, i, name, 7 + i, i, name);
    }
    interface = if_nametoindex("tsn0");
    side = if_nametoindex("side0");
}

static void set(int fd, int level, int name, int value) {
    CHECK_EQUAL(setsockopt(fd, level, name, &value, sizeof value), 0);
}

/* A socket that stamps. */
static int sender(int family, int clock, uint32_t flags) {
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime = {clock, flags};
    int fd = family == AF_PACKET ? socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)
                                 : socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime), 0);
    return fd;
}

/* Adds a control message of one value. */
static void add(struct msghdr *message, int type, const void *value, size_t octets) {
    const struct cmsghdr header = {
        .cmsg_len = CMSG_LEN(octets), .cmsg_level = SOL_SOCKET, .cmsg_type = type};
    char *at = (char *)message->msg_control + message->msg_controllen;
    memcpy(at, &header, sizeof header);
    memcpy(at + CMSG_LEN(0), value, octets);
    message->msg_controllen += CMSG_SPACE(octets);
}

/* What one send says beside its launch time. */
struct asked {
    bool timestamps, number;
    uint32_t flags, value;
};

/* Flags of what is sent next. */
static int sending_flags;

/* Sends one datagram, or a frame, to the neighbour behind tsn0, or the one behind side0. */
static ssize_t send_to_with(int fd, bool aside, int family, struct asked asked) {
    struct sockaddr_storage address = {0};
    char payload[PAYLOAD + ETH_HLEN] = {0};
    char control[256] __attribute__((aligned(8))) = {0};
    struct iovec part = {payload, PAYLOAD};
    struct msghdr message = {
        .msg_name = &address, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
    int64_t launch_time = LAUNCH_TIME;
    add(&message, SCM_TXTIME, &launch_time, sizeof launch_time);
    if (asked.timestamps)
        add(&message, SO_TIMESTAMPING, &asked.flags, sizeof asked.flags);
    if (asked.number)
        add(&message, SCM_TS_OPT_ID_, &asked.value, sizeof asked.value);
    payload[PAYLOAD - 1] = 'z';
    if (family == AF_INET) {
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address;
        *ipv4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(9000)};
        inet_pton(AF_INET, aside ? "10.78.0.3" : "10.77.0.3", &ipv4->sin_addr);
        message.msg_namelen = sizeof *ipv4;
    } else if (family == AF_PACKET) {
        struct sockaddr_ll *packet = (struct sockaddr_ll *)&address;
        const uint8_t header[ETH_HLEN] = {2, 0, 0, 0, aside, 3, 2, 0, 0, 0, aside, 2, 0x88, 0xb5};
        *packet = (struct sockaddr_ll){.sll_family = AF_PACKET,
                                       .sll_ifindex = (int)(aside ? side : interface),
                                       .sll_halen = ETH_ALEN};
        memcpy(payload, header, sizeof header);
        payload[PAYLOAD + ETH_HLEN - 1] = 'z';
        part.iov_len = sizeof payload;
        message.msg_namelen = sizeof *packet;
    } else {
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address;
        *ipv6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(9000)};
        const char *text = family == AF_INET6 ? (aside ? "fd78::3" : "fd77::3")
                           : aside            ? "::ffff:10.78.0.3"
                                              : "::ffff:10.77.0.3";
        inet_pton(AF_INET6, text, &ipv6->sin6_addr);
        message.msg_namelen = sizeof *ipv6;
    }
    return sendmsg(fd, &message, sending_flags);
}

static void send_to(int fd, bool aside, int family) {
    CHECK(send_to_with(fd, aside, family, (struct asked){.timestamps = false}) > 0);
}

static struct daemon_record taken(void) {
    struct daemon_record record;
    CHECK(daemon_await(daemon_, &record, PATIENCE_MS));
    return record;
}

/* The library looks for a daemon now and then; until it has found it, the kernel sends. */
static void start_daemon_of(enum daemon_manner manner) {
    struct daemon_options options = {.slot_count = 64,
                                     .slot_octets = 2048,
                                     .interface_index = interface,
                                     .mtu = 1500,
                                     .manner = manner};
    daemon_ = daemon_start(path, &options);
    int fd = sender(AF_INET, CLOCK_TAI, 0);
    while (__atomic_load_n(&daemon_ring(daemon_)->claim, __ATOMIC_SEQ_CST) == 0)
        send_to(fd, false, AF_INET);
    taken();
    close(fd);
}

static void start_daemon(void) {
    start_daemon_of(DAEMON_WELCOMES);
}

static void stop_daemon(void) {
    daemon_kill(daemon_);
    daemon_ = NULL;
    unlink(path);
}

static int64_t tai_ahead_ns(void) {
    struct timespec tai, realtime;
    clock_gettime(CLOCK_TAI, &tai);
    clock_gettime(CLOCK_REALTIME, &realtime);
    int64_t distance =
        (tai.tv_sec - realtime.tv_sec) * INT64_C(1000000000) + tai.tv_nsec - realtime.tv_nsec;
    return (distance + 500000000) / 1000000000 * 1000000000;
}

/* The frame of a record, as KTSNd's stack would write it; returns its octets. */
static size_t frame_of(const struct daemon_record *record, unsigned char *frame) {
    const struct ktsn_slot *slot = &record->slot;
    size_t headers = slot->family == AF_INET    ? HEADERS_IPV4
                     : slot->family == AF_INET6 ? HEADERS_IPV6
                                                : 0;
    memset(frame, 0, headers);
    memcpy(frame + headers, record->payload, slot->length);
    return headers + slot->length;
}

/* Reports what became of a datagram; returns whether anybody has asked for that. */
static bool report(const struct daemon_record *record, enum ktsn_report_kind kind) {
    unsigned char frame[2048];
    const struct ktsn_slot *slot = &record->slot;
    bool timestamp = kind == KTSN_REPORT_SENT || kind == KTSN_REPORT_SCHEDULED;
    bool framed = !timestamp || (slot->timestamps & KTSN_SLOT_TX_DATA) != 0;
    struct ktsn_report report = {.kind = (uint8_t)kind,
                                 .family = slot->family,
                                 .number = slot->number,
                                 .stamp = slot->stamp,
                                 .instant_ns = SENT_NS + tai_ahead_ns()};
    if (framed && slot->family != AF_PACKET) {
        memcpy(report.source, slot->source, sizeof report.source);
        memcpy(report.destination, slot->destination, sizeof report.destination);
    }
    return daemon_report(daemon_, slot->socket, &report, frame,
                         framed ? frame_of(record, frame) : 0);
}

/* ---- the error queue ---- */

struct told {
    ssize_t octets;
    int error; /* if octets is -1 */
    int flags;
    socklen_t name_length;
    size_t control_octets;
    unsigned char control[512];
    unsigned char data[2048];
};

static struct told read_errors_into(int fd, size_t control_octets, size_t data_octets) {
    static struct told told;
    struct sockaddr_storage name;
    memset(&told, 0, sizeof told);
    struct iovec part = {told.data, data_octets};
    struct msghdr message = {.msg_name = &name,
                             .msg_namelen = sizeof name,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = told.control,
                             .msg_controllen = control_octets,
                             .msg_flags = -1};
    told.octets = recvmsg(fd, &message, MSG_ERRQUEUE);
    told.error = told.octets < 0 ? errno : 0;
    told.flags = message.msg_flags;
    told.name_length = message.msg_namelen;
    told.control_octets = message.msg_controllen;
    return told;
}

static struct told read_errors(int fd) {
    return read_errors_into(fd, sizeof((struct told *)0)->control, 2048);
}

static void check_empty(int fd) {
    struct told told = read_errors(fd);
    CHECK_EQUAL(told.octets, -1);
    CHECK_EQUAL(told.error, EAGAIN);
}

/* The kernel's reports come when the packet is through. */
static void await_errors(int fd) {
    struct pollfd descriptor = {.fd = fd};
    CHECK_EQUAL(poll(&descriptor, 1, PATIENCE_MS), 1);
    CHECK_EQUAL(descriptor.revents, POLLERR);
}

/* Copies the data of a control message; false if there is none of this kind. */
static bool control_of(const struct told *told, int level, int type, void *data, size_t octets) {
    struct cmsghdr header;
    for (size_t at = 0; at + sizeof header <= told->control_octets;
         at += CMSG_ALIGN(header.cmsg_len)) {
        memcpy(&header, told->control + at, sizeof header);
        if (header.cmsg_level == level && header.cmsg_type == type) {
            memcpy(data, told->control + at + CMSG_LEN(0), octets);
            return true;
        }
    }
    return false;
}

static struct sock_extended_err error_of(const struct told *told) {
    struct sock_extended_err error = {0};
    CHECK(control_of(told, SOL_IP, IP_RECVERR, &error, sizeof error) ||
          control_of(told, SOL_IPV6, IPV6_RECVERR, &error, sizeof error) ||
          control_of(told, SOL_PACKET, PACKET_TX_TIMESTAMP, &error, sizeof error));
    return error;
}

static struct timespec stamp_of(const struct told *told) {
    struct timespec stamp = {0};
    CHECK(control_of(told, SOL_SOCKET, SCM_TIMESTAMPING, &stamp, sizeof stamp));
    return stamp;
}

/* ---- launch times that were not kept ---- */

static void should_report_missed_and_invalid_launch_times_as_etf_does(void) {
    start_daemon();
    for (int i = 0; i < 6; i++) {
        bool missed = i % 2 == 0;
        int clock = i < 2 ? CLOCK_TAI : i < 4 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
        int fd = sender(AF_INET, clock, SOF_TXTIME_REPORT_ERRORS);
        check_empty(fd);
        send_to(fd, false, AF_INET);
        struct daemon_record record = taken();
        CHECK((record.slot.flags & KTSN_SLOT_REPORT_ERRORS) != 0);
        check_empty(fd);
        CHECK(report(&record, missed ? KTSN_REPORT_MISSED : KTSN_REPORT_INVALID));

        struct told told = read_errors(fd);
        CHECK_EQUAL(told.octets, HEADERS_IPV4 + PAYLOAD);
        CHECK_EQUAL(told.data[HEADERS_IPV4 + PAYLOAD - 1], 'z');
        CHECK_EQUAL(told.flags, MSG_ERRQUEUE);
        CHECK_EQUAL(told.name_length, 0);
        CHECK_EQUAL(told.control_octets, CMSG_SPACE(32));
        struct sock_extended_err error = error_of(&told);
        CHECK_EQUAL(error.ee_errno, missed ? ECANCELED : EINVAL);
        CHECK_EQUAL(error.ee_origin, SO_EE_ORIGIN_TXTIME);
        CHECK_EQUAL(error.ee_type, 0);
        CHECK_EQUAL(error.ee_code,
                    missed ? SO_EE_CODE_TXTIME_MISSED : SO_EE_CODE_TXTIME_INVALID_PARAM);
        CHECK_EQUAL((uint64_t)error.ee_data << 32 | error.ee_info, LAUNCH_TIME);
        check_empty(fd);
        int pending = 1;
        socklen_t length = sizeof pending;
        CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &length), 0);
        CHECK_EQUAL(pending, 0);
        close(fd);
    }
    stop_daemon();
}

static void should_cut_what_does_not_fit_as_the_kernel_does(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    send_to(fd, false, AF_INET);
    struct daemon_record record = taken();
    /* Many programs have room for the error alone, and forget whom it is from. */
    for (size_t room = 0; room <= CMSG_SPACE(32) + 8; room += 4) {
        CHECK(report(&record, KTSN_REPORT_MISSED));
        struct told told = read_errors_into(fd, room, 2048);
        bool header = room >= sizeof(struct cmsghdr);
        CHECK_EQUAL(told.octets, HEADERS_IPV4 + PAYLOAD);
        CHECK_EQUAL(told.flags, room < CMSG_LEN(32) ? MSG_ERRQUEUE | MSG_CTRUNC : MSG_ERRQUEUE);
        CHECK_EQUAL(told.control_octets, !header                 ? 0
                                         : room < CMSG_SPACE(32) ? room
                                                                 : CMSG_SPACE(32));
        if (room >= CMSG_LEN(16))
            CHECK_EQUAL(error_of(&told).ee_code, SO_EE_CODE_TXTIME_MISSED);
    }
    for (size_t room = 0; room <= 120; room += 30) {
        CHECK(report(&record, KTSN_REPORT_MISSED));
        struct told told = read_errors_into(fd, 512, room);
        bool cut = room < HEADERS_IPV4 + PAYLOAD;
        CHECK_EQUAL(told.octets, cut ? room : HEADERS_IPV4 + PAYLOAD);
        CHECK_EQUAL(told.flags, cut ? MSG_ERRQUEUE | MSG_TRUNC : MSG_ERRQUEUE);
    }
    CHECK(report(&record, KTSN_REPORT_MISSED));
    struct msghdr nothing = {.msg_controllen = 77};
    CHECK_EQUAL(recvmsg(fd, &nothing, MSG_ERRQUEUE), 0);
    CHECK_EQUAL(nothing.msg_flags, MSG_ERRQUEUE | MSG_TRUNC | MSG_CTRUNC);
    check_empty(fd);
    close(fd);
    stop_daemon();
}

static void should_say_the_same_through_every_name_of_recv(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    send_to(fd, false, AF_INET);
    struct daemon_record record = taken();
    char data[256];
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    const ssize_t octets = HEADERS_IPV4 + PAYLOAD;
    for (int i = 0; i < 4; i++)
        CHECK(report(&record, KTSN_REPORT_MISSED));
    CHECK_EQUAL(recv(fd, data, sizeof data, MSG_ERRQUEUE), octets);
    CHECK_EQUAL(data[octets - 1], 'z');
    CHECK_EQUAL(recvfrom(fd, data, sizeof data, MSG_ERRQUEUE, (struct sockaddr *)&name, &length),
                octets);
    CHECK_EQUAL(length, 0);
    length = sizeof name;
    CHECK_EQUAL(__recv_chk(fd, data, sizeof data, sizeof data, MSG_ERRQUEUE), octets);
    CHECK_EQUAL(__recvfrom_chk(fd, data, sizeof data, sizeof data, MSG_ERRQUEUE,
                               (struct sockaddr *)&name, &length),
                octets);
    CHECK_EQUAL(recv(fd, data, sizeof data, MSG_ERRQUEUE), -1);
    CHECK_EQUAL(errno, EAGAIN);

    struct iovec parts[4];
    struct mmsghdr messages[4];
    for (int i = 0; i < 4; i++) {
        parts[i] = (struct iovec){data, sizeof data};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
    }
    for (int i = 0; i < 3; i++)
        CHECK(report(&record, KTSN_REPORT_MISSED));
    CHECK_EQUAL(recvmmsg(fd, messages, 4, MSG_ERRQUEUE, NULL), 3);
    CHECK_EQUAL(messages[2].msg_len, octets);
    CHECK_EQUAL(messages[2].msg_hdr.msg_flags, MSG_ERRQUEUE | MSG_CTRUNC);
    CHECK_EQUAL(recvmmsg(fd, messages, 4, MSG_ERRQUEUE, NULL), -1);
    CHECK_EQUAL(errno, EAGAIN);
    close(fd);
    stop_daemon();
}

static void should_leave_those_alone_who_ask_for_nothing(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, 0);
    for (int i = 0; i < 10; i++) {
        send_to(fd, false, AF_INET);
        struct daemon_record record = taken();
        CHECK_EQUAL(record.slot.flags & KTSN_SLOT_REPORT_ERRORS, 0);
        CHECK_EQUAL(record.slot.timestamps, 0);
        CHECK(!report(&record, KTSN_REPORT_MISSED));
    }
    check_empty(fd);
    CHECK_EQUAL(daemon_askings(daemon_), 0);
    close(fd);
    stop_daemon();
}

static void should_lose_what_nobody_reads_and_go_on(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    send_to(fd, false, AF_INET);
    struct daemon_record record = taken();
    int sent = 0;
    while (report(&record, KTSN_REPORT_MISSED))
        CHECK(++sent < 100000);
    for (int i = 0; i < sent; i++)
        CHECK(read_errors(fd).octets > 0);
    check_empty(fd);
    CHECK(report(&record, KTSN_REPORT_MISSED));
    CHECK(read_errors(fd).octets > 0);
    close(fd);
    stop_daemon();
}

static void should_send_on_where_the_daemon_gives_no_reports(void) {
    start_daemon_of(DAEMON_REPORTS_NOTHING);
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    for (int i = 0; i < 3; i++) {
        send_to(fd, false, AF_INET);
        CHECK_EQUAL(taken().slot.flags & KTSN_SLOT_REPORT_ERRORS, 0);
        check_empty(fd);
    }
    CHECK_EQUAL(daemon_askings(daemon_), 1);
    close(fd);
    stop_daemon();
}

static void should_ask_again_when_the_daemon_was_restarted(void) {
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    for (int i = 0; i < 3; i++) {
        start_daemon();
        send_to(fd, false, AF_INET);
        struct daemon_record record = taken();
        CHECK(report(&record, KTSN_REPORT_MISSED));
        await_errors(fd);
        CHECK_EQUAL(error_of((struct told[]){read_errors(fd)}).ee_code, SO_EE_CODE_TXTIME_MISSED);
        stop_daemon();
        check_empty(fd);
    }
    close(fd);
}

static void should_keep_what_the_kernel_itself_reports(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "127.0.0.1", &nobody.sin_addr);
    set(fd, SOL_IP, IP_RECVERR, 1);
    send_to(fd, false, AF_INET);
    struct daemon_record record = taken();
    CHECK(report(&record, KTSN_REPORT_MISSED));
    CHECK_EQUAL(sendto(fd, "x", 1, 0, (struct sockaddr *)&nobody, sizeof nobody), 1);
    await_errors(fd);
    struct told told = read_errors(fd);
    CHECK_EQUAL(error_of(&told).ee_origin, SO_EE_ORIGIN_ICMP);
    CHECK_EQUAL(error_of(&told).ee_errno, ECONNREFUSED);
    CHECK_EQUAL(told.octets, 1);
    told = read_errors(fd);
    CHECK_EQUAL(error_of(&told).ee_origin, SO_EE_ORIGIN_TXTIME);
    check_empty(fd);
    close(fd);
    stop_daemon();
}

/* ---- waiting ---- */

static int polled(int fd, short events) {
    struct pollfd descriptor = {.fd = fd, .events = events, .revents = 0x7f};
    int ready = poll(&descriptor, 1, 0);
    CHECK_EQUAL(ready, descriptor.revents != 0);
    return descriptor.revents;
}

/* How select sees a socket: 1 readable, 2 writable, 4 exceptional. */
static int selected(int fd, int which) {
    fd_set readable, writable, exceptional;
    struct timeval now = {0};
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&exceptional);
    FD_SET(fd, &readable);
    FD_SET(fd, &writable);
    FD_SET(fd, &exceptional);
    int ready =
        select(fd + 1, (which & 1) != 0 ? &readable : NULL, (which & 2) != 0 ? &writable : NULL,
               (which & 4) != 0 ? &exceptional : NULL, &now);
    int result = ((which & 1) != 0 && FD_ISSET(fd, &readable) ? 1 : 0) |
                 ((which & 2) != 0 && FD_ISSET(fd, &writable) ? 2 : 0) |
                 ((which & 4) != 0 && FD_ISSET(fd, &exceptional) ? 4 : 0);
    CHECK_EQUAL(ready, __builtin_popcount((unsigned int)result));
    return result;
}

#define DATA UINT64_C(0x1122334455667788)

static uint32_t reported(int set) {
    struct epoll_event events[4];
    int count = epoll_wait(set, events, 4, 0);
    CHECK(count >= 0 && count <= 1);
    if (count == 1)
        CHECK(events[0].data.u64 == DATA);
    return count == 1 ? events[0].events : 0;
}

static int new_set(int fd, uint32_t events) {
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = events, .data = {.u64 = DATA}};
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
    return set;
}

/* Two sockets of the same kind: with one of them the kernel reports, and shows what is right. */
struct pair {
    int fd;
    bool aside;
    struct daemon_record record;
};

#define STAMPING (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE)

static struct pair new_pair(bool aside, int family, int options) {
    struct pair pair = {.fd = sender(family, CLOCK_TAI, 0), .aside = aside};
    set(pair.fd, SOL_SOCKET, SO_TIMESTAMPING, options);
    return pair;
}

/* Something gets into its error queue. */
static void stir(struct pair *pair, int family) {
    send_to(pair->fd, pair->aside, family);
    if (!pair->aside) {
        pair->record = taken();
        CHECK(report(&pair->record, KTSN_REPORT_SENT));
    }
    struct pollfd descriptor = {.fd = pair->fd};
    CHECK_EQUAL(poll(&descriptor, 1, PATIENCE_MS), 1);
}

static void should_show_in_poll_and_select_as_with_the_kernel(void) {
    start_daemon();
    for (int aside = 1; aside >= 0; aside--) {
        struct pair pair = new_pair(aside, AF_INET, STAMPING);
        for (int urgent = 0; urgent < 2; urgent++) {
            set(pair.fd, SOL_SOCKET, SELECT_ERR_QUEUE, urgent);
            CHECK_EQUAL(polled(pair.fd, 0), 0);
            CHECK_EQUAL(polled(pair.fd, POLLOUT | POLLPRI), POLLOUT);
            CHECK_EQUAL(selected(pair.fd, 7), 2);
            CHECK_EQUAL(selected(pair.fd, 5), 0);
            stir(&pair, AF_INET);
            CHECK_EQUAL(polled(pair.fd, 0), POLLERR);
            CHECK_EQUAL(polled(pair.fd, POLLPRI | POLLIN), urgent ? POLLERR | POLLPRI : POLLERR);
            CHECK_EQUAL(polled(pair.fd, POLLOUT), POLLERR | POLLOUT);
            struct pollfd two[2] = {{.fd = pair.fd}, {.fd = pair.fd, .events = POLLOUT}};
            CHECK_EQUAL(__poll_chk(two, 2, 0, sizeof two), 2);
            CHECK_EQUAL(two[0].revents, POLLERR);
            CHECK_EQUAL(two[1].revents, POLLERR | POLLOUT);
            CHECK_EQUAL(selected(pair.fd, 1), 1);
            CHECK_EQUAL(selected(pair.fd, 2), 2);
            CHECK_EQUAL(selected(pair.fd, 4), urgent ? 4 : 0);
            CHECK_EQUAL(selected(pair.fd, 7), urgent ? 7 : 3);
            CHECK(read_errors(pair.fd).octets > 0);
            CHECK_EQUAL(polled(pair.fd, POLLPRI), 0);
            CHECK_EQUAL(selected(pair.fd, 5), 0);
        }
        close(pair.fd);
    }
    stop_daemon();
}

static void should_show_in_epoll_as_with_the_kernel(void) {
    start_daemon();
    for (int aside = 1; aside >= 0; aside--) {
        for (int early = 0; early < 2; early++) {
            struct pair pair = new_pair(aside, AF_INET, STAMPING);
            if (early) { /* it has reports before it is registered */
                stir(&pair, AF_INET);
                CHECK(read_errors(pair.fd).octets > 0);
            }
            int level = new_set(pair.fd, EPOLLIN);
            int edge = new_set(pair.fd, EPOLLIN | EPOLLET);
            int once = new_set(pair.fd, EPOLLIN | EPOLLONESHOT);
            int nested = new_set(level, EPOLLIN);
            CHECK_EQUAL(reported(level) | reported(edge) | reported(once) | reported(nested), 0);
            stir(&pair, AF_INET);
            CHECK_EQUAL(reported(nested), EPOLLIN);
            CHECK_EQUAL(reported(level), EPOLLERR);
            CHECK_EQUAL(reported(level), EPOLLERR);
            CHECK_EQUAL(reported(edge), EPOLLERR);
            CHECK_EQUAL(reported(edge), 0);
            CHECK_EQUAL(reported(once), EPOLLERR);
            CHECK_EQUAL(reported(once), 0);
            stir(&pair, AF_INET);
            CHECK_EQUAL(reported(edge), EPOLLERR);
            CHECK_EQUAL(reported(once), 0);
            struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLONESHOT,
                                        .data = {.u64 = DATA}};
            CHECK_EQUAL(epoll_ctl(once, EPOLL_CTL_MOD, pair.fd, &event), 0);
            CHECK_EQUAL(reported(once), EPOLLERR | EPOLLOUT);
            CHECK_EQUAL(reported(once), 0);
            CHECK(read_errors(pair.fd).octets > 0);
            CHECK_EQUAL(reported(level), EPOLLERR);
            CHECK(read_errors(pair.fd).octets > 0);
            CHECK_EQUAL(reported(level) | reported(edge) | reported(once) | reported(nested), 0);
            CHECK_EQUAL(epoll_ctl(level, EPOLL_CTL_DEL, pair.fd, NULL), 0);
            stir(&pair, AF_INET);
            CHECK_EQUAL(reported(level), 0);
            CHECK_EQUAL(reported(edge), EPOLLERR);
            close(pair.fd);
            CHECK_EQUAL(reported(level) | reported(edge) | reported(once), 0);
            close(nested);
            close(level);
            close(edge);
            close(once);
        }
    }
    stop_daemon();
}

struct waiter {
    int fd;
    bool by_epoll;
    pthread_t thread;
    _Atomic pid_t number;
};

static void *wait_for_errors(void *argument) {
    struct waiter *waiter = argument;
    atomic_store(&waiter->number, gettid());
    if (waiter->by_epoll) {
        int set = new_set(waiter->fd, 0);
        struct epoll_event event;
        CHECK_EQUAL(epoll_wait(set, &event, 1, PATIENCE_MS), 1);
        CHECK_EQUAL(event.events, EPOLLERR);
        close(set);
    } else {
        await_errors(waiter->fd);
    }
    return NULL;
}

static void should_wake_threads_that_wait_for_it(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    for (int i = 0; i < 20; i++) {
        struct waiter waiters[2] = {{.fd = fd}, {.fd = fd, .by_epoll = true}};
        send_to(fd, false, AF_INET);
        struct daemon_record record = taken();
        for (int j = 0; j < 2; j++)
            CHECK_EQUAL(pthread_create(&waiters[j].thread, NULL, wait_for_errors, &waiters[j]), 0);
        CHECK(report(&record, KTSN_REPORT_MISSED));
        for (int j = 0; j < 2; j++)
            pthread_join(waiters[j].thread, NULL);
        CHECK(read_errors(fd).octets > 0);
        check_empty(fd);
    }
    close(fd);
    stop_daemon();
}

/* Waits until a thread sleeps. */
static void await_sleep(const struct waiter *waiter) {
    char file[64], status[256] = "";
    do {
        sched_yield();
        snprintf(file, sizeof file, "/proc/self/task/%d/stat", atomic_load(&waiter->number));
        FILE *opened = fopen(file, "re");
        if (opened == NULL)
            continue; /* it has not said its number yet */
        CHECK(fgets(status, sizeof status, opened) != NULL);
        fclose(opened);
    } while (strstr(status, ") S ") == NULL);
}

/* Whoever has a thread for it starts it before anything is sent. */
static void should_wake_threads_that_have_waited_since_before_the_first_send(void) {
    static const int families[] = {AF_INET, AF_INET6, AF_PACKET};
    start_daemon();
    for (int i = 0; i < 6; i++) {
        bool stamps = i % 2 != 0;
        int fd = sender(families[i / 2], CLOCK_TAI, stamps ? 0 : SOF_TXTIME_REPORT_ERRORS);
        if (stamps)
            set(fd, SOL_SOCKET, SO_TIMESTAMPING,
                SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
        struct waiter waiters[2] = {{.fd = fd}, {.fd = fd, .by_epoll = true}};
        for (int j = 0; j < 2; j++) {
            CHECK_EQUAL(pthread_create(&waiters[j].thread, NULL, wait_for_errors, &waiters[j]), 0);
            await_sleep(&waiters[j]);
        }
        send_to(fd, false, families[i / 2]);
        struct daemon_record record = taken();
        CHECK(report(&record, stamps ? KTSN_REPORT_SENT : KTSN_REPORT_MISSED));
        for (int j = 0; j < 2; j++)
            pthread_join(waiters[j].thread, NULL);
        CHECK(read_errors(fd).octets > 0);
        close(fd);
    }
    stop_daemon();
}

/* ---- timestamps ---- */

/* Makes what can't be the same the same: instants, interfaces, and addresses by their network. */
static void level_out(struct told *told, bool aside) {
    struct cmsghdr header;
    for (size_t at = 0; at + sizeof header <= told->control_octets;
         at += CMSG_ALIGN(header.cmsg_len)) {
        memcpy(&header, told->control + at, sizeof header);
        unsigned char *data = told->control + at + CMSG_LEN(0);
        size_t octets = header.cmsg_len - CMSG_LEN(0);
        uint32_t index;
        if (header.cmsg_level == SOL_SOCKET) {
            memset(data, 0, octets < 16 ? octets : 16);
        } else if (header.cmsg_level == SOL_IP && header.cmsg_type == IP_PKTINFO) {
            memcpy(&index, data, sizeof index);
            CHECK_EQUAL(index, aside ? side : interface);
            memset(data, 0, sizeof index);
        } else if (header.cmsg_level == SOL_IPV6 && header.cmsg_type == IPV6_PKTINFO) {
            memcpy(&index, data + 16, sizeof index);
            CHECK_EQUAL(index, aside ? side : interface);
            memset(data + 16, 0, sizeof index);
        }
        for (size_t i = 0; aside && i + 1 < octets; i++) {
            if (data[i] == 10 && data[i + 1] == 78)
                data[i + 1] = 77;
            if (data[i] == 0xfd && data[i + 1] == 0x78)
                data[i + 1] = 0x77;
        }
    }
}

/* What is told of one send, by the kernel and by KTSNd. */
static void compare(int family, int options, struct asked asked, bool information,
                    size_t control_room, size_t data_room) {
    struct told all[2][3];
    int counts[2] = {0};
    uint32_t wanted = asked.timestamps ? asked.flags : (uint32_t)options;
    for (int aside = 0; aside < 2; aside++) {
        int fd = sender(family == 0 ? AF_INET6 : family, CLOCK_TAI, 0);
        set(fd, SOL_SOCKET, SO_TIMESTAMPING, options);
        if (information && family == AF_INET)
            set(fd, SOL_IP, IP_PKTINFO, 1);
        if (information && (family == AF_INET6 || family == 0))
            set(fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
        for (int i = 0; i < 2; i++) {
            CHECK(send_to_with(fd, aside, family, asked) > 0);
            if (aside)
                continue;
            struct daemon_record record = taken();
            if ((record.slot.timestamps & KTSN_SLOT_TX_SCHED) != 0)
                CHECK(report(&record, KTSN_REPORT_SCHEDULED));
            if ((record.slot.timestamps & KTSN_SLOT_TX_SOFTWARE) != 0)
                CHECK(report(&record, KTSN_REPORT_SENT));
        }
        int expected = 2 * ((wanted & SOF_TIMESTAMPING_TX_SCHED) != 0) +
                       2 * ((wanted & SOF_TIMESTAMPING_TX_SOFTWARE) != 0);
        for (int i = 0; i < expected; i++) {
            await_errors(fd);
            struct told told = read_errors_into(fd, control_room, data_room);
            if (i >= expected - 3)
                all[aside][i - (expected > 3 ? expected - 3 : 0)] = told;
            counts[aside]++;
        }
        check_empty(fd);
        close(fd);
    }
    CHECK_EQUAL(counts[0], counts[1]);
    for (int i = 0; i < (counts[0] < 3 ? counts[0] : 3); i++) {
        struct told *ours = &all[0][i], *kernel_s = &all[1][i];
        level_out(ours, false);
        level_out(kernel_s, true);
        if (ours->control_octets != kernel_s->control_octets)
            fprintf(stderr, "family %d options %x information %d room %zu\n", family, options,
                    information, control_room);
        CHECK_EQUAL(ours->octets, kernel_s->octets);
        CHECK_EQUAL(ours->flags, kernel_s->flags);
        CHECK_EQUAL(ours->name_length, kernel_s->name_length);
        CHECK_EQUAL(ours->control_octets, kernel_s->control_octets);
        for (size_t at = 0; at < ours->control_octets; at++) {
            if (ours->control[at] != kernel_s->control[at])
                fprintf(stderr, "family %d options %x room %zu octet %zu: %02x, not %02x\n", family,
                        options, control_room, at, ours->control[at], kernel_s->control[at]);
        }
        CHECK_EQUAL(memcmp(ours->control, kernel_s->control, ours->control_octets), 0);
        if (ours->octets > 0 && data_room >= 200)
            CHECK_EQUAL(ours->data[ours->octets - 1], kernel_s->data[ours->octets - 1]);
    }
}

static const int families[] = {AF_INET, AF_INET6, 0, AF_PACKET}; /* 0: IPv4 from an IPv6 socket */

static void should_stamp_as_the_kernel_does(void) {
    enum {
        SOFTWARE = SOF_TIMESTAMPING_SOFTWARE,
        SENT = SOF_TIMESTAMPING_TX_SOFTWARE,
        SCHED = SOF_TIMESTAMPING_TX_SCHED,
        ID = SOF_TIMESTAMPING_OPT_ID,
        ALONE = SOF_TIMESTAMPING_OPT_TSONLY,
        CONTROL = SOF_TIMESTAMPING_OPT_CMSG,
    };
    static const int options[] = {SENT,
                                  SOFTWARE | SENT,
                                  SOFTWARE | SCHED,
                                  SOFTWARE | SENT | ID,
                                  SOFTWARE | SENT | SCHED | ID,
                                  SOFTWARE | SENT | ALONE,
                                  SOFTWARE | SENT | SCHED | ID | ALONE,
                                  SOFTWARE | SENT | CONTROL,
                                  SOFTWARE | SENT | ID | CONTROL | ALONE,
                                  SOFTWARE | SENT | SOF_TIMESTAMPING_TX_HARDWARE | ID,
                                  SOFTWARE | ID,
                                  SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE};
    const struct asked nothing = {.timestamps = false};
    int cases = 0;
    start_daemon();
    for (size_t f = 0; f < 4; f++) {
        for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
            for (int information = 0; information < 2; information++, cases++)
                compare(families[f], options[o], nothing, information, 512, 2048);
        }
        for (size_t room = 0; room <= 160; room += 20, cases++)
            compare(families[f], SOFTWARE | SENT, nothing, false, room, 2048);
        for (size_t room = 0; room <= 120; room += 40, cases++)
            compare(families[f], SOFTWARE | SENT, nothing, false, 512, room);
        /* Only this datagram, or not this one. */
        compare(families[f], SOFTWARE, (struct asked){.timestamps = true, .flags = SENT}, false,
                512, 2048);
        compare(families[f], SOFTWARE | ID,
                (struct asked){.timestamps = true, .flags = SENT | SCHED}, false, 512, 2048);
        compare(families[f], SOFTWARE | SENT, (struct asked){.timestamps = true}, false, 512, 2048);
        compare(families[f], SOFTWARE | SENT | ID,
                (struct asked){.number = true, .value = 0xfedcba98}, false, 512, 2048);
        cases += 4;
    }
    stop_daemon();
    printf("   %d cases\n", cases);
}

static void should_say_when_the_launcher_sent_it_as_real_time(void) {
    start_daemon();
    struct pair pair = new_pair(false, AF_INET, STAMPING);
    stir(&pair, AF_INET);
    struct told told = read_errors(pair.fd);
    struct timespec stamp = stamp_of(&told);
    CHECK_EQUAL(stamp.tv_sec * INT64_C(1000000000) + stamp.tv_nsec, SENT_NS);
    CHECK_EQUAL(error_of(&told).ee_info, SCM_TSTAMP_SND);
    close(pair.fd);
    stop_daemon();
}

/* The number in the next report of a socket. */
static uint32_t number_of(int fd) {
    await_errors(fd);
    struct told told = read_errors(fd);
    CHECK_EQUAL(error_of(&told).ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
    return error_of(&told).ee_data;
}

static void send_and_report(int fd) {
    send_to(fd, false, AF_INET);
    struct daemon_record record = taken();
    CHECK(report(&record, KTSN_REPORT_SENT));
}

static void should_number_what_both_paths_send_in_one_order(void) {
    start_daemon();
    for (int round = 0; round < 2; round++) {
        int fd = sender(AF_INET, CLOCK_TAI, 0);
        struct sockaddr_in aside = {.sin_family = AF_INET, .sin_port = htons(9000)};
        inet_pton(AF_INET, "10.78.0.3", &aside.sin_addr);
        set(fd, SOL_SOCKET, SO_TIMESTAMPING,
            STAMPING | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
        uint32_t next = 0;
        for (int i = 0; i < 5; i++) {
            send_to(fd, true, AF_INET);
            CHECK_EQUAL(number_of(fd), next++);
            send_and_report(fd);
            CHECK_EQUAL(number_of(fd), next++);
            CHECK_EQUAL(sendto(fd, "x", 1, 0, (struct sockaddr *)&aside, sizeof aside), 1);
            CHECK_EQUAL(number_of(fd), next++);
            send_and_report(fd);
            CHECK_EQUAL(number_of(fd), next++);
        }
        /* A send that fails has no number. */
        CHECK_EQUAL(sendto(fd, "x", 1, MSG_OOB, (struct sockaddr *)&aside, sizeof aside), -1);
        send_and_report(fd);
        CHECK_EQUAL(number_of(fd), next++);
        /* Switched off and on, it begins anew. */
        set(fd, SOL_SOCKET, SO_TIMESTAMPING, STAMPING);
        set(fd, SOL_SOCKET, SO_TIMESTAMPING, STAMPING | SOF_TIMESTAMPING_OPT_ID);
        send_and_report(fd);
        CHECK_EQUAL(number_of(fd), 0);
        send_to(fd, true, AF_INET);
        CHECK_EQUAL(number_of(fd), 1);
        close(fd);
    }
    stop_daemon();
}

static void should_number_on_in_children_and_after_a_restart(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, 0);
    set(fd, SOL_SOCKET, SO_TIMESTAMPING,
        STAMPING | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
    send_and_report(fd);
    CHECK_EQUAL(number_of(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        send_to(fd, false, AF_INET);
        _exit(0);
    }
    int status;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
    struct daemon_record record = taken();
    CHECK_EQUAL(record.slot.number, 1);
    CHECK(report(&record, KTSN_REPORT_SENT));
    CHECK_EQUAL(number_of(fd), 1); /* the error queue is the socket's, whoever sent */
    send_and_report(fd);
    CHECK_EQUAL(number_of(fd), 2);
    stop_daemon();
    start_daemon();
    send_and_report(fd);
    CHECK_EQUAL(number_of(fd), 3);
    close(fd);
    stop_daemon();
}

/* Of several datagrams that one call sends, the first has the call's number and its timestamps. */
static void should_number_and_stamp_segments_once_as_the_kernel_does(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, SOF_TXTIME_REPORT_ERRORS);
    set(fd, SOL_SOCKET, SO_TIMESTAMPING,
        STAMPING | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
    set(fd, IPPROTO_UDP, SEGMENT, 20);
    for (uint32_t next = 0; next < 6; next += 2) {
        send_to(fd, true, AF_INET);
        CHECK_EQUAL(number_of(fd), next);
        check_empty(fd);
        send_to(fd, false, AF_INET);
        for (int i = 0; i < 4; i++) {
            struct daemon_record record = taken();
            CHECK_EQUAL(record.slot.length, i < 3 ? 20 : 4);
            CHECK_EQUAL(record.slot.timestamps, i == 0 ? KTSN_SLOT_TX_SOFTWARE : 0);
            CHECK((record.slot.flags & KTSN_SLOT_REPORT_ERRORS) != 0);
            if (i == 0)
                CHECK(report(&record, KTSN_REPORT_SENT));
        }
        CHECK_EQUAL(number_of(fd), next + 1);
        check_empty(fd);
    }
    close(fd);
    stop_daemon();
}

/* ---- memory that is not copied ---- */

/* Reads one completion; what surrounds it is to be as the kernel's. */
static struct sock_extended_err completion_of(int fd, int family) {
    await_errors(fd);
    struct told told = read_errors(fd);
    struct sock_extended_err error = error_of(&told);
    size_t octets = sizeof error +
                    (family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    CHECK_EQUAL(told.octets, 0);
    CHECK_EQUAL(told.flags, MSG_ERRQUEUE);
    CHECK_EQUAL(told.name_length, 0);
    CHECK_EQUAL(told.control_octets, CMSG_SPACE(octets));
    CHECK_EQUAL(error.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
    CHECK_EQUAL(error.ee_errno, 0);
    CHECK_EQUAL(error.ee_type, 0);
    return error;
}

static void check_completed(int fd, int family, uint32_t first, uint32_t last, bool copied) {
    struct sock_extended_err error = completion_of(fd, family);
    CHECK_EQUAL(error.ee_info, first);
    CHECK_EQUAL(error.ee_data, last);
    if (copied)
        CHECK_EQUAL(error.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
    check_empty(fd);
}

/* A socket sends by both paths, and the kernel numbers and reports what either has done with. */
static void should_tell_of_memory_that_it_has_copied_as_the_kernel_does(void) {
    static const struct {
        int socket, family;
    } kinds[] = {{AF_INET, AF_INET}, {AF_INET6, AF_INET6}, {AF_INET6, AF_UNSPEC}};
    start_daemon();
    sending_flags = MSG_ZEROCOPY;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int fd = sender(kinds[i].socket, CLOCK_TAI, 0);
        int family = kinds[i].socket;
        /* Who has not asked for it is told nothing. */
        send_to(fd, false, kinds[i].family);
        taken();
        check_empty(fd);
        set(fd, SOL_SOCKET, SO_ZEROCOPY, 1);
        for (uint32_t next = 0; next < 12; next += 4) {
            send_to(fd, true, kinds[i].family);
            check_completed(fd, family, next, next, false);
            send_to(fd, false, kinds[i].family);
            CHECK_EQUAL(taken().slot.length, PAYLOAD);
            check_completed(fd, family, next + 1, next + 1, true);
            /* What is not read at once comes as a range. */
            send_to(fd, false, kinds[i].family);
            send_to(fd, false, kinds[i].family);
            taken();
            taken();
            check_completed(fd, family, next + 2, next + 3, true);
        }
        /* Of several segments it is one send. */
        set(fd, IPPROTO_UDP, SEGMENT, 20);
        send_to(fd, false, kinds[i].family);
        for (int k = 0; k < 4; k++)
            taken();
        check_completed(fd, family, 12, 12, true);
        sending_flags = 0;
        set(fd, IPPROTO_UDP, SEGMENT, 0);
        send_to(fd, false, kinds[i].family);
        taken();
        check_empty(fd);
        sending_flags = MSG_ZEROCOPY;
        close(fd);
    }
    sending_flags = 0;
    stop_daemon();
}

static void should_number_no_send_for_which_there_is_no_room(void) {
    start_daemon();
    int fd = sender(AF_INET, CLOCK_TAI, 0);
    set(fd, SOL_SOCKET, SO_ZEROCOPY, 1);
    sending_flags = MSG_ZEROCOPY | MSG_DONTWAIT;
    uint32_t sent = 0;
    while (send_to_with(fd, false, AF_INET, (struct asked){.timestamps = false}) > 0)
        sent++;
    CHECK_EQUAL(errno, EAGAIN);
    CHECK_EQUAL(sent, 64);
    check_completed(fd, AF_INET, 0, sent - 1, true);
    CHECK_EQUAL(send_to_with(fd, false, AF_INET, (struct asked){.timestamps = false}), -1);
    check_empty(fd);
    while (sent-- > 0)
        taken();
    send_to(fd, false, AF_INET);
    check_completed(fd, AF_INET, 64, 64, true);
    /* Nor is it a number of timestamps. */
    set(fd, SOL_SOCKET, SO_TIMESTAMPING,
        STAMPING | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
    taken();
    for (uint32_t i = 0; i < 4; i++) {
        send_to(fd, i % 2 != 0, AF_INET);
        if (i % 2 == 0) {
            struct daemon_record record = taken();
            check_completed(fd, AF_INET, 65 + i, 65 + i, true);
            CHECK(report(&record, KTSN_REPORT_SENT));
            CHECK_EQUAL(number_of(fd), i);
            continue;
        }
        for (int k = 0; k < 2; k++) {
            await_errors(fd);
            struct told told = read_errors(fd);
            struct sock_extended_err error = error_of(&told);
            CHECK_EQUAL(error.ee_data, error.ee_origin == SO_EE_ORIGIN_ZEROCOPY ? 65 + i : i);
        }
    }
    sending_flags = 0;
    close(fd);
    stop_daemon();
}

/* ---- descriptors ---- */

/* Without those of the daemon, which lives in this process: it keeps one for each socket that has
 * asked for reports, and closes its connection a little later. */
static int open_descriptors(void) {
    int count = -daemon_askings(daemon_);
    while (daemon_connections(daemon_) > 1)
        sched_yield();
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void should_need_no_more_descriptors_the_longer_it_goes_on(void) {
    start_daemon();
    int before = 0;
    for (int lap = 0; lap < 100; lap++) {
        struct pair pair = new_pair(false, AF_INET, STAMPING);
        int level = new_set(pair.fd, EPOLLIN);
        int edge = new_set(pair.fd, EPOLLIN | EPOLLET);
        stir(&pair, AF_INET);
        CHECK_EQUAL(reported(level), EPOLLERR);
        CHECK_EQUAL(reported(edge), EPOLLERR);
        if (lap % 2 == 0)
            close(pair.fd);
        close(level);
        close(edge);
        if (lap % 2 != 0)
            close(pair.fd);
        if (lap == 1)
            before = open_descriptors();
    }
    CHECK_EQUAL(open_descriptors(), before);
    stop_daemon();
}

static void should_keep_its_descriptors_to_itself(void) {
    start_daemon();
    struct pair pair = new_pair(false, AF_INET, STAMPING);
    int level = new_set(pair.fd, EPOLLIN);
    stir(&pair, AF_INET);
    int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int fd = 900; fd < 1100; fd++) {
        CHECK_EQUAL(close(fd), -1);
        CHECK_EQUAL(errno, EBADF);
        CHECK_EQUAL(dup2(spare, fd), fd);
    }
    CHECK_EQUAL(polled(pair.fd, 0), POLLERR);
    CHECK_EQUAL(reported(level), EPOLLERR);
    CHECK(read_errors(pair.fd).octets > 0);
    CHECK_EQUAL(reported(level), 0);
    stir(&pair, AF_INET);
    CHECK_EQUAL(reported(level), EPOLLERR);
    for (int fd = 900; fd < 1100; fd++)
        CHECK_EQUAL(close(fd), 0);
    close(spare);
    close(level);
    close(pair.fd);
    stop_daemon();
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s LIBRARY|-\n", argv[0]);
        return 2;
    }
    begin_with_library(argv, "reports", path, sizeof path);
    alarm(60);
    make_network();

    RUN(should_report_missed_and_invalid_launch_times_as_etf_does);
    RUN(should_cut_what_does_not_fit_as_the_kernel_does);
    RUN(should_say_the_same_through_every_name_of_recv);
    RUN(should_leave_those_alone_who_ask_for_nothing);
    RUN(should_lose_what_nobody_reads_and_go_on);
    RUN(should_send_on_where_the_daemon_gives_no_reports);
    RUN(should_ask_again_when_the_daemon_was_restarted);
    RUN(should_keep_what_the_kernel_itself_reports);

    RUN(should_show_in_poll_and_select_as_with_the_kernel);
    RUN(should_show_in_epoll_as_with_the_kernel);
    RUN(should_wake_threads_that_wait_for_it);
    RUN(should_wake_threads_that_have_waited_since_before_the_first_send);

    RUN(should_stamp_as_the_kernel_does);
    RUN(should_say_when_the_launcher_sent_it_as_real_time);
    RUN(should_number_what_both_paths_send_in_one_order);
    RUN(should_number_and_stamp_segments_once_as_the_kernel_does);
    RUN(should_number_on_in_children_and_after_a_restart);

    RUN(should_tell_of_memory_that_it_has_copied_as_the_kernel_does);
    RUN(should_number_no_send_for_which_there_is_no_room);

    RUN(should_need_no_more_descriptors_the_longer_it_goes_on);
    RUN(should_keep_its_descriptors_to_itself);
    return 0;
}
