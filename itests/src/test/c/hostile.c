/*
 * A container that means harm: each command tries one thing for some time and says what came of it.
 *
 *   forge INTERFACE KIND COUNT SOURCE-MAC SOURCE-IP TARGET-IP [TARGET-MAC [CLAIMED-IP]]
 *       sends forged frames; KIND: ip, arp, ip6, advertisement (of CLAIMED-IP); COUNT 0: for 1 s
 *   open SOCKET
 *       prints "welcome" or "refused REASON"
 *   storm SOCKET SECONDS
 *       connects and leaves, without end
 *   idle SOCKET COUNT SECONDS
 *       connects so often and says nothing
 *   hello SOCKET SECONDS
 *       says HELLO and RESOLVE without end
 *   descriptors SOCKET
 *       sends a descriptor along
 *   memory SOCKET
 *       tries to resize, to seal and to write what it may not
 *   punch SOCKET SECONDS
 *       tries to take the ring's pages away, without end; prints "punched N of M"
 *   hold SOCKET COUNT SECONDS
 *       claims so many slots and publishes none
 *   garbage SOCKET SECONDS
 *       writes anything anywhere into the ring, and rings
 *   doorbell SOCKET SECONDS
 *       rings without end
 *   flood SOCKET SECONDS FROM TO AHEAD-MS LENGTH
 *       fills the ring as fast as it can
 *   slots SOCKET COUNT FROM TO AHEAD-MS
 *       fills so many slots, once
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ktsn_channel.h"

struct channel {
    int connection, status, ring, doorbell;
    struct ktsn_welcome welcome;
    struct ktsn_ring *header;
    volatile const struct ktsn_status *seen;
};

static void fail(const char *what) {
    fprintf(stderr, "hostile: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static struct ktsn_message message(uint16_t type) {
    return (struct ktsn_message){KTSN_CHANNEL_MAGIC, KTSN_CHANNEL_VERSION, type};
}

static void hello(int fd) {
    struct ktsn_hello hello = {.message = message(KTSN_HELLO), .program = "hostile"};
    send(fd, &hello, sizeof hello, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns false if KTSNd refused, and says why; a reset connection is tried again. */
static bool attempt_channel(const char *path, struct channel *channel, int attempts) {
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(3 * sizeof(int))];
    } control;
    union {
        struct ktsn_welcome welcome;
        struct ktsn_refused refused;
    } answer = {0};
    struct iovec part = {&answer, sizeof answer};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    channel->connection = connect_to(path);
    if (channel->connection < 0)
        fail(path);
    hello(channel->connection);
    if (recvmsg(channel->connection, &header, 0) <= 0) {
        close(channel->connection);
        if (errno != ECONNRESET || attempts <= 0)
            fail("KTSNd does not answer");
        return attempt_channel(path, channel, attempts - 1);
    }
    if (answer.welcome.message.type != KTSN_WELCOME) {
        printf("refused %s\n", answer.refused.reason);
        return false;
    }
    int descriptors[3];
    memcpy(descriptors, CMSG_DATA(&control.header), sizeof descriptors);
    channel->status = descriptors[0];
    channel->ring = descriptors[1];
    channel->doorbell = descriptors[2];
    channel->welcome = answer.welcome;
    channel->header = mmap(NULL, channel->welcome.ring_octets, PROT_READ | PROT_WRITE, MAP_SHARED,
                           channel->ring, 0);
    channel->seen = mmap(NULL, 4096, PROT_READ, MAP_SHARED, channel->status, 0);
    if (channel->header == MAP_FAILED || channel->seen == MAP_FAILED)
        fail("mmap");
    return true;
}

static bool open_channel(const char *path, struct channel *channel) {
    return attempt_channel(path, channel, 10);
}

static struct ktsn_slot *slot_at(const struct channel *channel, uint64_t position) {
    uint64_t index = position & (channel->welcome.slot_count - 1);
    return (struct ktsn_slot *)((char *)channel->header + KTSN_RING_HEADER_OCTETS +
                                index * channel->welcome.slot_octets);
}

static void ring_bell(const struct channel *channel) {
    uint64_t one = 1;
    ssize_t ignored = write(channel->doorbell, &one, sizeof one);
    (void)ignored;
}

