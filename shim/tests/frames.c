/*
 * Sends stamped frames through packet sockets and prints what the calls return, a case a line:
 *
 *   name|ways|priority|stamp|result errno
 *
 * The ways tell which way each frame of the case is to take where the library is: R, KTSNd's ring,
 * K, the kernel; - for none. Run with and without the library, it must print the same, and the same
 * frames must leave. Plain POSIX. Usage: frames INTERFACE OTHER-INTERFACE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AVTP 0x22f0

static const uint8_t far_mac[] = {0x02, 0, 0, 0, 0, 0x77};
static const uint8_t own_mac[] = {0x02, 0, 0, 0, 0, 0x02};
static const uint8_t avtp_group[] = {0x91, 0xe0, 0xf0, 0, 0xfe, 0};

static int home, side;
static uint64_t stamp;
static uint8_t octets[70000];

static void line(const char *name, const char *ways, int priority, uint64_t first, long result) {
    printf("%s|%s|%d|%llu|%ld %s\n", name, ways, priority, (unsigned long long)first, result,
           result < 0 ? strerrorname_np(errno) : "");
    fflush(stdout);
}

/* ---- sockets ---- */

static int stamping(int type, int protocol) {
    struct sock_txtime txtime = {CLOCK_TAI, 0};
    int fd = socket(AF_PACKET, type, htons((uint16_t)protocol));
    setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime);
    return fd;
}

static int bind_to(int fd, int interface, int protocol) {
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_ifindex = interface,
                                  .sll_protocol = htons((uint16_t)protocol)};
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

static int bound(int type, int interface, int protocol) {
    int fd = stamping(type, 0);
    bind_to(fd, interface, protocol);
    return fd;
}

/* ---- frames ---- */

static size_t put_16(size_t at, int value) {
    octets[at] = (uint8_t)(value >> 8);
    octets[at + 1] = (uint8_t)value;
    return at + 2;
}

/* A frame of a length, with up to two tags (type << 16 | TCI; 0: none). */
static void frame(const uint8_t *destination, uint32_t outer, uint32_t inner, size_t length) {
    for (size_t i = 0; i < length; i++)
        octets[i] = (uint8_t)(i * 7 + stamp);
    memcpy(octets, destination, 6);
    memcpy(octets + 6, own_mac, 6);
    size_t at = 12;
    if (outer != 0)
        at = put_16(put_16(at, (int)(outer >> 16)), (int)(outer & 0xffff));
    if (inner != 0)
        at = put_16(put_16(at, (int)(inner >> 16)), (int)(inner & 0xffff));
    put_16(at, AVTP);
}

struct call {
    const char *ways;
    int priority;
    size_t length;
    size_t parts;
    int flags;
    bool named;
    bool unstamped;
    int interface, protocol, family, hardware_length, name_length;
    int level, type, value, control_length, stamp_length;
    const void *payload, *name, *control;
};

struct message {
    struct iovec parts[1100];
    struct sockaddr_ll address;
    char room[16];
    _Alignas(8) char control[128];
    struct msghdr header;
};

