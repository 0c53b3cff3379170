/*
 * Sockets of AF_INET6 in a program with the library, each message once without a transmission time,
 * by the kernel, and once with one: what is handed over must say what the kernel's frame says. The
 * interface tsn0 has fd77::2, fe80::2 and 10.77.0.2; whatever leaves through it is seen at its
 * other end, far0. The neighbours at 3 are known for ever, so that nobody needs to answer there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "daemon.h"
#include "world.h"

#define PATIENCE_MS 5000
#define PORT 9000
#define LARGEST 1452
#define LARGEST_IPV4 1472

/* linux/in6.h, which can't be included beside netinet/in.h. */
#define FLOWINFO 11
#define FLOWINFO_SEND 33
#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70
#endif
#ifndef IPV6_ADDR_PREFERENCES
#define IPV6_ADDR_PREFERENCES 72
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static char path[96];
static struct daemon *ktsnd;
static uint32_t interface;
static int wire;

static void make_network(void) {
    enter_network();
    command("ip link add tsn0 type veth peer name far0");
    command("ip link set tsn0 addrgenmode none address 02:00:00:00:00:02");
    command("ip link set far0 addrgenmode none arp off");
    command("ip link set tsn0 up && ip link set far0 up");
    command("ip -6 addr add fd77::2/64 dev tsn0 nodad");
    command("ip -6 addr add fd77::22/64 dev tsn0 nodad preferred_lft 0");
    command("ip -6 addr add fe80::2/64 dev tsn0 nodad");
    command("ip addr add 10.77.0.2/16 dev tsn0");
    command("ip -6 route add fd88::/64 via fd77::1");
    command("ip -6 route add fd99::/64 via fd77::1 hoplimit 9");
    command("ip -6 route add prohibit fdaa::/64");
    for (int i = 1; i <= 3; i += 2) {
        command("ip -6 neigh add fd77::%d lladdr 02:00:00:00:00:0%d dev tsn0 && "
                "ip -6 neigh add fe80::%d lladdr 02:00:00:00:00:0%d dev tsn0 && "
                "ip neigh add 10.77.0.%d lladdr 02:00:00:00:00:0%d dev tsn0",
                i, i, i, i, i, i);
    }
    command("ip link add side0 type veth peer name side1 && ip link set side0 up && ip link set "
            "side1 up");
    command("ip -6 addr add fd55::2/64 dev side0 nodad");
    interface = if_nametoindex("tsn0");

    struct sockaddr_ll far = {.sll_family = AF_PACKET,
                              .sll_protocol = htons(3 /* ETH_P_ALL */),
                              .sll_ifindex = (int)if_nametoindex("far0")};
    wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(bind(wire, (struct sockaddr *)&far, sizeof far), 0);
}

/* ---- what leaves ---- */

/* Of a datagram, whoever has written it. */
struct image {
    int family;
    int traffic_class, hops;
    uint32_t label;
    unsigned char source[16], destination[16];
    int source_port, destination_port;
    int length;
    int first; /* octet of the payload */
    bool no_checksum;
    bool whole; /* not a fragment, no extension header */
};

