#include "reports.h"

#include <alloca.h>
#include <limits.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#include "core.h"
#include "kernel.h"
#include "socket.h"
#include "timestamps.h"

#ifndef SOL_PACKET
#define SOL_PACKET 263
#endif
#define KTSN_PACKET_TX_TIMESTAMP 16

/* The address of whoever is to blame, behind sock_extended_err: the datagram's own source. */
struct blame {
    struct sock_extended_err error;
    union {
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } offender;
};

#define BLAME_OF_IPV4 (sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in))
#define BLAME_OF_IPV6 (sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))

_Static_assert(BLAME_OF_IPV4 == 32 && BLAME_OF_IPV6 == 44, "as in the kernel");

/* ---- asking ---- */

void ktsn_reports_ask(struct ktsn_departure *departure, int fd, uint32_t options,
                      const struct ktsn_wish *wish, int64_t stamp) {
    struct ktsn_slot *slot = &departure->slot;
    uint32_t timestamps = (wish->traits & KTSN_TRAIT_TIMESTAMPS) != 0 ? wish->timestamps : options;
    if ((timestamps & KTSN_NUMBERED_TIMESTAMPS) != 0 && (options & KTSN_TS_OPT_ID) != 0) {
        departure->numbered = (wish->traits & KTSN_TRAIT_NUMBER) == 0;
        slot->number = wish->number;
    }
    if ((timestamps & KTSN_TX_SCHED) != 0)
        slot->timestamps |= KTSN_SLOT_TX_SCHED;
    if ((timestamps & KTSN_TX_SOFTWARE) != 0)
        slot->timestamps |= KTSN_SLOT_TX_SOFTWARE;
    /* musl has messages of another layout, of which the library reads only those that are sent. */
    if (ktsn_core.libc != KTSN_LIBC_GLIBC) {
        slot->timestamps = 0;
        slot->flags &= (uint8_t)~KTSN_SLOT_REPORT_ERRORS;
    }
    bool wanted = slot->timestamps != 0 || (slot->flags & KTSN_SLOT_REPORT_ERRORS) != 0;
    if (slot->timestamps != 0 && (options & KTSN_TS_OPT_TSONLY) == 0)
        slot->timestamps |= KTSN_SLOT_TX_DATA;
    slot->stamp = (uint64_t)stamp;
    if (wanted && !ktsn_wait_for_reports(departure->channel, fd, slot->socket)) {
        slot->timestamps = 0;
        slot->flags &= (uint8_t)~KTSN_SLOT_REPORT_ERRORS;
    }
}

static bool asks_for_reports(int fd) {
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime = {0};
    socklen_t length = sizeof txtime;
    int options = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD);
    if (options > 0 && (options & (KTSN_TX_SCHED | KTSN_TX_SOFTWARE)) != 0)
        return true;
    return kernel_getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length) == 0 &&
           (txtime.flags & SOF_TXTIME_REPORT_ERRORS) != 0;
}

void ktsn_reports_expect(int fd) {
    if (!ktsn_core_ready() || ktsn_core.libc != KTSN_LIBC_GLIBC || !ktsn_socket_stamping(fd) ||
        !ktsn_socket_sends_datagrams(fd) || !asks_for_reports(fd))
        return;
    struct ktsn_channel *channel =
        ktsn_channel_enter(&ktsn_core.channels, kernel_clock(CLOCK_MONOTONIC));
    if (channel == NULL)
        return;
    if (ktsn_channel_is_home_of(channel, fd))
        ktsn_wait_for_reports(channel, fd, kernel_cookie(fd));
    ktsn_channel_leave(channel);
}

/* ---- telling ---- */

/* A report that is being told. */
struct telling {
    size_t room; /* of the control data that is left */
    char *at;
    int flags;
    const struct ktsn_report *report;
    bool framed;      /* the frame follows */
    int64_t stamp_ns; /* as the kernel keeps it with the packet; 0: none */
};

