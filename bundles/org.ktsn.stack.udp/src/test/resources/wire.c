/*
 * What the system tests need of a real kernel's data path. Addresses are of either family, a scope
 * is named behind a '%':
 *
 *   wire send SOURCE SPORT DESTINATION DPORT TOS TTL CHECKSUM SIZE...
 *       one datagram per size from an ordinary, unconnected socket; octet i of one of n octets is
 *       i * 7 + n; IPv6 datagrams have no automatic flow label
 *   wire send-connected ...
 *       the same from a connected one
 *   wire capture INTERFACE DPORT COUNT
 *       prints "ready", then each frame to that UDP port in hex
 *   wire receive FAMILY DPORT COUNT
 *       prints "ready", then each payload in hex; the family is 4 or 6
 *   wire inject INTERFACE
 *       sends the frames that standard input gives in hex
 *
 * Nothing waits longer than ten seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ETHERTYPE_ALL 0x0003
#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#endif
#define FRAME_MAX 65536

static unsigned char frame[FRAME_MAX];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int patient(int fd) {
    struct timeval limit = {.tv_sec = 10};

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0) {
        die("socket");
    }
    return fd;
}

static void print_hex(const unsigned char *octets, size_t count) {
    for (size_t i = 0; i < count; i++) {
        printf("%02x", octets[i]);
    }
    putchar('\n');
    fflush(stdout);
}

static void announce(void) {
    puts("ready");
    fflush(stdout);
}

static struct addrinfo *named(const char *address, const char *port) {
    struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
        .ai_socktype = SOCK_DGRAM,
    };
    struct addrinfo *found;
    int error = getaddrinfo(address, port, &hints, &found);

    if (error) {
        fprintf(stderr, "%s: %s\n", address, gai_strerror(error));
        exit(1);
    }
    return found;
}

static int set(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof(value));
}

static int packet_socket(const char *interface) {
    struct sockaddr_ll name = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETHERTYPE_ALL),
        .sll_ifindex = (int)if_nametoindex(interface),
    };
    int fd = patient(socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE_ALL)));

    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
        die(interface);
    }
    return fd;
}

static void send_datagrams(char **argv, int sizes, int connected) {
    struct addrinfo *source = named(argv[0], argv[1]);
    struct addrinfo *destination = named(argv[2], argv[3]);
    int tos = atoi(argv[4]);
    int ttl = atoi(argv[5]);
    int no_check = !atoi(argv[6]);
    int fd = patient(socket(source->ai_family, SOCK_DGRAM, 0));
    int failed;

    if (source->ai_family == AF_INET6) {
        failed = set(fd, IPPROTO_IPV6, IPV6_TCLASS, tos) ||
                 set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl) ||
                 set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl) ||
                 set(fd, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0) ||
                 set(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, no_check);
    } else {
        failed = set(fd, IPPROTO_IP, IP_TOS, tos) || set(fd, IPPROTO_IP, IP_TTL, ttl) ||
                 set(fd, SOL_SOCKET, SO_NO_CHECK, no_check);
    }
    if (failed || bind(fd, source->ai_addr, source->ai_addrlen) < 0 ||
        (connected && connect(fd, destination->ai_addr, destination->ai_addrlen) < 0)) {
        die("send");
    }
    for (int i = 0; i < sizes; i++) {
        size_t size = (size_t)atoi(argv[7 + i]);

        for (size_t j = 0; j < size; j++) {
            frame[j] = (unsigned char)(j * 7 + size);
        }
        /* Nobody listens, and a connected socket is told so instead of sending. */
        while (sendto(fd, frame, size, 0, connected ? NULL : destination->ai_addr,
                      connected ? 0 : destination->ai_addrlen) < 0) {
            if (errno == ECONNREFUSED) {
                continue;
            }
            die("sendto");
        }
    }
}

static int is_to_port(ssize_t length, int port) {
    int ipv6 = length >= 62 && frame[12] == 0x86 && frame[13] == 0xdd;
    int ipv4 = length >= 42 && frame[12] == 0x08 && frame[13] == 0x00;
    int protocol = ipv6 ? frame[20] : frame[23];
    int udp = ipv6 ? 54 : 34;

    return (ipv4 || ipv6) && protocol == IPPROTO_UDP &&
           (frame[udp + 2] << 8 | frame[udp + 3]) == port;
}

static void capture(const char *interface, int port, int count) {
    int fd = packet_socket(interface);

    announce();
    while (count > 0) {
        ssize_t length = recv(fd, frame, sizeof(frame), 0);

        if (length < 0) {
            die("capture");
        }
        if (is_to_port(length, port)) {
            print_hex(frame, (size_t)length);
            count--;
        }
    }
}

static void receive(const char *family, const char *port, int count) {
    struct addrinfo *name = named(atoi(family) == 6 ? "::" : "0.0.0.0", port);
    int fd = patient(socket(name->ai_family, SOCK_DGRAM, 0));

    if (bind(fd, name->ai_addr, name->ai_addrlen) < 0) {
        die("bind");
    }
    announce();
    while (count-- > 0) {
        ssize_t length = recv(fd, frame, sizeof(frame), 0);

        if (length < 0) {
            die("receive");
        }
        print_hex(frame, (size_t)length);
    }
}

static void inject(const char *interface) {
    static char line[2 * FRAME_MAX + 2];
    int fd = packet_socket(interface);

    while (fgets(line, sizeof(line), stdin)) {
        size_t length = strspn(line, "0123456789abcdef") / 2;

        for (size_t i = 0; i < length; i++) {
            unsigned int octet;

            sscanf(line + 2 * i, "%2x", &octet);
            frame[i] = (unsigned char)octet;
        }
        if (send(fd, frame, length, 0) < 0) {
            die("inject");
        }
    }
}

int main(int argc, char **argv) {
    if (argc > 9 && strcmp(argv[1], "send") == 0) {
        send_datagrams(argv + 2, argc - 9, 0);
    } else if (argc > 9 && strcmp(argv[1], "send-connected") == 0) {
        send_datagrams(argv + 2, argc - 9, 1);
    } else if (argc == 5 && strcmp(argv[1], "capture") == 0) {
        capture(argv[2], atoi(argv[3]), atoi(argv[4]));
    } else if (argc == 5 && strcmp(argv[1], "receive") == 0) {
        receive(argv[2], argv[3], atoi(argv[4]));
    } else if (argc == 3 && strcmp(argv[1], "inject") == 0) {
        inject(argv[2]);
    } else {
        fputs("wire: see the comment at the top of wire.c\n", stderr);
        return 2;
    }
    return 0;
}