static uint16_t half(const unsigned char *octets) {
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

static bool read_udp(const unsigned char *udp, struct image *image) {
    image->source_port = half(udp);
    image->destination_port = half(udp + 2);
    image->length = half(udp + 4) - 8;
    image->no_checksum = half(udp + 6) == 0;
    return true;
}

/* Returns whether it is a frame to PORT, or one that may be part of such. */
static bool read_frame(const unsigned char *frame, long octets, struct image *image) {
    const unsigned char *ip = frame + 14;
    memset(image, 0, sizeof *image);
    if (octets >= 42 && half(frame + 12) == 0x0800 && ip[9] == IPPROTO_UDP) {
        image->family = AF_INET;
        image->traffic_class = ip[1];
        image->hops = ip[8];
        memcpy(image->source, ip + 12, 4);
        memcpy(image->destination, ip + 16, 4);
        image->whole = (half(ip + 6) & 0x3fff) == 0;
        return read_udp(ip + 20, image);
    }
    if (octets < 62 || half(frame + 12) != 0x86dd || ip[6] == IPPROTO_ICMPV6)
        return false;
    image->family = AF_INET6;
    image->traffic_class = (half(ip) >> 4) & 0xff;
    image->label = (uint32_t)(ip[1] & 0xf) << 16 | half(ip + 2);
    image->hops = ip[7];
    memcpy(image->source, ip + 8, 16);
    memcpy(image->destination, ip + 24, 16);
    image->whole = ip[6] == IPPROTO_UDP;
    /* Multicast listener reports have a hop-by-hop option. */
    return image->whole ? read_udp(ip + 40, image) : ip[40] != IPPROTO_ICMPV6;
}

static bool seen(struct image *image, int timeout_ms) {
    static unsigned char frame[65536];
    struct pollfd descriptor = {.fd = wire, .events = POLLIN};
    while (poll(&descriptor, 1, timeout_ms) > 0) {
        struct sockaddr_ll from;
        socklen_t length = sizeof from;
        long octets = recvfrom(wire, frame, sizeof frame, 0, (struct sockaddr *)&from, &length);
        CHECK(octets > 0);
        if (from.sll_pkttype != PACKET_OUTGOING && read_frame(frame, octets, image))
            return true;
    }
    return false;
}

static struct image sent_by_kernel(void) {
    struct image image;
    CHECK(seen(&image, PATIENCE_MS));
    return image;
}

/* One of several, whose payload is not the first. */
static bool taken_segment(struct image *image) {
    struct daemon_record record;
    if (!daemon_take(ktsnd, &record))
        return false;
    const struct ktsn_slot *slot = &record.slot;
    *image = (struct image){.family = slot->family,
                            .traffic_class = slot->tos,
                            .hops = slot->ttl,
                            .label = slot->flow_label,
                            .source_port = slot->source_port,
                            .destination_port = slot->destination_port,
                            .length = (int)slot->length,
                            .no_checksum = (slot->flags & KTSN_SLOT_NO_CHECKSUM) != 0,
                            .whole = true};
    memcpy(image->source, slot->source, 16);
    memcpy(image->destination, slot->destination, 16);
    for (uint32_t i = 1; i < slot->length; i++)
        CHECK_EQUAL(record.payload[i], (record.payload[0] + i * 7) & 0xff);
    image->first = record.payload[0];
    return true;
}

static bool handed_over(struct image *image) {
    if (!taken_segment(image))
        return false;
    if (image->length > 0)
        CHECK_EQUAL(image->first, 0);
    return true;
}

static void check_same(const struct image *ours, const struct image *kernels) {
    CHECK_EQUAL(ours->family, kernels->family);
    CHECK_EQUAL(ours->traffic_class, kernels->traffic_class);
    CHECK_EQUAL(ours->hops, kernels->hops);
    CHECK_EQUAL(ours->label, kernels->label);
    CHECK_EQUAL(ours->source_port, kernels->source_port);
    CHECK_EQUAL(ours->destination_port, kernels->destination_port);
    CHECK_EQUAL(ours->length, kernels->length);
    CHECK_EQUAL(ours->no_checksum, kernels->no_checksum);
    CHECK_EQUAL(memcmp(ours->source, kernels->source, 16), 0);
    CHECK_EQUAL(memcmp(ours->destination, kernels->destination, 16), 0);
    CHECK_EQUAL(ours->whole, kernels->whole);
}

/* ---- messages ---- */

struct envelope {
    struct sockaddr_storage name;
    socklen_t name_length;
    size_t length;
    struct {
        int level, type;
        unsigned char data[32];
        size_t octets;
    } controls[4];
    int control_count;
};

static struct envelope none(size_t length) {
    return (struct envelope){.length = length};
}

static struct envelope to(const char *address, uint32_t scope, size_t length) {
    struct envelope envelope = none(length);
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    name.sin6_scope_id = scope;
    CHECK_EQUAL(inet_pton(AF_INET6, address, &name.sin6_addr), 1);
    memcpy(&envelope.name, &name, sizeof name);
    envelope.name_length = sizeof name;
    return envelope;
}

static struct envelope with(struct envelope envelope, int level, int type, const void *data,
                            size_t octets) {
    int i = envelope.control_count++;
    envelope.controls[i].level = level;
    envelope.controls[i].type = type;
    envelope.controls[i].octets = octets;
    memcpy(envelope.controls[i].data, data, octets);
    return envelope;
}

static struct envelope with_integer(struct envelope envelope, int level, int type, int value) {
    return with(envelope, level, type, &value, sizeof value);
}

static struct envelope with_flow(struct envelope envelope, uint32_t flow_info) {
    ((struct sockaddr_in6 *)&envelope.name)->sin6_flowinfo = htonl(flow_info);
    return envelope;
}

static size_t add(unsigned char *control, size_t at, int level, int type, const void *data,
                  size_t octets) {
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(octets), .cmsg_level = level, .cmsg_type = type};
    memcpy(control + at, &header, sizeof header);
    memcpy(control + at + CMSG_LEN(0), data, octets);
    return at + CMSG_SPACE(octets);
}