static void compose(struct message *message, const struct call *call) {
    static const uint8_t none[8];
    *message = (struct message){
        .parts = {{call->payload != NULL ? (void *)call->payload : octets, call->length}},
        .address = {.sll_family = (sa_family_t)(call->family ? call->family - 1 : AF_PACKET),
                    .sll_protocol = htons((uint16_t)call->protocol),
                    .sll_ifindex = call->interface,
                    .sll_halen = (uint8_t)call->hardware_length}};
    memcpy(message->address.sll_addr, call->hardware_length > 0 ? far_mac : none, 6);
    struct msghdr *header = &message->header;
    header->msg_iov = message->parts;
    header->msg_iovlen = call->parts ? call->parts : 1;
    for (size_t i = 1; call->parts > 1 && i < call->parts && i < 8; i++) {
        size_t half = message->parts[i - 1].iov_len / 2;
        message->parts[i] = (struct iovec){(char *)message->parts[i - 1].iov_base + half,
                                           message->parts[i - 1].iov_len - half};
        message->parts[i - 1].iov_len = half;
    }
    if (call->named) {
        header->msg_name = call->name != NULL ? (void *)call->name : &message->address;
        header->msg_namelen =
            call->name_length ? (socklen_t)call->name_length : (socklen_t)sizeof message->address;
    }
    if (call->unstamped)
        return;
    uint64_t instant = ++stamp;
    header->msg_control = call->control != NULL ? (void *)call->control : message->control;
    header->msg_controllen = CMSG_SPACE(sizeof instant);
    struct cmsghdr *first = (struct cmsghdr *)message->control;
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_TXTIME;
    first->cmsg_len = CMSG_LEN(call->stamp_length ? (size_t)call->stamp_length : sizeof instant);
    memcpy(CMSG_DATA(first), &instant, sizeof instant);
    if (call->type != 0) {
        struct cmsghdr *second = (struct cmsghdr *)(message->control + CMSG_SPACE(sizeof instant));
        second->cmsg_level = call->level;
        second->cmsg_type = call->type;
        second->cmsg_len =
            call->control_length ? (size_t)call->control_length : CMSG_LEN(sizeof call->value);
        memcpy(CMSG_DATA(second), &call->value, sizeof call->value);
        header->msg_controllen += CMSG_SPACE(sizeof call->value);
    }
}

static void send_one(const char *name, int fd, struct call call) {
    static struct message message;
    compose(&message, &call);
    line(name, call.ways, call.priority, stamp, sendmsg(fd, &message.header, call.flags));
}

#define SEND(name, fd, ways_, priority_, length_, ...)                                             \
    send_one(name, fd,                                                                             \
             (struct call){.ways = ways_, .priority = priority_, .length = length_, __VA_ARGS__})
#define TO_HOME .named = true, .interface = home, .protocol = AVTP, .hardware_length = 6

/* ---- cases ---- */

static void options(void) {
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sock_txtime txtime = {CLOCK_TAI, 4};
    socklen_t length = sizeof txtime;
    bind_to(fd, home, AVTP);
    frame(far_mac, 0, 0, 60);
    SEND("not enabled", fd, "-", 0, 60);
    line("flag", "-", 0, 0, setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    line("short", "-", 0, 0, setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, 2));
    txtime = (struct sock_txtime){CLOCK_MONOTONIC, 3};
    line("set", "-", 0, 0, setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    txtime = (struct sock_txtime){0};
    line("get", "-", 0, 0, getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length));
    printf("# %d %u %u\n", txtime.clockid, txtime.flags, length);
    close(fd);
}

static void raw_frames(void) {
    int fd = stamping(SOCK_RAW, 0);
    frame(far_mac, 0, 0, 100);
    SEND("unicast", fd, "R", 0, 100, TO_HOME);
    frame(avtp_group, 0, 0, 100);
    SEND("multicast", fd, "R", 0, 100, TO_HOME);
    frame((const uint8_t *)"\xff\xff\xff\xff\xff\xff", 0, 0, 100);
    SEND("broadcast", fd, "R", 0, 100, TO_HOME);
    frame(far_mac, 0x8100a064, 0, 100);
    SEND("tagged", fd, "R", 5, 100, TO_HOME);
    frame(far_mac, 0x8100e000, 0, 100);
    SEND("priority tag", fd, "R", 7, 100, TO_HOME);
    frame(far_mac, 0x81007fff, 0, 100);
    SEND("tagged, may be dropped", fd, "R", 3, 100, TO_HOME);
    frame(far_mac, 0x88a86001, 0x8100a002, 100);
    SEND("two tags", fd, "R", 3, 100, TO_HOME);
    memcpy(octets + 6, far_mac, 6);
    SEND("of somebody else", fd, "R", 3, 100, TO_HOME);
    frame(far_mac, 0, 0, 100);
    SEND("in parts", fd, "R", 0, 100, .parts = 5, TO_HOME);
    SEND("family 0", fd, "R", 0, 100, TO_HOME, .family = AF_UNSPEC + 1);
    SEND("family IPv4", fd, "R", 0, 100, TO_HOME, .family = AF_INET + 1);
    SEND("other protocol", fd, "R", 0, 100, .named = true, .interface = home);
    close(fd);

    fd = bound(SOCK_RAW, home, AVTP);
    SEND("bound", fd, "R", 0, 100);
    SEND("bound and named", fd, "R", 0, 100, TO_HOME);
    SEND("bound, named elsewhere", fd, "K", 0, 100, .named = true, .interface = side);
    close(fd);
    fd = bound(SOCK_RAW, side, AVTP);
    SEND("bound elsewhere", fd, "K", 0, 100);
    bind_to(fd, home, AVTP);
    SEND("bound anew", fd, "R", 0, 100);
    bind_to(fd, side, AVTP);
    SEND("bound back", fd, "K", 0, 100);
    SEND("named from elsewhere", fd, "R", 0, 100, TO_HOME);
    close(fd);
}