/* As the kernel's put_cmsg: what does not fit is cut. */
static void put(struct telling *telling, int level, int type, const void *data, size_t octets) {
    size_t length = CMSG_LEN(octets);
    size_t space = CMSG_SPACE(octets);
    if (telling->room < sizeof(struct cmsghdr)) {
        telling->flags |= MSG_CTRUNC;
        return;
    }
    if (length > telling->room) {
        telling->flags |= MSG_CTRUNC;
        length = telling->room;
    }
    const struct cmsghdr header = {.cmsg_len = length, .cmsg_level = level, .cmsg_type = type};
    memcpy(telling->at, &header, sizeof header);
    memcpy(telling->at + sizeof header, data, length - sizeof header);
    if (space > telling->room)
        space = telling->room;
    telling->at += space;
    telling->room -= space;
}

/* As __sock_recv_timestamp. */
static void put_timestamps(struct telling *telling, int fd) {
    const struct timespec stamp = {.tv_sec = telling->stamp_ns / 1000000000,
                                   .tv_nsec = telling->stamp_ns % 1000000000};
    const struct timeval coarse = {.tv_sec = stamp.tv_sec, .tv_usec = stamp.tv_nsec / 1000};
    struct timespec all[3] = {stamp};
    if (kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMP_OLD) > 0)
        put(telling, SOL_SOCKET, KTSN_SO_TIMESTAMP_OLD, &coarse, sizeof coarse);
    else if (kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPNS_OLD) > 0)
        put(telling, SOL_SOCKET, KTSN_SO_TIMESTAMPNS_OLD, &stamp, sizeof stamp);
    int options = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD);
    if (options <= 0 || (options & KTSN_TS_SOFTWARE) == 0 || telling->stamp_ns == 0)
        return;
    bool is_new = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_NEW) > 0;
    put(telling, SOL_SOCKET, is_new ? KTSN_SO_TIMESTAMPING_NEW : KTSN_SO_TIMESTAMPING_OLD, all,
        sizeof all);
}

static struct sock_extended_err error_of(const struct ktsn_report *report) {
    struct sock_extended_err error = {.ee_errno = ENOMSG, .ee_origin = SO_EE_ORIGIN_TIMESTAMPING};
    switch (report->kind) {
    case KTSN_REPORT_SCHEDULED:
    case KTSN_REPORT_SENT:
        error.ee_info = report->kind == KTSN_REPORT_SENT ? SCM_TSTAMP_SND : SCM_TSTAMP_SCHED;
        error.ee_data = report->number;
        break;
    default:
        error.ee_origin = SO_EE_ORIGIN_TXTIME;
        error.ee_errno = report->kind == KTSN_REPORT_MISSED ? ECANCELED : EINVAL;
        error.ee_code = report->kind == KTSN_REPORT_MISSED ? SO_EE_CODE_TXTIME_MISSED
                                                           : SO_EE_CODE_TXTIME_INVALID_PARAM;
        error.ee_info = (uint32_t)report->stamp;
        error.ee_data = (uint32_t)(report->stamp >> 32);
    }
    return error;
}

static bool is_ipv4(const struct ktsn_report *report) {
    return report->family == AF_INET;
}

/* As ip_recv_error. */
static void put_ipv4(struct telling *telling, int fd, uint32_t interface) {
    const struct ktsn_report *report = telling->report;
    struct blame blame = {.error = error_of(report)};
    int options = kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD);
    if (telling->framed && is_ipv4(report) && options > 0 && (options & KTSN_TS_OPT_CMSG) != 0) {
        struct in_pktinfo info = {.ipi_ifindex = (int)interface};
        memcpy(&info.ipi_spec_dst, report->source, sizeof info.ipi_spec_dst);
        memcpy(&info.ipi_addr, report->destination, sizeof info.ipi_addr);
        blame.offender.ipv4.sin_family = AF_INET;
        blame.offender.ipv4.sin_addr = info.ipi_spec_dst;
        if (kernel_option(fd, IPPROTO_IP, IP_PKTINFO) > 0)
            put(telling, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    }
    put(telling, IPPROTO_IP, IP_RECVERR, &blame, BLAME_OF_IPV4);
}

/* An address of the datagram; one of IPv4 as the IPv6 address that stands for it. */
static struct in6_addr mapped(const struct ktsn_report *report, const uint8_t octets[16]) {
    struct in6_addr address = IN6ADDR_ANY_INIT;
    if (is_ipv4(report)) {
        memset(&address.s6_addr[10], 0xff, 2);
        memcpy(&address.s6_addr[12], octets, 4);
    } else {
        memcpy(&address, octets, sizeof address);
    }
    return address;
}