static long send_one(int fd, const struct envelope *envelope, bool stamped) {
    static unsigned char payload[8192];
    unsigned char control[512] = {0};
    size_t used = 0;
    uint64_t launch_time_ns = 1;
    struct iovec part = {payload, envelope->length};
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (unsigned char)(i * 7);
    if (stamped)
        used = add(control, used, SOL_SOCKET, SCM_TXTIME, &launch_time_ns, sizeof launch_time_ns);
    for (int i = 0; i < envelope->control_count; i++)
        used = add(control, used, envelope->controls[i].level, envelope->controls[i].type,
                   envelope->controls[i].data, envelope->controls[i].octets);
    struct msghdr message = {.msg_name = envelope->name_length > 0 ? (void *)&envelope->name : NULL,
                             .msg_namelen = envelope->name_length,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = used > 0 ? control : NULL,
                             .msg_controllen = used};
    long result = sendmsg(fd, &message, 0);
    return result < 0 ? -errno : result;
}

/* Sends a message both ways and compares what leaves. */
static struct image compare(int fd, struct envelope envelope) {
    struct image kernels, ours;
    CHECK_EQUAL(send_one(fd, &envelope, false), envelope.length);
    kernels = sent_by_kernel();
    CHECK_EQUAL(send_one(fd, &envelope, true), envelope.length);
    CHECK(handed_over(&ours));
    check_same(&ours, &kernels);
    return ours;
}

/* Both have the same result, and nothing is handed over. */
static long left_to_the_kernel(int fd, struct envelope envelope) {
    struct image image;
    long kernels = send_one(fd, &envelope, false);
    long ours = send_one(fd, &envelope, true);
    CHECK_EQUAL(ours, kernels);
    CHECK(!handed_over(&image));
    while (seen(&image, 0))
        ;
    return ours;
}

static void set(int fd, int level, int name, int value) {
    CHECK_EQUAL(setsockopt(fd, level, name, &value, sizeof value), 0);
}

static int udp(void) {
    struct {
        clockid_t clock;
        uint32_t flags;
    } txtime = {CLOCK_TAI, 0};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime), 0);
    /* Its label is compared where it is the program's. */
    set(fd, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0);
    return fd;
}

static int udp_connected(const char *address, uint32_t scope) {
    int fd = udp();
    struct envelope envelope = to(address, scope, 0);
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&envelope.name, envelope.name_length), 0);
    return fd;
}