/* Claims a slot as LibKTSN would; NULL if the ring is full, or the position void. */
static struct ktsn_slot *claim(struct channel *channel, uint64_t *position) {
    _Atomic uint64_t *claim = (_Atomic uint64_t *)&channel->header->claim;
    *position = atomic_load(claim);
    struct ktsn_slot *slot = slot_at(channel, *position);
    uint64_t before = *position - channel->welcome.slot_count;
    uint64_t found = slot->state;
    if (found == KTSN_SLOT_STATE(before, KTSN_SLOT_PUBLISHED) ||
        found == KTSN_SLOT_STATE(before, KTSN_SLOT_FREE))
        return NULL;
    atomic_store(claim, *position + 1);
    uint64_t state = KTSN_SLOT_STATE(*position, KTSN_SLOT_FREE);
    return atomic_compare_exchange_strong((_Atomic uint64_t *)&slot->state, &state,
                                          KTSN_SLOT_STATE(*position, getpid()))
               ? slot
               : NULL;
}

/* Publishes one datagram; returns false if that was not possible. */
static bool publish(struct channel *channel, const char *from, const char *to, int64_t launch_ns,
                    uint32_t length) {
    uint8_t family = strchr(to, ':') ? AF_INET6 : AF_INET;
    struct in6_addr source = {0}, destination = {0};
    inet_pton(family, from, &source);
    inet_pton(family, to, &destination);
    uint64_t position;
    struct ktsn_slot *slot = claim(channel, &position);
    if (slot == NULL)
        return false;
    slot->launch_time_ns = launch_ns;
    slot->family = family;
    slot->flags = 0;
    slot->tos = 0;
    slot->ttl = 64;
    slot->priority = 0;
    slot->source_port = 4000;
    slot->destination_port = 4001;
    slot->length = length;
    memcpy(slot->source, &source, sizeof source);
    memcpy(slot->destination, &destination, sizeof destination);
    memcpy(slot->next_hop, &destination, sizeof destination);
    slot->sent_ns = now_ns(CLOCK_TAI);
    slot->flow_label = 0;
    atomic_store((_Atomic uint64_t *)&slot->state,
                 KTSN_SLOT_STATE(position, KTSN_SLOT_PUBLISHED));
    return true;
}

static void flood(struct channel *channel, double seconds, long most, const char *from,
                  const char *to, long ahead_ms, uint32_t length) {
    int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    long published = 0;
    while (published != most && now_ns(CLOCK_MONOTONIC) < end) {
        int64_t launch = now_ns(CLOCK_TAI) + ahead_ms * 1000000;
        if (publish(channel, from, to, launch, length)) {
            published++;
        }
        if (launch < channel->seen->doorbell_before_ns)
            ring_bell(channel);
    }
    printf("published %ld\n", published);
}

static void hold(struct channel *channel, long count) {
    uint64_t position;
    long held = 0;
    for (long attempts = 0; held < count && attempts < 100 * count; attempts++)
        held += claim(channel, &position) != NULL;
    printf("held %ld\n", held);
    fflush(stdout);
}

static void punch(struct channel *channel, int64_t end) {
    size_t octets = channel->welcome.ring_octets;
    long tried = 0, punched = 0;
    for (; now_ns(CLOCK_MONOTONIC) < end; tried += 3) {
        off_t page = rand() % (long)(octets / 4096) * 4096;
        int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        punched += fallocate(channel->ring, hole, 0, (off_t)octets) == 0;
        punched += fallocate(channel->ring, hole, page, 4096) == 0;
        punched += madvise(channel->header, octets, MADV_REMOVE) == 0;
        madvise(channel->header, octets, MADV_DONTNEED);
        madvise(channel->header, octets, MADV_PAGEOUT);
    }
    printf("punched %ld of %ld\n", punched, tried);
}

static void read_mac(const char *text, uint8_t *mac) {
    unsigned octets[6] = {0};
    sscanf(text, "%x:%x:%x:%x:%x:%x", octets, octets + 1, octets + 2, octets + 3, octets + 4,
           octets + 5);
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)octets[i];
}

struct frame {
    uint8_t to[6], from[6];
    uint16_t type;
    uint8_t rest[82];
} __attribute__((packed));

/* To port 4001, without a checksum, to be seen by a capture only. */
static const uint8_t UDP[] = {0x0f, 0xa0, 0x0f, 0xa1, 0, 12, 0, 0, 'e', 'v', 'i', 'l'};

