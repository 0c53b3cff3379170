/*
 * What the system tests need of a real kernel's data path:
 *
 *   wire send SOURCE SPORT DESTINATION DPORT TOS TTL CHECKSUM SIZE...
 *                                  one datagram per size from an ordinary, unconnected socket;
 * octet i of one of n octets is i * 7 + n wire capture INTERFACE DPORT COUNT   prints "ready", then
 * each frame to that UDP port in hex wire receive DPORT COUNT             prints "ready", then each
 * payload in hex wire inject INTERFACE                sends the frames that standard input gives in
 * hex
 *
 * Nothing waits longer than ten seconds.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ETHERTYPE_IPV4 0x0800
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

static struct sockaddr_in ipv4(const char *address, const char *port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
        die(address);
    }
    return name;
}

static int packet_socket(const char *interface) {
    struct sockaddr_ll name = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETHERTYPE_IPV4),
        .sll_ifindex = (int)if_nametoindex(interface),
    };
    int fd = patient(socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE_IPV4)));

    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
        die(interface);
    }
    return fd;
}

static void send_datagrams(char **argv, int sizes) {
    struct sockaddr_in source = ipv4(argv[0], argv[1]);
    struct sockaddr_in destination = ipv4(argv[2], argv[3]);
    int tos = atoi(argv[4]);
    int ttl = atoi(argv[5]);
    int no_check = !atoi(argv[6]);
    int fd = patient(socket(AF_INET, SOCK_DGRAM, 0));

    if (setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &no_check, sizeof(no_check)) < 0 ||
        bind(fd, (struct sockaddr *)&source, sizeof(source)) < 0) {
        die("send");
    }
    for (int i = 0; i < sizes; i++) {
        size_t size = (size_t)atoi(argv[7 + i]);

        for (size_t j = 0; j < size; j++) {
            frame[j] = (unsigned char)(j * 7 + size);
        }
        if (sendto(fd, frame, size, 0, (struct sockaddr *)&destination, sizeof(destination)) < 0) {
            die("sendto");
        }
    }
}

static void capture(const char *interface, int port, int count) {
    int fd = packet_socket(interface);

    announce();
    while (count > 0) {
        ssize_t length = recv(fd, frame, sizeof(frame), 0);

        if (length < 0) {
            die("capture");
        }
        if (length >= 42 && frame[23] == IPPROTO_UDP && (frame[36] << 8 | frame[37]) == port) {
            print_hex(frame, (size_t)length);
            count--;
        }
    }
}

static void receive(const char *port, int count) {
    struct sockaddr_in name = ipv4("0.0.0.0", port);
    int fd = patient(socket(AF_INET, SOCK_DGRAM, 0));

    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
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
        send_datagrams(argv + 2, argc - 9);
    } else if (argc == 5 && strcmp(argv[1], "capture") == 0) {
        capture(argv[2], atoi(argv[3]), atoi(argv[4]));
    } else if (argc == 4 && strcmp(argv[1], "receive") == 0) {
        receive(argv[2], atoi(argv[3]));
    } else if (argc == 3 && strcmp(argv[1], "inject") == 0) {
        inject(argv[2]);
    } else {
        fputs("wire: see the comment at the top of wire.c\n", stderr);
        return 2;
    }
    return 0;
}