static const size_t sizes[] = {0, 1, 64, 256, 1024, LARGEST};
#define SIZES (sizeof sizes / sizeof *sizes)

static void should_hand_over_what_the_kernel_would_send(void) {
    int fd = udp();
    for (size_t i = 0; i < SIZES; i++)
        compare(fd, to("fd77::3", 0, sizes[i]));
    close(fd);
    fd = udp_connected("fd77::3", 0);
    for (size_t i = 0; i < SIZES; i++) {
        compare(fd, none(sizes[i]));
        compare(fd, to("fd77::3", 0, sizes[i]));
    }
    close(fd);
}

static void should_name_the_neighbour_of_the_route(void) {
    struct daemon_record record;
    struct in6_addr neighbour;
    int fd = udp();
    struct envelope envelope = to("fd88::5", 0, 8);
    CHECK_EQUAL(send_one(fd, &envelope, true), 8);
    CHECK(daemon_take(ktsnd, &record));
    inet_pton(AF_INET6, "fd77::1", &neighbour);
    CHECK_EQUAL(memcmp(record.slot.next_hop, &neighbour, 16), 0);
    envelope = to("fd77::3", 0, 8);
    CHECK_EQUAL(send_one(fd, &envelope, true), 8);
    CHECK(daemon_take(ktsnd, &record));
    CHECK_EQUAL(memcmp(record.slot.next_hop, record.slot.destination, 16), 0);
    close(fd);
}

static void should_send_on_the_link_that_the_scope_names(void) {
    int fd = udp();
    for (size_t i = 0; i < SIZES; i++)
        compare(fd, to("fe80::3", interface, sizes[i]));
    /* Without, the route decides, as there is but one. */
    compare(fd, to("fe80::3", 0, 8));
    left_to_the_kernel(fd, to("fe80::3", if_nametoindex("side0"), 8));
    /* Which counts for nothing where the address has no scope. */
    compare(fd, to("fd77::3", if_nametoindex("side0"), 8));
    close(fd);
    fd = udp_connected("fe80::3", interface);
    compare(fd, none(64));
    close(fd);
    fd = udp();
    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "tsn0", 5), 0);
    compare(fd, to("fe80::3", 0, 64));
    close(fd);
}

static void should_send_ipv4_to_a_mapped_address(void) {
    int fd = udp();
    set(fd, IPPROTO_IP, IP_TOS, 0x28);
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x99);
    set(fd, IPPROTO_IP, IP_TTL, 17);
    for (size_t i = 0; i < SIZES; i++) {
        struct image image = compare(fd, to("::ffff:10.77.0.3", 0, sizes[i]));
        CHECK_EQUAL(image.family, AF_INET);
        CHECK_EQUAL(image.traffic_class, 0x28);
    }
    compare(fd, to("::ffff:10.77.0.3", 0, LARGEST_IPV4));
    CHECK_EQUAL(left_to_the_kernel(fd, to("::ffff:10.77.0.3", 0, LARGEST_IPV4 + 1)),
                LARGEST_IPV4 + 1);
    compare(fd, to("fd77::3", 0, 64));

    struct envelope plain = none(64);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, "10.77.0.3", &name.sin_addr);
    memcpy(&plain.name, &name, sizeof name);
    plain.name_length = sizeof name;
    compare(fd, plain);
    compare(fd, with_integer(plain, IPPROTO_IP, IP_TTL, 3));
    close(fd);

    fd = udp_connected("::ffff:10.77.0.3", 0);
    CHECK_EQUAL(compare(fd, none(64)).family, AF_INET);
    close(fd);
    fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    CHECK_EQUAL(left_to_the_kernel(fd, to("::ffff:10.77.0.3", 0, 64)), -ENETUNREACH);
    compare(fd, to("fd77::3", 0, 64));
    close(fd);
}