static void sizes(void) {
    int fd = bound(SOCK_RAW, home, ETH_P_ALL);
    static const struct {
        size_t length;
        const char *plain, *tagged, *service;
    } cases[] = {{0, "-", "-", "-"},    {1, "-", "-", "-"},    {13, "-", "-", "-"},
                 {14, "R", NULL, NULL}, {15, "R", NULL, NULL}, {19, "R", NULL, NULL},
                 {20, "R", "R", "R"},   {59, "R", "R", "R"},   {60, "R", "R", "R"},
                 {1513, "R", "R", "R"}, {1514, "R", "R", "R"}, {1515, "-", "R", "-"},
                 {1517, "-", "R", "-"}, {1518, "-", "R", "-"}, {1519, "-", "-", "-"},
                 {9000, "-", "-", "-"}, {65535, "-", "-", "-"}};
    char name[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(name, sizeof name, "%zu octets", cases[i].length);
        frame(far_mac, 0, 0, cases[i].length);
        SEND(name, fd, cases[i].plain, 0, cases[i].length);
        if (cases[i].tagged == NULL)
            continue; /* the receiving kernel drops what ends with its tag */
        snprintf(name, sizeof name, "%zu octets with a tag", cases[i].length);
        frame(far_mac, 0x81004001, 0, cases[i].length);
        SEND(name, fd, cases[i].tagged, 2, cases[i].length);
        snprintf(name, sizeof name, "%zu octets with a service tag", cases[i].length);
        frame(far_mac, 0x88a84001, 0, cases[i].length);
        SEND(name, fd, cases[i].service, 2, cases[i].length);
    }
    frame(far_mac, 0, 0, 100);
    SEND("1024 parts", fd, "R", 0, 100, .parts = 1024);
    SEND("1025 parts", fd, "-", 0, 100, .parts = 1025);
    close(fd);
}

static void cooked_frames(void) {
    int fd = stamping(SOCK_DGRAM, 0);
    for (size_t i = 0; i < 2000; i++)
        octets[i] = (uint8_t)(i * 11);
    octets[0] = 0x60; /* of a tag, where there is one */
    octets[1] = 0x05;
    SEND("cooked", fd, "R", 0, 100, TO_HOME);
    SEND("cooked empty", fd, "R", 0, 0, TO_HOME);
    SEND("cooked without hardware address", fd, "R", 0, 100, .named = true, .interface = home,
         .protocol = AVTP);
    SEND("cooked tag", fd, "R", 3, 100, .named = true, .interface = home, .protocol = ETH_P_8021Q,
         .hardware_length = 6);
    SEND("cooked length", fd, "R", 0, 100, .named = true, .interface = home,
         .protocol = ETH_P_802_2, .hardware_length = 6);
    SEND("cooked 802.3", fd, "R", 0, 100, .named = true, .interface = home, .protocol = ETH_P_802_3,
         .hardware_length = 6);
    SEND("cooked protocol 0", fd, "R", 0, 100, .named = true, .interface = home,
         .hardware_length = 6);
    SEND("cooked 1500", fd, "R", 0, 1500, TO_HOME);
    SEND("cooked 1501", fd, "-", 0, 1501, TO_HOME);
    SEND("cooked 1504 with a tag", fd, "R", 3, 1504, .named = true, .interface = home,
         .protocol = ETH_P_8021Q, .hardware_length = 6);
    SEND("cooked 1505 with a tag", fd, "-", 3, 1505, .named = true, .interface = home,
         .protocol = ETH_P_8021Q, .hardware_length = 6);
    SEND("cooked elsewhere", fd, "K", 0, 100, .named = true, .interface = side, .protocol = AVTP,
         .hardware_length = 6);
    bind_to(fd, home, AVTP);
    SEND("cooked to nobody", fd, "-", 0, 100);
    SEND("cooked, bound and named", fd, "R", 0, 100, TO_HOME);
    close(fd);
}