/* "SOURCE is at SOURCE-MAC" */
static size_t write_arp(struct frame *frame, const char *source, const char *target) {
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, 2};
    frame->type = htons(ETH_P_ARP);
    memcpy(frame->rest, head, 8);
    memcpy(frame->rest + 8, frame->from, 6);
    inet_pton(AF_INET, source, frame->rest + 14);
    memset(frame->rest + 18, 0xff, 6);
    inet_pton(AF_INET, target, frame->rest + 24);
    return 14 + 28;
}

static size_t write_ipv4(struct frame *frame, const char *source, const char *target) {
    static const uint8_t head[] = {0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0};
    frame->type = htons(ETH_P_IP);
    memcpy(frame->rest, head, 12);
    inet_pton(AF_INET, source, frame->rest + 12);
    inet_pton(AF_INET, target, frame->rest + 16);
    memcpy(frame->rest + 20, UDP, sizeof UDP);
    return 14 + 20 + sizeof UDP;
}

static size_t write_ipv6(struct frame *frame, const char *source, const char *target,
                         uint8_t next_header, const uint8_t *payload, uint8_t octets) {
    const uint8_t head[] = {0x60, 0, 0, 0, 0, octets, next_header, 255};
    frame->type = htons(ETH_P_IPV6);
    memcpy(frame->rest, head, 8);
    inet_pton(AF_INET6, source, frame->rest + 8);
    inet_pton(AF_INET6, target, frame->rest + 24);
    memcpy(frame->rest + 40, payload, octets);
    return 14u + 40u + octets;
}