static void should_take_the_source_of_a_mapped_pktinfo(void) {
    struct in6_pktinfo info = {.ipi6_ifindex = interface};
    int fd = udp();
    inet_pton(AF_INET6, "::ffff:10.77.0.2", &info.ipi6_addr);
    compare(fd,
            with(to("::ffff:10.77.0.3", 0, 64), IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
    inet_pton(AF_INET6, "fd77::2", &info.ipi6_addr);
    CHECK_EQUAL(left_to_the_kernel(fd, with(to("::ffff:10.77.0.3", 0, 64), IPPROTO_IPV6,
                                            IPV6_PKTINFO, &info, sizeof info)),
                -EINVAL);
    close(fd);
}

static void should_not_send_as_one_family_what_is_bound_in_the_other(void) {
    int fd = udp();
    struct envelope own = to("fd77::2", 0, 0);
    ((struct sockaddr_in6 *)&own.name)->sin6_port = 0;
    CHECK_EQUAL(bind(fd, (struct sockaddr *)&own.name, own.name_length), 0);
    compare(fd, to("fd77::3", 0, 8));
    left_to_the_kernel(fd, to("::ffff:10.77.0.3", 0, 8));
    close(fd);
}

static void should_set_traffic_class_and_hops_as_the_socket_says(void) {
    int fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, 0xb9);
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7);
    compare(fd, to("fd77::3", 0, 64));
    /* After the first one was kept. */
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255);
    compare(fd, to("fd77::3", 0, 64));
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 0);
    compare(fd, to("fd77::3", 0, 64));
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, -1);
    compare(fd, to("fd77::3", 0, 64));
    left_to_the_kernel(fd, to("fd99::3", 0, 64));
    close(fd);
}

static void should_set_traffic_class_and_hops_as_the_message_says(void) {
    static const int values[] = {-1, 0, 1, 46 << 2, 255};
    int fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, 4);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct envelope envelope = to("fd77::3", 0, 64);
        if (values[i] >= 0)
            compare(fd, with_integer(envelope, IPPROTO_IPV6, IPV6_TCLASS, values[i]));
        else
            left_to_the_kernel(fd, with_integer(envelope, IPPROTO_IPV6, IPV6_TCLASS, values[i]));
        compare(fd, with_integer(envelope, IPPROTO_IPV6, IPV6_HOPLIMIT, values[i]));
    }
    CHECK_EQUAL(
        left_to_the_kernel(fd, with_integer(to("fd77::3", 0, 64), IPPROTO_IPV6, IPV6_TCLASS, 256)),
        -EINVAL);
    CHECK_EQUAL(
        left_to_the_kernel(fd, with_integer(to("fd77::3", 0, 64), IPPROTO_IPV6, IPV6_HOPLIMIT, -2)),
        -EINVAL);
    /* The other family's: the kernel passes it over. */
    CHECK_EQUAL(
        left_to_the_kernel(fd, with_integer(to("fd77::3", 0, 64), IPPROTO_IP, IP_TOS, 0x28)), 64);
    close(fd);
}