static void addresses(void) {
    int fd = stamping(SOCK_RAW, 0), cooked = stamping(SOCK_DGRAM, 0);
    frame(far_mac, 0, 0, 100);
    SEND("to nobody", fd, "-", 0, 100);
    SEND("interface 0", fd, "-", 0, 100, .named = true);
    SEND("no such interface", fd, "-", 0, 100, .named = true, .interface = 999);
    SEND("negative interface", fd, "-", 0, 100, .named = true, .interface = -1);
    SEND("name of 19", fd, "-", 0, 100, TO_HOME, .name_length = 19);
    SEND("name of 12", fd, "-", 0, 100, TO_HOME, .name_length = 12);
    SEND("name of 24", fd, "R", 0, 100, TO_HOME, .name_length = 24);
    SEND("name of 200", fd, "R", 0, 100, TO_HOME, .name_length = 200);
    SEND("address of 8", fd, "R", 0, 100, .named = true, .interface = home, .hardware_length = 8);
    SEND("address of 9", fd, "-", 0, 100, .named = true, .interface = home, .hardware_length = 9);
    SEND("address of 9 in 24", fd, "R", 0, 100, .named = true, .interface = home,
         .hardware_length = 9, .name_length = 24);
    SEND("cooked name of 19", cooked, "-", 0, 100, TO_HOME, .name_length = 19);
    SEND("cooked name of 17", cooked, "-", 0, 100, TO_HOME, .name_length = 17);
    SEND("cooked interface 0", cooked, "-", 0, 100, .named = true);
    SEND("no descriptor", -1, "-", 0, 100, TO_HOME);
    SEND("no socket", STDIN_FILENO, "-", 0, 100, TO_HOME);
    close(fd);
    close(cooked);
}

static void controls(void) {
    int fd = bound(SOCK_RAW, home, AVTP);
    frame(far_mac, 0, 0, 100);
    SEND("stamp of 4", fd, "-", 0, 100, .stamp_length = 4);
    SEND("stamp of 20", fd, "-", 0, 100, .stamp_length = CMSG_LEN(12));
    SEND("unknown socket control", fd, "-", 0, 100, .level = SOL_SOCKET, .type = 250);
    SEND("IP control", fd, "R", 0, 100, .level = IPPROTO_IP, .type = IP_TTL, .value = 0);
    SEND("packet control", fd, "R", 0, 100, .level = SOL_PACKET, .type = PACKET_AUXDATA);
    SEND("control too long", fd, "-", 0, 100, .level = SOL_SOCKET, .type = SO_PRIORITY,
         .control_length = 100);
    SEND("control too short", fd, "-", 0, 100, .level = SOL_SOCKET, .type = SO_PRIORITY,
         .control_length = 4);
    SEND("mark", fd, "K", 0, 100, .level = SOL_SOCKET, .type = SO_MARK, .value = 3);
    SEND("unstamped", fd, "K", 0, 100, .unstamped = true);
    SEND("more", fd, "R", 0, 100, .flags = MSG_MORE);
    SEND("don't wait", fd, "R", 0, 100, .flags = MSG_DONTWAIT | MSG_NOSIGNAL);
    SEND("out of band", fd, "K", 0, 100, .flags = MSG_OOB);

    void *unreadable = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SEND("payload that can't be read", fd, "-", 0, 100, .payload = unreadable);
    SEND("name that can't be read", fd, "-", 0, 100, TO_HOME, .name = unreadable);
    SEND("control that can't be read", fd, "-", 0, 100, .control = unreadable);

    for (int priority = 1; priority <= 6; priority += 5) {
        setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
        SEND("priority", fd, "R", priority, 100);
    }
    close(fd);
}

