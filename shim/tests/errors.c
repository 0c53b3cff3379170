/*
 * Prints result and errno of calls around SO_TXTIME, one a line. Run with and without the library,
 * it must print the same. Plain POSIX.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef NO_CLOSE_RANGE
static int close_range(unsigned int first, unsigned int last, int flags) {
    return (int)syscall(436, first, last, flags);
}
#endif

#define FAR "10.77.0.3"

static void line(const char *name, long result) {
    printf("%s: %ld %s\n", name, result, result < 0 ? strerror(errno) : "");
    fflush(stdout);
}

static struct sockaddr_in to(const char *ip, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
}

static int udp(void) {
    struct sock_txtime txtime = {CLOCK_TAI, 0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime);
    return fd;
}

static int udp_to(const char *ip, int port) {
    struct sockaddr_in address = to(ip, port);
    int fd = udp();
    connect(fd, (struct sockaddr *)&address, sizeof address);
    return fd;
}

static char octets[70000];

struct call {
    const char *ip;
    int port;
    int family;
    int name_length;
    size_t length;
    size_t parts;
    int flags;
    int level, type;
    size_t cmsg_length;
    int value;
    int stamp_length;
};

static long stamped(int fd, struct call call) {
    struct iovec parts[1100] = {{octets, call.length}};
    struct sockaddr_in address;
    _Alignas(8) char control[128] = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = call.parts ? call.parts : 1};
    if (call.ip != NULL) {
        address = to(call.ip, call.port);
        address.sin_family = (sa_family_t)(call.family ? call.family - 1 : AF_INET);
        message.msg_name = &address;
        message.msg_namelen =
            call.name_length ? (socklen_t)call.name_length : (socklen_t)sizeof address;
    }
    uint64_t instant = 1;
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof instant);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_TXTIME;
    header->cmsg_len = CMSG_LEN(call.stamp_length ? (size_t)call.stamp_length : sizeof instant);
    memcpy(CMSG_DATA(header), &instant, sizeof instant);
    if (call.type != 0) {
        struct cmsghdr *second = (struct cmsghdr *)(control + CMSG_SPACE(sizeof instant));
        second->cmsg_level = call.level;
        second->cmsg_type = call.type;
        second->cmsg_len = call.cmsg_length ? call.cmsg_length : CMSG_LEN(sizeof call.value);
        memcpy(CMSG_DATA(second), &call.value, sizeof call.value);
        message.msg_controllen += CMSG_SPACE(sizeof call.value);
    }
    return sendmsg(fd, &message, call.flags);
}

static void options(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sock_txtime txtime = {CLOCK_TAI, 0};
    socklen_t length = sizeof txtime;
    line("getsockopt unset", getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length));
    printf("  %d %u %u\n", txtime.clockid, txtime.flags, length);
    line("setsockopt short", setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, 2));
    line("setsockopt length", setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, 12));
    line("setsockopt pointer", setsockopt(fd, SOL_SOCKET, SO_TXTIME, (void *)1, sizeof txtime));
    txtime.flags = 4;
    line("setsockopt flag", setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    txtime = (struct sock_txtime){CLOCK_PROCESS_CPUTIME_ID, 0};
    line("setsockopt clock", setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    line("not enabled", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    txtime = (struct sock_txtime){CLOCK_MONOTONIC, 3};
    line("setsockopt", setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    txtime = (struct sock_txtime){0, 0};
    line("getsockopt", getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length));
    printf("  %d %u %u\n", txtime.clockid, txtime.flags, length);
    length = 4;
    line("getsockopt short", getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &length));
    printf("  %u\n", length);
    line("setsockopt descriptor", setsockopt(-1, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    line("setsockopt no socket",
         setsockopt(STDIN_FILENO, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    close(fd);
}

static void addresses(void) {
    int fd = udp();
    line("sent", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    line("empty", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 0}));
    line("bad descriptor", stamped(-1, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    line("closed descriptor", stamped(900, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    line("no socket", stamped(STDIN_FILENO, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    line("name too short",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10, .name_length = 15}));
    line("name too long",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10, .name_length = 16}));
    line("family IPv6",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10, .family = AF_INET6 + 1}));
    line(
        "family unspecified",
        stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10, .family = AF_UNSPEC + 1}));
    line("port 0", stamped(fd, (struct call){.ip = FAR, .port = 0, .length = 10}));
    line("no address", stamped(fd, (struct call){.length = 10}));
    line("no route", stamped(fd, (struct call){.ip = "203.0.113.1", .port = 9000, .length = 10}));
    line("prohibited", stamped(fd, (struct call){.ip = "198.51.100.1", .port = 1, .length = 10}));
    line("broadcast", stamped(fd, (struct call){.ip = "10.77.255.255", .port = 9, .length = 10}));
    line("limited broadcast",
         stamped(fd, (struct call){.ip = "255.255.255.255", .port = 9, .length = 10}));
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    line("broadcast allowed",
         stamped(fd, (struct call){.ip = "10.77.255.255", .port = 9, .length = 10}));
    on = 0;
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    line("broadcast again",
         stamped(fd, (struct call){.ip = "10.77.255.255", .port = 9, .length = 10}));
    line("loopback", stamped(fd, (struct call){.ip = "127.0.0.1", .port = 9000, .length = 10}));
    close(fd);

    struct sockaddr_in elsewhere = to("127.0.0.1", 0);
    fd = udp();
    bind(fd, (struct sockaddr *)&elsewhere, sizeof elsewhere);
    line("bound to loopback", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    close(fd);
    fd = udp();
    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
    line("bound to device", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    close(fd);
}

static void lengths(void) {
    int fd = udp();
    int discover = IP_PMTUDISC_DO;
    line("largest", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 1472}));
    line("fragmented", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 1473}));
    line("65507", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 65507}));
    line("65508", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 65508}));
    line("65536", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 65536}));
    line("1024 parts",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10, .parts = 1024}));
    line("1025 parts",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10, .parts = 1025}));
    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover);
    line("not fragmented", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 1473}));
    line("fits", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 1472}));
    close(fd);
}

static void controls(void) {
    int fd = udp();
    struct call call = {.ip = FAR, .port = 9000, .length = 10};
#define CONTROL(name, ...)                                                                         \
    do {                                                                                           \
        struct call with = {.ip = call.ip, .port = call.port, .length = 10, __VA_ARGS__};          \
        line(name, stamped(fd, with));                                                             \
    } while (0)
    CONTROL("out of band", .flags = MSG_OOB);
    CONTROL("no signal", .flags = MSG_NOSIGNAL | MSG_DONTWAIT);
    CONTROL("confirm", .flags = MSG_CONFIRM);
    CONTROL("stamp of 4", .stamp_length = 4);
    CONTROL("stamp of 12", .stamp_length = 12);
    CONTROL("unknown socket control", .level = SOL_SOCKET, .type = 250);
    CONTROL("unknown IP control", .level = IPPROTO_IP, .type = 250);
    CONTROL("unknown UDP control", .level = IPPROTO_UDP, .type = 250);
    CONTROL("control of another level", .level = 250, .type = 1);
    CONTROL("control too short", .level = IPPROTO_IP, .type = IP_TTL, .cmsg_length = 4);
    CONTROL("control too long", .level = IPPROTO_IP, .type = IP_TTL, .cmsg_length = 4000);
    CONTROL("TTL", .level = IPPROTO_IP, .type = IP_TTL, .value = 7);
    CONTROL("TTL 0", .level = IPPROTO_IP, .type = IP_TTL, .value = 0);
    CONTROL("TTL 256", .level = IPPROTO_IP, .type = IP_TTL, .value = 256);
    CONTROL("TOS", .level = IPPROTO_IP, .type = IP_TOS, .value = 0xb8);
    CONTROL("TOS 256", .level = IPPROTO_IP, .type = IP_TOS, .value = 256);
    CONTROL("priority", .level = SOL_SOCKET, .type = SO_PRIORITY, .value = 5);
    CONTROL("mark", .level = SOL_SOCKET, .type = SO_MARK, .value = 5);
    CONTROL("segment", .level = IPPROTO_UDP, .type = UDP_SEGMENT, .value = 5, .cmsg_length = 18);
#undef CONTROL
    close(fd);
}

/* Waits until the kernel has taken in the answer of a host where nobody listens. */
static void await_error(int fd, int timeout_ms) {
    struct pollfd descriptor = {.fd = fd, .events = POLLIN};
    poll(&descriptor, 1, timeout_ms);
}