static void should_send_from_where_pktinfo_says(void) {
    struct in6_pktinfo info = {.ipi6_ifindex = 0};
    int fd = udp();
    inet_pton(AF_INET6, "fd77::22", &info.ipi6_addr);
    struct image image =
        compare(fd, with(to("fd77::3", 0, 64), IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
    CHECK_EQUAL(memcmp(image.source, &info.ipi6_addr, 16), 0);
    info.ipi6_addr = in6addr_any;
    info.ipi6_ifindex = interface;
    compare(fd, with(to("fe80::3", 0, 64), IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
    inet_pton(AF_INET6, "fd77::99", &info.ipi6_addr);
    CHECK_EQUAL(left_to_the_kernel(
                    fd, with(to("fd77::3", 0, 64), IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info)),
                -EINVAL);
    close(fd);
}

static void should_stick_to_the_interface_of_the_pktinfo_option(void) {
    struct in6_pktinfo info = {.ipi6_ifindex = if_nametoindex("side0")};
    int fd = udp();
    compare(fd, to("fd77::3", 0, 64));
    CHECK_EQUAL(setsockopt(fd, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info), 0);
    left_to_the_kernel(fd, to("fd77::3", 0, 64));
    info.ipi6_ifindex = interface;
    CHECK_EQUAL(setsockopt(fd, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info), 0);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fe80::3", 0, 64)), 64);
    info.ipi6_ifindex = 0;
    CHECK_EQUAL(setsockopt(fd, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info), 0);
    compare(fd, to("fd77::3", 0, 64));
    close(fd);
}

static void should_send_to_groups_through_the_interface_that_is_chosen(void) {
    int fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)interface);
    for (size_t i = 0; i < SIZES; i++)
        CHECK_EQUAL(compare(fd, to("ff05::1:5", 0, sizes[i])).hops, 1);
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9);
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33);
    CHECK_EQUAL(compare(fd, to("ff02::1:5", 0, 64)).hops, 9);
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)if_nametoindex("side0"));
    left_to_the_kernel(fd, to("ff05::1:5", 0, 64));
    /* The scope goes before the option. */
    compare(fd, to("ff02::1:5", interface, 64));
    left_to_the_kernel(fd, to("ff01::1:5", interface, 64));
    close(fd);
    fd = udp_connected("ff02::1:5", interface);
    compare(fd, none(64));
    close(fd);
}

static void should_label_flows_as_the_program_says(void) {
    uint32_t flow = htonl(0x1abcd);
    int fd = udp();
    CHECK_EQUAL(compare(fd, with_flow(to("fd77::3", 0, 64), 0x12345)).label, 0);
    CHECK_EQUAL(
        compare(fd, with(to("fd77::3", 0, 64), IPPROTO_IPV6, FLOWINFO, &flow, sizeof flow)).label,
        0x1abcd);
    set(fd, IPPROTO_IPV6, FLOWINFO_SEND, 1);
    CHECK_EQUAL(compare(fd, with_flow(to("fd77::3", 0, 64), 0x12345)).label, 0x12345);
    struct envelope peer = with_flow(to("fd77::3", 0, 64), 0x54321);
    CHECK_EQUAL(connect(fd, (struct sockaddr *)&peer.name, peer.name_length), 0);
    CHECK_EQUAL(compare(fd, none(64)).label, 0x54321);
    CHECK_EQUAL(compare(fd, to("fd77::3", 0, 64)).label, 0);
    close(fd);
}

static void should_label_each_flow_by_itself_where_the_kernel_does(void) {
    struct image first, second, other;
    int fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 1);
    struct envelope envelope = to("fd77::3", 0, 64);
    CHECK_EQUAL(send_one(fd, &envelope, true), 64);
    CHECK(handed_over(&first));
    CHECK_EQUAL(send_one(fd, &envelope, true), 64);
    CHECK(handed_over(&second));
    CHECK(first.label >= 0x80000 && first.label <= 0xfffff);
    CHECK_EQUAL(first.label, second.label);
    envelope = to("fd77::1", 0, 64);
    CHECK_EQUAL(send_one(fd, &envelope, true), 64);
    CHECK(handed_over(&other));
    CHECK(other.label != first.label);
    close(fd);
}

static void should_leave_out_the_checksum_where_that_is_asked_for(void) {
    int fd = udp();
    set(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, 1);
    CHECK(compare(fd, to("fd77::3", 0, 64)).no_checksum);
    close(fd);
    fd = udp();
    set(fd, SOL_SOCKET, SO_NO_CHECK, 1); /* is IPv4's */
    CHECK(!compare(fd, to("fd77::3", 0, 64)).no_checksum);
    CHECK(compare(fd, to("::ffff:10.77.0.3", 0, 64)).no_checksum);
    close(fd);
}