/* As ipv6_recv_error. */
static void put_ipv6(struct telling *telling, int fd, uint32_t interface) {
    const struct ktsn_report *report = telling->report;
    struct blame blame = {.error = error_of(report)};
    struct sockaddr_in6 *offender = &blame.offender.ipv6;
    if (telling->framed) {
        const struct in6_pktinfo info = {.ipi6_addr = mapped(report, report->destination),
                                         .ipi6_ifindex = interface};
        offender->sin6_family = AF_INET6;
        offender->sin6_addr = mapped(report, report->source);
        if (IN6_IS_ADDR_LINKLOCAL(&offender->sin6_addr))
            offender->sin6_scope_id = interface;
        if (kernel_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) > 0)
            put(telling, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
    put(telling, IPPROTO_IPV6, IPV6_RECVERR, &blame, BLAME_OF_IPV6);
}

/* As sock_recv_errqueue. */
static void put_packet(struct telling *telling) {
    const struct sock_extended_err error = error_of(telling->report);
    put(telling, SOL_PACKET, KTSN_PACKET_TX_TIMESTAMP, &error, sizeof error);
}

static int64_t realtime_of(const struct ktsn_report *report) {
    int64_t ahead_ns;
    /* A timestamp is when something happened; a report of an error has the packet's launch time. */
    if (report->kind != KTSN_REPORT_SCHEDULED && report->kind != KTSN_REPORT_SENT)
        return (int64_t)report->stamp;
    ktsn_clock_to_tai(&ktsn_core.clocks, kernel_clock, CLOCK_REALTIME, 0, &ahead_ns);
    return report->instant_ns - ahead_ns;
}

static uint32_t interface_index(void) {
    struct ktsn_channel *channel = ktsn_channel_enter_connected(&ktsn_core.channels);
    if (channel == NULL)
        return 0;
    uint32_t interface = __atomic_load_n(&channel->status->interface_index, __ATOMIC_RELAXED);
    ktsn_channel_leave(channel);
    return interface;
}

static void tell(int fd, struct msghdr *message, const struct ktsn_report *report, bool framed,
                 int flags) {
    struct telling telling = {.room = message->msg_control != NULL ? message->msg_controllen : 0,
                              .at = message->msg_control,
                              .flags = flags | MSG_ERRQUEUE,
                              .report = report,
                              .framed = framed,
                              .stamp_ns = realtime_of(report)};
    put_timestamps(&telling, fd);
    switch (kernel_option(fd, SOL_SOCKET, SO_DOMAIN)) {
    case AF_INET6:
        put_ipv6(&telling, fd, interface_index());
        break;
    case AF_PACKET:
        put_packet(&telling);
        break;
    default:
        put_ipv4(&telling, fd, interface_index());
    }
    if (message->msg_name != NULL)
        message->msg_namelen = 0;
    message->msg_controllen =
        message->msg_control != NULL ? message->msg_controllen - telling.room : 0;
    message->msg_flags = telling.flags;
}

long ktsn_reports_receive(int fd, struct msghdr *message) {
    struct ktsn_wait_state state = ktsn_wait_state(fd);
    size_t parts = message->msg_iovlen;
    if (state.reports < 0)
        return -EAGAIN;
    /* The frame goes where the program wants it, and the kernel says what a bad pointer means. */
    if (parts > IOV_MAX - 1)
        parts = IOV_MAX - 1;
    struct ktsn_report report;
    struct iovec *all = alloca((parts + 1) * sizeof *all);
    all[0] = (struct iovec){.iov_base = &report, .iov_len = sizeof report};
    if (parts > 0)
        memcpy(all + 1, message->msg_iov, parts * sizeof *all);
    struct msghdr received = {.msg_iov = all, .msg_iovlen = parts + 1};
    long octets = kernel_recvmsg(state.reports, &received, MSG_DONTWAIT);
    if (octets == -EFAULT)
        return octets;
    if (octets < (long)sizeof report)
        return -EAGAIN;
    octets -= (long)sizeof report;
    tell(fd, message, &report, octets > 0 || (received.msg_flags & MSG_TRUNC) != 0,
         received.msg_flags & MSG_TRUNC);
    return octets;
}
