/*
 * Publishes as stacks for OPC UA over Ethernet do: a raw packet socket, its address with each frame
 * of ethertype 0xB62C, a VLAN tag that the program writes, deadlines, and a look at the error queue
 * after each. Prints each frame in hexadecimal digits, and "errors N" at the end.
 *
 *   publisher INTERFACE DESTINATION COUNT PERIOD_US
 */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stamped.h"

#define UADP 0xb62c
#define PRIORITY 3
#define LEAD_NS 200000000
#define HEADER 18
#define OCTETS 96

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void option(int fd, int level, int name, const void *value, socklen_t octets) {
    if (setsockopt(fd, level, name, value, octets) != 0)
        fail("setsockopt");
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_TAI, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t instant_ns) {
    struct timespec instant = {(time_t)(instant_ns / 1000000000u),
                               (long)(instant_ns % 1000000000u)};
    if (clock_nanosleep(CLOCK_TAI, TIMER_ABSTIME, &instant, NULL) != 0)
        fail("clock_nanosleep");
}

/* Reads one report if any comes within a time; returns how many there were. */
static int look(int fd, int wait_ms) {
    struct pollfd poller = {.fd = fd, .events = 0};
    if (poll(&poller, 1, wait_ms) != 1 || !(poller.revents & POLLERR))
        return 0;
    uint8_t frame[OCTETS], control[256];
    struct iovec part = {frame, sizeof frame};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0)
        fail("recvmsg");
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    int count = atoi(argv[3]), errors = 0, priority = PRIORITY, on = 1;
    uint64_t period_ns = (uint64_t)atoi(argv[4]) * 1000;
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(UADP),
                             .sll_ifindex = (int)if_nametoindex(argv[1]),
                             .sll_halen = ETH_ALEN};
    uint8_t *mac = to.sll_addr;
    if (sscanf(argv[2], "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", mac, mac + 1, mac + 2, mac + 3,
               mac + 4, mac + 5) != ETH_ALEN)
        fail(argv[2]);

    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sock_txtime txtime = {CLOCK_TAI, SOF_TXTIME_DEADLINE_MODE | SOF_TXTIME_REPORT_ERRORS};
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", argv[1]);
    if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) != 0)
        fail(argv[1]);
    option(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    option(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
    option(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime);
    if (bind(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("bind");

    uint8_t frame[OCTETS];
    memcpy(frame, mac, ETH_ALEN);
    memcpy(frame + ETH_ALEN, request.ifr_hwaddr.sa_data, ETH_ALEN);
    uint16_t rest[] = {htons(ETH_P_8021Q), htons(PRIORITY << 13), htons(UADP)};
    memcpy(frame + 2 * ETH_ALEN, rest, sizeof rest);
    uint64_t first_ns = now_ns() + LEAD_NS;
    for (int i = 0; i < count; i++) {
        for (size_t at = HEADER; at < OCTETS; at++)
            frame[at] = (uint8_t)(at + (size_t)i);
        if (send_stamped(fd, frame, OCTETS, 0, &to, sizeof to,
                         first_ns + (uint64_t)i * period_ns) != OCTETS)
            fail("sendmsg");
        errors += look(fd, 0);
        for (size_t at = 0; at < OCTETS; at++)
            printf("%02x", frame[at]);
        printf("\n");
        sleep_until(first_ns - LEAD_NS + (uint64_t)(i + 1) * period_ns);
    }
    while (look(fd, LEAD_NS / 1000000))
        errors++;
    printf("errors %d\n", errors);
    return 0;
}