static void should_leave_to_the_kernel_what_is_larger_than_a_packet(void) {
    int fd = udp();
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, LARGEST + 1)), LARGEST + 1);
    compare(fd, with_integer(to("fd77::3", 0, LARGEST), IPPROTO_IPV6, IPV6_DONTFRAG, 1));
    CHECK_EQUAL(left_to_the_kernel(fd, with_integer(to("fd77::3", 0, LARGEST + 1), IPPROTO_IPV6,
                                                    IPV6_DONTFRAG, 1)),
                -EMSGSIZE);
    set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, LARGEST + 1)), -EMSGSIZE);
    compare(fd, to("fd77::3", 0, LARGEST));
    set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 0);
    set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, LARGEST + 1)), -EMSGSIZE);
    compare(fd, to("fd77::3", 0, LARGEST));
    close(fd);
}

static void should_cut_into_segments(void) {
    static const int lengths[] = {500, 500, 200};
    struct image image;
    int fd = udp();
    struct image whole = compare(fd, to("fd77::3", 0, 500));
    for (int by_control = 0; by_control < 2; by_control++) {
        const uint16_t size = 500;
        struct envelope envelope = to("fd77::3", 0, 1200);
        if (by_control)
            envelope = with(envelope, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
        set(fd, IPPROTO_UDP, UDP_SEGMENT, by_control ? 0 : size);
        CHECK_EQUAL(send_one(fd, &envelope, true), 1200);
        for (int i = 0; i < 3; i++) {
            CHECK(taken_segment(&image));
            CHECK_EQUAL(image.length, lengths[i]);
            CHECK_EQUAL(image.first, (i * 500 * 7) & 0xff);
            image.length = whole.length;
            check_same(&image, &whole);
        }
        CHECK(!handed_over(&image));
    }
    /* What the kernel does not cut it refuses. */
    set(fd, IPPROTO_UDP, UDP_SEGMENT, LARGEST + 1);
    CHECK(left_to_the_kernel(fd, to("fd77::3", 0, LARGEST + 1)) < 0);
    set(fd, IPPROTO_UDP, UDP_SEGMENT, 1);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, 200)), -EINVAL);
    set(fd, IPPROTO_UDP, UDP_SEGMENT, LARGEST);
    compare(fd, to("fd77::3", 0, LARGEST));
    close(fd);
}

static void should_fragment_as_the_kernel_where_a_socket_has_an_mtu_of_its_own(void) {
    int fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_MTU, 1280);
    left_to_the_kernel(fd, to("fd77::3", 0, 1400));
    set(fd, IPPROTO_IPV6, IPV6_MTU, 0);
    compare(fd, to("fd77::3", 0, 1400));
    close(fd);
}

static void should_leave_extension_headers_to_the_kernel(void) {
    static const unsigned char padding[8] = {0, 0, 1, 4};
    int fd = udp();
    compare(fd, to("fd77::3", 0, 64));
    CHECK_EQUAL(setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, padding, sizeof padding), 0);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, 64)), 64);
    CHECK_EQUAL(setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, NULL, 0), 0);
    compare(fd, to("fd77::3", 0, 64));
    CHECK_EQUAL(left_to_the_kernel(fd, with(to("fd77::3", 0, 64), IPPROTO_IPV6, IPV6_DSTOPTS,
                                            padding, sizeof padding)),
                64);
    close(fd);
}

static void should_leave_preferences_of_addresses_to_the_kernel(void) {
    int fd = udp();
    set(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, 2 /* public */);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, 64)), 64);
    close(fd);
}

static void should_leave_other_ways_to_the_kernel(void) {
    int fd = udp();
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd55::3", 0, 64)), 64);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fdaa::3", 0, 64)), -EACCES);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fdbb::3", 0, 64)), -ENETUNREACH);
    left_to_the_kernel(fd, to("::1", 0, 64));
    left_to_the_kernel(fd, to("fd77::2", 0, 64));
    left_to_the_kernel(fd, to("::", 0, 64));
    CHECK_EQUAL(left_to_the_kernel(fd, none(64)), -EDESTADDRREQ);
    struct envelope unspecified = to("fd77::3", 0, 64);
    unspecified.name.ss_family = AF_UNSPEC;
    CHECK_EQUAL(left_to_the_kernel(fd, unspecified), -EDESTADDRREQ);
    close(fd);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(left_to_the_kernel(fd, to("fd77::3", 0, 64)), -EAFNOSUPPORT);
    close(fd);
}