static void kernel_s_own(void) {
    const int on = 1;
    frame(far_mac, 0, 0, 100);
    int fd = bound(SOCK_RAW, home, AVTP);
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    SEND("no queueing discipline", fd, "K", 0, 100);
    close(fd);

    fd = bound(SOCK_RAW, home, AVTP);
    struct tpacket_req ring = {
        .tp_block_size = 4096, .tp_block_nr = 4, .tp_frame_size = 2048, .tp_frame_nr = 8};
    setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof ring);
    SEND("empty ring", fd, "-", 0, 100);
    ring = (struct tpacket_req){0};
    setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof ring);
    SEND("without the ring", fd, "R", 0, 100);
    close(fd);

    fd = bound(SOCK_RAW, home, AVTP);
    SEND("before virtio headers", fd, "R", 0, 100);
    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on);
    memmove(octets + 10, octets, 100);
    memset(octets, 0, 10);
    SEND("virtio header", fd, "K", 0, 110);
    close(fd);
    frame(far_mac, 0, 0, 100);
}

static void several(void) {
    static struct message messages[3];
    struct mmsghdr vector[3];
    int fd = bound(SOCK_RAW, home, AVTP);
    frame(far_mac, 0, 0, 100);
    uint64_t first = stamp + 1;
    for (int i = 0; i < 3; i++) {
        compose(&messages[i], &(struct call){.length = 100, .unstamped = i == 2});
        vector[i].msg_hdr = messages[i].header;
    }
    line("several", "RRK", 0, first, sendmmsg(fd, vector, 3, 0));
    first = stamp + 1;
    compose(&messages[0], &(struct call){.length = 100});
    compose(&messages[1], &(struct call){.length = 5});
    for (int i = 0; i < 2; i++)
        vector[i].msg_hdr = messages[i].header;
    line("several, the last bad", "R", 0, first, sendmmsg(fd, vector, 2, 0));

    int copy = dup(fd);
    close(fd);
    SEND("copied", copy, "R", 0, 100);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        SEND("of a child", copy, "R", 0, 100);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    stamp++;
    SEND("of its parent", copy, "R", 0, 100);
    close(copy);
}

static void receivers(void) {
    int fd = bound(SOCK_RAW, home, AVTP), all = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    bind_to(all, home, ETH_P_ALL);
    frame(far_mac, 0, 0, 100);
    SEND("seen by a receiver", fd, "K", 0, 100, .unstamped = true);
    uint8_t seen[2048];
    struct pollfd descriptor = {.fd = all, .events = POLLIN};
    poll(&descriptor, 1, 10000);
    line("received", "-", 0, 0, recv(all, seen, sizeof seen, MSG_DONTWAIT));
    line("the same", "-", 0, 0, memcmp(seen, octets, 100));
    close(all);
    close(fd);
}

static void down(const char *interface) {
    char command[128];
    int fd = bound(SOCK_RAW, home, AVTP);
    frame(far_mac, 0, 0, 100);
    SEND("still up", fd, "R", 0, 100);
    close(fd);
    /* Bound to an interface that goes down, a socket has a pending error, too. */
    int other = bound(SOCK_RAW, side, AVTP);
    snprintf(command, sizeof command, "ip link set %s down", interface);
    line("down", "-", 0, 0, system(command));
    SEND("the interface is down", other, "-", 0, 100);
    fd = stamping(SOCK_RAW, 0);
    SEND("named that is down", fd, "-", 0, 100, .named = true, .interface = side);
    SEND("name too short for one that is down", fd, "-", 0, 100, .named = true, .interface = side,
         .name_length = 19);
    close(fd);
    close(other);
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    home = (int)if_nametoindex(argv[1]);
    side = (int)if_nametoindex(argv[2]);
    options();
    raw_frames();
    sizes();
    cooked_frames();
    addresses();
    controls();
    kernel_s_own();
    several();
    receivers();
    down(argv[2]);
    return 0;
}