/* "CLAIMED is at SOURCE-MAC, whatever you knew" (RFC 4861 4.4) */
static size_t write_advertisement(struct frame *frame, const char *source, const char *target,
                                  const char *claimed) {
    uint8_t message[32] = {136, 0, 0, 0, 0x20, [24] = 2, [25] = 1};
    inet_pton(AF_INET6, claimed, message + 8);
    memcpy(message + 26, frame->from, 6);
    size_t length = write_ipv6(frame, source, target, 58, message, sizeof message);
    uint32_t sum = 58 + sizeof message;
    for (size_t at = 8; at < 40 + sizeof message; at += 2)
        sum += (uint32_t)frame->rest[at] << 8 | frame->rest[at + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    uint16_t checksum = htons((uint16_t)~(sum + (sum >> 16)));
    memcpy(frame->rest + 42, &checksum, sizeof checksum);
    return length;
}

static void forge(const char *interface, const char *kind, long count, const char *source_mac,
                  const char *source, const char *target, const char *target_mac,
                  const char *claimed) {
    struct frame frame = {0};
    read_mac(target_mac, frame.to);
    read_mac(source_mac, frame.from);
    size_t length = strcmp(kind, "arp") == 0   ? write_arp(&frame, source, target)
                    : strcmp(kind, "ip") == 0  ? write_ipv4(&frame, source, target)
                    : strcmp(kind, "ip6") == 0 ? write_ipv6(&frame, source, target, 17, UDP, sizeof UDP)
                                               : write_advertisement(&frame, source, target, claimed);
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll port = {.sll_family = AF_PACKET,
                               .sll_ifindex = (int)if_nametoindex(interface)};
    if (fd < 0 || bind(fd, (struct sockaddr *)&port, sizeof port) != 0)
        fail("packet socket");
    int64_t end = now_ns(CLOCK_MONOTONIC) + 1000000000;
    long sent = 0;
    for (; count ? sent < count : now_ns(CLOCK_MONOTONIC) < end; sent++)
        if (send(fd, &frame, length, 0) < 0 && errno != ENOBUFS)
            fail("send");
    printf("sent %ld\n", sent);
}

static void storm(const char *path, double seconds) {
    int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    long times = 0;
    for (; now_ns(CLOCK_MONOTONIC) < end; times++) {
        int fd = connect_to(path);
        if (fd >= 0) {
            hello(fd);
            close(fd);
        }
    }
    printf("connected %ld\n", times);
}

static void idle(const char *path, long count, long seconds) {
    long connected = 0;
    for (long i = 0; i < count; i++)
        connected += connect_to(path) >= 0;
    printf("connected %ld\n", connected);
    fflush(stdout);
    sleep((unsigned)seconds);
}

static void talk(const char *path, double seconds) {
    struct channel channel;
    if (!open_channel(path, &channel))
        return;
    int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    long said = 0;
    for (; now_ns(CLOCK_MONOTONIC) < end; said++) {
        uint32_t address = (uint32_t)rand();
        struct ktsn_resolve resolve = {.message = message(KTSN_RESOLVE), .family = AF_INET};
        memcpy(resolve.next_hop, &address, sizeof address);
        if (send(channel.connection, &resolve, sizeof resolve, MSG_NOSIGNAL) < 0)
            break;
    }
    printf("said %ld\n", said);
    hello(channel.connection);
    char answer[256];
    long octets;
    while ((octets = recv(channel.connection, answer, sizeof answer, 0)) > 0)
        if (((struct ktsn_message *)answer)->type == KTSN_REFUSED)
            printf("refused %s\n", ((struct ktsn_refused *)answer)->reason);
}

static void pass_descriptor(const char *path) {
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {"x", 1};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    struct channel channel;
    if (!open_channel(path, &channel))
        return;
    memcpy(CMSG_DATA(&control.header), &channel.doorbell, sizeof(int));
    if (sendmsg(channel.connection, &header, MSG_NOSIGNAL) < 0)
        printf("not sent: %s\n", strerror(errno));
    else if (recv(channel.connection, &control, 1, 0) <= 0)
        printf("hung up\n");
}

static void tell(const char *what, bool done) {
    printf("%s %s\n", what, done ? "done" : strerror(errno));
}

static void change_memory(const char *path) {
    struct channel channel;
    if (!open_channel(path, &channel))
        return;
    tell("shrink", ftruncate(channel.ring, 4096) == 0);
    tell("grow", ftruncate(channel.ring, 1 << 30) == 0);
    tell("seal", fcntl(channel.ring, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    tell("map-status",
         mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, channel.status, 0) != MAP_FAILED);
    tell("write-status", pwrite(channel.status, "x", 1, 0) == 1);
    tell("punch-status",
         fallocate(channel.status, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0);
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    const char *command = argv[1], *path = argv[2];
    double seconds = argc > 3 ? atof(argv[3]) : 1;
    int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    struct channel channel;
    if (strcmp(command, "forge") == 0 && argc >= 8) {
        forge(path, argv[3], atol(argv[4]), argv[5], argv[6], argv[7],
              argc > 8 ? argv[8] : "ff:ff:ff:ff:ff:ff", argc > 9 ? argv[9] : argv[6]);
    } else if (strcmp(command, "storm") == 0) {
        storm(path, seconds);
    } else if (strcmp(command, "idle") == 0 && argc == 5) {
        idle(path, atol(argv[3]), atol(argv[4]));
    } else if (strcmp(command, "hello") == 0) {
        talk(path, seconds);
    } else if (strcmp(command, "descriptors") == 0) {
        pass_descriptor(path);
    } else if (strcmp(command, "memory") == 0) {
        change_memory(path);
    } else if (!open_channel(path, &channel)) {
        return 0;
    } else if (strcmp(command, "open") == 0) {
        printf("welcome\n");
    } else if (strcmp(command, "punch") == 0) {
        punch(&channel, end);
    } else if (strcmp(command, "hold") == 0 && argc == 5) {
        hold(&channel, atol(argv[3]));
        sleep((unsigned)atoi(argv[4]));
    } else if (strcmp(command, "doorbell") == 0) {
        fcntl(channel.doorbell, F_SETFL, O_NONBLOCK);
        while (now_ns(CLOCK_MONOTONIC) < end)
            ring_bell(&channel);
    } else if (strcmp(command, "garbage") == 0) {
        volatile uint32_t *words = (volatile uint32_t *)channel.header;
        for (uint32_t n = channel.welcome.ring_octets / 4; now_ns(CLOCK_MONOTONIC) < end;) {
            for (int i = 0; i < 1000; i++)
                words[(uint32_t)rand() % n] = (uint32_t)rand();
            words[16] += (uint32_t)rand() % 64; /* the position to claim */
            ring_bell(&channel);
        }
    } else if (strcmp(command, "flood") == 0 && argc == 8) {
        flood(&channel, seconds, -1, argv[4], argv[5], atol(argv[6]), (uint32_t)atol(argv[7]));
    } else if (strcmp(command, "slots") == 0 && argc == 7) {
        flood(&channel, 2, atol(argv[3]), argv[4], argv[5], atol(argv[6]), 18);
    } else {
        return 2;
    }
    return 0;
}