static void errors_that_come_later(void) {
    int fd = udp_to(FAR, 9);
    int error;
    socklen_t length = sizeof error;
    struct call call = {.length = 10};
    send(fd, "x", 1, 0);
    await_error(fd, 5000);
    line("pending error, first datagram", stamped(fd, call));
    line("after the error", stamped(fd, call));
    /* That one was answered too, if it took the kernel's way. */
    await_error(fd, 200);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    send(fd, "x", 1, 0);
    await_error(fd, 5000);
    line("pending error, later datagram", stamped(fd, call));
    close(fd);
}

static void states(void) {
    struct call call = {.length = 10};
    int fd = udp_to(FAR, 9000);
    line("connected", stamped(fd, call));
    line("connected, other address",
         stamped(fd, (struct call){.ip = "10.77.0.4", .port = 9000, .length = 10}));
    struct sockaddr_in none = {.sin_family = AF_UNSPEC};
    connect(fd, (struct sockaddr *)&none, sizeof none);
    line("dissolved", stamped(fd, call));
    close(fd);

    fd = udp_to(FAR, 9000);
    line("before shutdown", stamped(fd, call));
    line("shutdown", shutdown(fd, SHUT_WR));
    line("after shutdown", stamped(fd, call));
    close(fd);
    fd = udp();
    line("before shutdown, unconnected",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    line("shutdown, unconnected", shutdown(fd, SHUT_WR));
    line("after shutdown, unconnected",
         stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    close(fd);

    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    line("IPv6 socket", stamped(fd, (struct call){.ip = FAR, .port = 9000, .length = 10}));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    line("TCP socket", stamped(fd, (struct call){.length = 10, .flags = MSG_NOSIGNAL}));
    close(fd);
    fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    line("Unix socket", stamped(fd, (struct call){.length = 10}));
    close(fd);
}

static void several(void) {
    int fd = udp_to(FAR, 9000);
    struct iovec part = {octets, 10};
    struct mmsghdr messages[3] = {0};
    for (int i = 0; i < 3; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
    line("sendmmsg none", sendmmsg(fd, messages, 0, 0));
    line("sendmmsg plain", sendmmsg(fd, messages, 3, 0));
    line("sendmmsg pointer", sendmmsg(fd, NULL, 1, 0));
    line("sendmmsg descriptor", sendmmsg(-1, messages, 3, 0));

    uint64_t instant = 1;
    _Alignas(8) char control[64] = {0};
    struct msghdr *second = &messages[1].msg_hdr;
    second->msg_control = control;
    second->msg_controllen = CMSG_SPACE(sizeof instant);
    struct cmsghdr *header = CMSG_FIRSTHDR(second);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_TXTIME;
    header->cmsg_len = CMSG_LEN(sizeof instant);
    line("sendmmsg mixed", sendmmsg(fd, messages, 3, 0));
    header->cmsg_len = CMSG_LEN(4);
    line("sendmmsg stops", sendmmsg(fd, messages, 3, 0));
    messages[0] = messages[1];
    line("sendmmsg fails", sendmmsg(fd, messages, 3, 0));
    close(fd);
}

#ifdef __GLIBC__
#define LIBRARY_READS(pointer) false
#else
/* Other C libraries copy messages, and fall themselves where these lead nowhere. */
#define LIBRARY_READS(pointer) ((pointer) == 1 || (pointer) == 3)
#endif

/* Each pointer of a message in turn leads to where nobody can read. */
static void pointers(void) {
    enum { PAGE = 4096 };
    int fd = udp_to(FAR, 9000);
    char *bad = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page + PAGE, PAGE, PROT_NONE);
    for (int which = 0; which < 12; which++) {
        if (LIBRARY_READS(which))
            continue;
        struct sockaddr_in address = to(FAR, 9000);
        struct iovec parts[2] = {{octets, 10}, {octets, 20}};
        uint64_t instant = 1;
        _Alignas(8) char control[CMSG_SPACE(sizeof instant)] = {0};
        struct msghdr message = {.msg_name = &address,
                                 .msg_namelen = sizeof address,
                                 .msg_iov = parts,
                                 .msg_iovlen = 2,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_TXTIME;
        header->cmsg_len = CMSG_LEN(sizeof instant);
        memcpy(CMSG_DATA(header), &instant, sizeof instant);
        struct msghdr *passed = &message;
        switch (which) {
        case 0:
            passed = NULL;
            break;
        case 1:
            passed = (struct msghdr *)bad;
            break;
        case 2:
            message.msg_name = bad;
            break;
        case 3:
            message.msg_control = bad;
            break;
        case 4:
            message.msg_iov = (struct iovec *)bad;
            break;
        case 5:
            parts[0].iov_base = bad;
            break;
        case 6:
            parts[1].iov_base = bad + PAGE;
            break;
        case 7:
            parts[1].iov_base = page + PAGE - 19;
            break;
        case 8:
            parts[1].iov_base = NULL;
            break;
        case 9:
            parts[0] = (struct iovec){(void *)1, 0};
            break;
        case 10:
            parts[0].iov_base = (void *)(UINTPTR_MAX - 5);
            break;
        case 11:
            parts[0] = (struct iovec){bad, 9000};
            break;
        }
        char name[32];
        snprintf(name, sizeof name, "pointer %d", which);
        line(name, sendmsg(fd, passed, 0));
        struct mmsghdr several = {.msg_hdr = message};
        if (which > 1)
            line("  among several", sendmmsg(fd, &several, 1, 0));
    }
    if (!LIBRARY_READS(1))
        line("sendmmsg bad pointer", sendmmsg(fd, (struct mmsghdr *)bad, 1, 0));
    munmap(page, 2 * PAGE);
    munmap(bad, 4 * PAGE);
    close(fd);
}

static void descriptors(void) {
    int fd = udp_to(FAR, 9000);
    stamped(fd, (struct call){.length = 10});
    line("close", close(fd));
    line("close again", close(fd));
    line("close nothing", close(-1));
    line("dup2", dup2(STDERR_FILENO, 50));
    line("dup2 same", dup2(50, 50));
    line("dup2 nothing", dup2(51, 52));
    line("dup3 same", dup3(50, 50, 0));
    line("dup3 flag", dup3(50, 53, 1));
    line("close_range order", close_range(60, 50, 0));
    line("close_range flag", close_range(50, 60, 64));
    line("close_range", close_range(50, ~0u, 0));
    line("closed", fcntl(50, F_GETFD));
    line("lowest", dup(STDERR_FILENO));
}

int main(void) {
    signal(SIGPIPE, SIG_DFL);
    options();
    addresses();
    lengths();
    controls();
    errors_that_come_later();
    states();
    several();
    pointers();
    descriptors();
    return 0;
}
