/*
 * Sends frames of ethertype 0x22F0 (IEEE 1722) through packet sockets, each with a launch time of
 * its own: raw and cooked sockets, to one and to a group, with and without a tag. Prints each frame
 * in hexadecimal digits. Plain POSIX.
 *
 *   avtp INTERFACE DESTINATION COUNT PERIOD_US [SOURCE]
 *
 * A SOURCE is written into the raw frames in place of the interface's own address.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stamped.h"

#define AVTP 0x22f0
#define LEAD_NS 500000000

static const uint8_t group[] = {0x91, 0xe0, 0xf0, 0x00, 0xfe, 0x01};

/* What the frames are in turn. */
static const struct kind {
    int to_group;
    uint32_t tag; /* 0: none */
    int cooked;
    size_t octets; /* 0: as many as the interface takes */
} kinds[] = {
    {0, 0, 0, 60},           {1, 0, 0, 200}, {0, 0x8100a064, 0, 100}, {1, 0x81006064, 0, 64},
    {1, 0x8100c000, 0, 0},   {0, 0, 1, 300}, {0, 0, 0, 20},           {0, 0x81000000, 0, 64},
    {1, 0x88a84001, 0, 500}, {1, 0, 1, 0},
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void parse_mac(const char *text, uint8_t mac[6]) {
    if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
               mac + 5) != 6)
        fail(text);
}

static int open_socket(int type, int interface) {
    struct sock_txtime txtime = {CLOCK_TAI, 0};
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(AVTP), .sll_ifindex = interface};
    int fd = socket(AF_PACKET, type, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("socket");
    return fd;
}

static size_t compose(uint8_t *frame, const struct kind *kind, const uint8_t *destination,
                      const uint8_t *source, int number, size_t mtu) {
    size_t at = 12;
    size_t octets =
        kind->octets > 0 ? kind->octets : mtu + ETH_HLEN + (kind->tag != 0 ? sizeof kind->tag : 0);
    memcpy(frame, destination, 6);
    memcpy(frame + 6, source, 6);
    if (kind->tag != 0) {
        uint32_t tag = htonl(kind->tag);
        memcpy(frame + at, &tag, sizeof tag);
        at += sizeof tag;
    }
    frame[at++] = AVTP >> 8;
    frame[at++] = AVTP & 0xff;
    for (size_t i = at; i < octets; i++)
        frame[i] = (uint8_t)(i + (size_t)number * 3);
    frame[at] = (uint8_t)(number >> 8);
    frame[at + 1] = (uint8_t)number;
    return octets;
}

static void send_at(int fd, const uint8_t *frame, size_t octets, const struct kind *kind,
                    int interface, uint64_t launch_ns) {
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(AVTP),
                             .sll_ifindex = interface,
                             .sll_halen = 6};
    memcpy(to.sll_addr, frame, 6);
    size_t header = kind->cooked ? ETH_HLEN : 0;
    const void *address = kind->cooked ? &to : NULL;
    if (send_stamped(fd, frame + header, octets - header, 0, address, address ? sizeof to : 0,
                     launch_ns) != (ssize_t)(octets - header))
        fail("sendmsg");
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_TAI, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv) {
    uint8_t destination[6], source[6], frame[1600];
    if (argc < 5) {
        fprintf(stderr, "usage: %s INTERFACE DESTINATION COUNT PERIOD_US [SOURCE]\n", argv[0]);
        return 2;
    }
    int interface = (int)if_nametoindex(argv[1]), count = atoi(argv[3]);
    uint64_t period_ns = (uint64_t)atoi(argv[4]) * 1000;
    parse_mac(argv[2], destination);
    int raw = open_socket(SOCK_RAW, interface), cooked = open_socket(SOCK_DGRAM, interface);
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", argv[1]);
    if (ioctl(raw, SIOCGIFHWADDR, &request) != 0)
        fail(argv[1]);
    memcpy(source, request.ifr_hwaddr.sa_data, sizeof source);
    if (ioctl(raw, SIOCGIFMTU, &request) != 0)
        fail(argv[1]);
    size_t mtu = (size_t)request.ifr_mtu;
    if (argc > 5)
        parse_mac(argv[5], source);

    uint64_t first_ns = now_ns() + LEAD_NS;
    for (int i = 0; i < count; i++) {
        const struct kind *kind = &kinds[i % (int)(sizeof kinds / sizeof *kinds)];
        size_t octets = compose(frame, kind, kind->to_group ? group : destination, source, i, mtu);
        uint64_t launch_ns = first_ns + (uint64_t)i * period_ns;
        send_at(kind->cooked ? cooked : raw, frame, octets, kind, interface, launch_ns);
        for (size_t at = 0; at < octets; at++)
            printf("%02x", frame[at]);
        printf("\n");
        if (i % 64 == 63)
            usleep((useconds_t)(64 * period_ns / 1000));
    }
    return 0;
}