/* Once the daemon has read the hint at a neighbour of which nobody else has spoken, it has read all
 * that came before. */
static int settled_hints(void) {
    const uint32_t stranger = 0x0a4d0063;
    close(udp_connected("::ffff:10.77.0.99", 0));
    for (int i = 0; i < PATIENCE_MS && ntohl(daemon_last_hint(ktsnd)) != stranger; i++)
        poll(NULL, 0, 1);
    CHECK_EQUAL(ntohl(daemon_last_hint(ktsnd)), stranger);
    return daemon_hints(ktsnd);
}

static void should_hint_at_the_peer_s_neighbour(void) {
    int before = settled_hints();
    int fd = udp_connected("fd88::5", 0);
    for (int i = 0; i < PATIENCE_MS && daemon_hints(ktsnd) == before; i++)
        poll(NULL, 0, 1);
    CHECK_EQUAL(daemon_hints(ktsnd), before + 1);
    CHECK_EQUAL(ntohl(daemon_last_hint(ktsnd)), 0xfd770000);
    close(fd);
}

static void should_keep_the_order_of_what_is_sent(void) {
    int fd = udp();
    for (int i = 0; i < 1000; i++) {
        struct image image;
        struct envelope envelope = to("fd77::3", 0, (size_t)i);
        CHECK_EQUAL(send_one(fd, &envelope, true), i);
        if (i % 10 != 9)
            continue;
        for (int k = i - 9; k <= i; k++) {
            CHECK(handed_over(&image));
            CHECK_EQUAL(image.length, k);
        }
    }
    close(fd);
}

int main(int argc, char **argv) {
    (void)argc;
    begin_with_library(argv, "ipv6", path, sizeof path);
    alarm(120);
    make_network();
    struct daemon_options options = {
        .slot_count = 64, .slot_octets = 2048, .interface_index = interface, .mtu = 1500};
    ktsnd = daemon_start(path, &options);

    RUN(should_hand_over_what_the_kernel_would_send);
    RUN(should_name_the_neighbour_of_the_route);
    RUN(should_send_on_the_link_that_the_scope_names);
    RUN(should_send_ipv4_to_a_mapped_address);
    RUN(should_take_the_source_of_a_mapped_pktinfo);
    RUN(should_not_send_as_one_family_what_is_bound_in_the_other);
    RUN(should_set_traffic_class_and_hops_as_the_socket_says);
    RUN(should_set_traffic_class_and_hops_as_the_message_says);
    RUN(should_send_from_where_pktinfo_says);
    RUN(should_stick_to_the_interface_of_the_pktinfo_option);
    RUN(should_send_to_groups_through_the_interface_that_is_chosen);
    RUN(should_label_flows_as_the_program_says);
    RUN(should_label_each_flow_by_itself_where_the_kernel_does);
    RUN(should_leave_out_the_checksum_where_that_is_asked_for);
    RUN(should_leave_to_the_kernel_what_is_larger_than_a_packet);
    RUN(should_cut_into_segments);
    RUN(should_fragment_as_the_kernel_where_a_socket_has_an_mtu_of_its_own);
    RUN(should_leave_extension_headers_to_the_kernel);
    RUN(should_leave_preferences_of_addresses_to_the_kernel);
    RUN(should_leave_other_ways_to_the_kernel);
    RUN(should_hint_at_the_peer_s_neighbour);
    RUN(should_keep_the_order_of_what_is_sent);
    unlink(path);
    return 0;
}
