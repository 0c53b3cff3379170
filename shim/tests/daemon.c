#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "consumer.h"

#define MAX_CLIENTS 64
#define MAX_REPORTED 512

struct daemon {
    struct daemon_options options;
    pthread_t thread;
    int listener, stop, doorbell, space[2], epoll;
    int status_memory, ring_memory;
    size_t ring_octets;
    struct ktsn_status *status;
    struct ktsn_ring *ring;
    struct consumer consumer;
    int clients[MAX_CLIENTS];
    atomic_int client_count;
    struct {
        _Atomic uint64_t socket;
        int end;
    } reported[MAX_REPORTED];
    atomic_int reported_count;
    atomic_int hellos, releases, askings;
    _Atomic uint64_t hints; /* how many, and below them the last one, which belong together */
};

static void die(const char *what) {
    perror(what);
    exit(2);
}

static int make_memory(const char *name, size_t octets, int seals, void **address) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)octets) != 0)
        die(name);
    *address = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (*address == MAP_FAILED || fcntl(fd, F_ADD_SEALS, seals) != 0)
        die(name);
    return fd;
}

static void welcome(struct daemon *daemon, int client) {
    struct ktsn_welcome answer = {
        .message = {KTSN_CHANNEL_MAGIC, KTSN_CHANNEL_VERSION, KTSN_WELCOME},
        .status_octets = sizeof(struct ktsn_status),
        .ring_octets = (uint32_t)daemon->ring_octets,
        .slot_count = daemon->options.slot_count,
        .slot_octets = daemon->options.slot_octets};
    if (daemon->options.manner == DAEMON_OTHER_VERSION)
        answer.message.version++;
    if (daemon->options.manner == DAEMON_SHORT_MEMORY) {
        answer.slot_count *= 2;
        answer.ring_octets =
            KTSN_RING_HEADER_OCTETS + answer.slot_count * daemon->options.slot_octets;
    }
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(4 * sizeof(int))];
    } rights = {0};
    struct iovec part = {&answer, sizeof answer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (daemon->options.manner != DAEMON_NO_DESCRIPTORS) {
        const int descriptors[4] = {daemon->status_memory, daemon->ring_memory, daemon->doorbell,
                                    daemon->space[0]};
        message.msg_control = &rights;
        message.msg_controllen = sizeof rights;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptors);
        memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
    }
    sendmsg(client, &message, MSG_NOSIGNAL);
}

static void answer_hello(struct daemon *daemon, int client) {
    struct ktsn_refused refusal = {
        .message = {KTSN_CHANNEL_MAGIC, KTSN_CHANNEL_VERSION, KTSN_REFUSED},
        .reason = "this daemon refuses everybody; start another"};
    daemon->hellos++;
    switch (daemon->options.manner) {
    case DAEMON_STAYS_SILENT:
        break;
    case DAEMON_REFUSES:
        send(client, &refusal, sizeof refusal, MSG_NOSIGNAL);
        break;
    default:
        welcome(daemon, client);
    }
}

/* Gives one end of a new pair to the program; the other one takes the socket's reports. */
static void answer_reports(struct daemon *daemon, int client, const struct ktsn_reports *question) {
    int ends[2];
    int count = daemon->reported_count;
    int at = 0;
    daemon->askings++;
    if (daemon->options.manner == DAEMON_REPORTS_NOTHING)
        return;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        die("socketpair");
    struct ktsn_reports answer = *question;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } rights = {0};
    struct iovec part = {&answer, sizeof answer};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    rights.header.cmsg_level = SOL_SOCKET;
    rights.header.cmsg_type = SCM_RIGHTS;
    rights.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&rights.header), &ends[0], sizeof(int));
    while (at < count && daemon->reported[at].socket != question->socket)
        at++;
    if (at == MAX_REPORTED)
        die("too many sockets have asked for reports");
    if (at < count)
        close(daemon->reported[at].end);
    daemon->reported[at].end = ends[1];
    daemon->reported[at].socket = question->socket;
    if (at == count)
        daemon->reported_count++;
    sendmsg(client, &message, MSG_NOSIGNAL);
    close(ends[0]);
}

bool daemon_report(struct daemon *daemon, uint64_t socket, const struct ktsn_report *report,
                   const void *frame, size_t octets) {
    struct iovec parts[2] = {{(void *)report, sizeof *report}, {(void *)frame, octets}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    for (int i = 0; i < daemon->reported_count; i++) {
        if (daemon->reported[i].socket == socket)
            return sendmsg(daemon->reported[i].end, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    }
    return false;
}

int daemon_connections(struct daemon *daemon) {
    return daemon->client_count;
}

int daemon_askings(struct daemon *daemon) {
    return daemon->askings;
}

/* Returns false when the program has gone. */
static bool serve_client(struct daemon *daemon, int client) {
    union {
        struct ktsn_message message;
        struct ktsn_hello hello;
        struct ktsn_resolve resolve;
        struct ktsn_reports reports;
    } request;
    ssize_t length = recv(client, &request, sizeof request, MSG_DONTWAIT);
    if (length <= 0)
        return length < 0 && errno == EAGAIN;
    if (request.message.type == KTSN_HELLO && length == sizeof request.hello) {
        answer_hello(daemon, client);
    } else if (request.message.type == KTSN_REPORTS && length == sizeof request.reports) {
        answer_reports(daemon, client, &request.reports);
    } else if (request.message.type == KTSN_RESOLVE && length == sizeof request.resolve) {
        uint32_t address;
        memcpy(&address, request.resolve.next_hop, sizeof address);
        daemon->hints = ((daemon->hints >> 32) + 1) << 32 | address;
    }
    return true;
}

static void *serve(void *argument) {
    struct daemon *daemon = argument;
    for (;;) {
        struct pollfd descriptors[MAX_CLIENTS + 2] = {{.fd = daemon->stop, .events = POLLIN},
                                                      {.fd = daemon->listener, .events = POLLIN}};
        int count = daemon->client_count;
        for (int i = 0; i < count; i++)
            descriptors[i + 2] = (struct pollfd){.fd = daemon->clients[i], .events = POLLIN};
        if (poll(descriptors, (nfds_t)count + 2, -1) < 0)
            continue;
        if (descriptors[0].revents != 0)
            return NULL;
        for (int i = count - 1; i >= 0; i--) {
            if (descriptors[i + 2].revents == 0 || serve_client(daemon, daemon->clients[i]))
                continue;
            close(daemon->clients[i]);
            daemon->clients[i] = daemon->clients[daemon->client_count - 1];
            daemon->client_count--;
        }
        if (descriptors[1].revents != 0 && daemon->client_count < MAX_CLIENTS) {
            int client = accept4(daemon->listener, NULL, NULL, SOCK_CLOEXEC);
            if (client >= 0)
                daemon->clients[daemon->client_count] = client;
            daemon->client_count += client >= 0;
        }
    }
}

static void fill_memories(struct daemon *daemon) {
    const struct daemon_options *options = &daemon->options;
    *daemon->status = (struct ktsn_status){.magic = KTSN_CHANNEL_MAGIC,
                                           .version = KTSN_CHANNEL_VERSION,
                                           .flags = KTSN_STATUS_ACCEPTING,
                                           .interface_index = options->interface_index,
                                           .mtu = options->mtu,
                                           .network_generation = 1,
                                           .doorbell_before_ns = INT64_MAX};
    daemon->ring->magic = KTSN_CHANNEL_MAGIC;
    daemon->ring->version = KTSN_CHANNEL_VERSION;
    daemon->ring->slot_count = options->slot_count;
    daemon->ring->slot_octets = options->slot_octets;
    consumer_begin(&daemon->consumer, daemon->ring, options->slot_count, options->slot_octets);
}

struct daemon *daemon_start(const char *path, const struct daemon_options *options) {
    struct daemon *daemon = calloc(1, sizeof *daemon);
    if (daemon == NULL)
        die("calloc");
    daemon->options = *options;
    daemon->ring_octets =
        KTSN_RING_HEADER_OCTETS + (size_t)options->slot_count * options->slot_octets;
    daemon->status_memory =
        make_memory("status", sizeof *daemon->status,
                    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE, (void **)&daemon->status);
    daemon->ring_memory = make_memory("ring", daemon->ring_octets, F_SEAL_SHRINK | F_SEAL_GROW,
                                      (void **)&daemon->ring);
    fill_memories(daemon);
    daemon->stop = eventfd(0, EFD_CLOEXEC);
    daemon->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const int least = 0;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, daemon->space) != 0 ||
        setsockopt(daemon->space[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof least) != 0)
        die("socketpair");
    daemon->epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event interest = {.events = EPOLLIN | EPOLLET};
    epoll_ctl(daemon->epoll, EPOLL_CTL_ADD, daemon->doorbell, &interest);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    daemon->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (bind(daemon->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(daemon->listener, MAX_CLIENTS) != 0)
        die(path);
    if (pthread_create(&daemon->thread, NULL, serve, daemon) != 0)
        die("pthread_create");
    return daemon;
}

void daemon_kill(struct daemon *daemon) {
    eventfd_write(daemon->stop, 1);
    pthread_join(daemon->thread, NULL);
    for (int i = 0; i < daemon->client_count; i++)
        close(daemon->clients[i]);
    close(daemon->listener);
    close(daemon->stop);
    close(daemon->doorbell);
    close(daemon->space[0]);
    close(daemon->space[1]);
    for (int i = 0; i < daemon->reported_count; i++)
        close(daemon->reported[i].end);
    close(daemon->epoll);
    close(daemon->status_memory);
    close(daemon->ring_memory);
    munmap(daemon->status, sizeof *daemon->status);
    munmap(daemon->ring, daemon->ring_octets);
    consumer_end(&daemon->consumer);
    free(daemon);
}

void daemon_release(struct daemon *daemon) {
    uint64_t round;
    if (__atomic_exchange_n(&daemon->ring->space_awaited, 0, __ATOMIC_SEQ_CST) == 0)
        return;
    daemon->releases++;
    uint64_t next = __atomic_add_fetch(&daemon->status->space_round, 1, __ATOMIC_SEQ_CST);
    while (recv(daemon->space[1], &round, sizeof round, MSG_DONTWAIT | MSG_PEEK) == sizeof round &&
           round < next)
        recv(daemon->space[1], &round, sizeof round, MSG_DONTWAIT);
}

/* Releases those who wait for writability when half of the ring is free. */
static void tell_space(struct daemon *daemon) {
    if (consumer_queued(&daemon->consumer) <= daemon->options.slot_count / 2)
        daemon_release(daemon);
}

bool daemon_take(struct daemon *daemon, struct daemon_record *record) {
    const struct ktsn_slot *slot = consumer_next(&daemon->consumer);
    if (slot == NULL) {
        tell_space(daemon);
        return false;
    }
    record->slot = *slot;
    size_t length = record->slot.length;
    if (length > sizeof record->payload ||
        length > daemon->options.slot_octets - KTSN_SLOT_HEADER_OCTETS) {
        fprintf(stderr, "a slot claims %zu octets of payload\n", length);
        abort();
    }
    memcpy(record->payload, (const char *)slot + KTSN_SLOT_HEADER_OCTETS, length);
    consumer_done(&daemon->consumer);
    tell_space(daemon);
    return true;
}

bool daemon_await(struct daemon *daemon, struct daemon_record *record, int timeout_ms) {
    while (!daemon_take(daemon, record)) {
        struct epoll_event event;
        int ready = epoll_wait(daemon->epoll, &event, 1, timeout_ms);
        if (ready == 0)
            return daemon_take(daemon, record);
    }
    return true;
}

int daemon_held(struct daemon *daemon) {
    return (int)daemon->consumer.count;
}

int daemon_hellos(struct daemon *daemon) {
    return daemon->hellos;
}

int daemon_hints(struct daemon *daemon) {
    return (int)(daemon->hints >> 32);
}

uint32_t daemon_last_hint(struct daemon *daemon) {
    return (uint32_t)daemon->hints;
}

int daemon_releases(struct daemon *daemon) {
    return daemon->releases;
}

uint64_t daemon_rings(struct daemon *daemon) {
    eventfd_t rings = 0;
    eventfd_read(daemon->doorbell, &rings);
    return rings;
}

struct ktsn_status *daemon_status(struct daemon *daemon) {
    return daemon->status;
}

struct ktsn_ring *daemon_ring(struct daemon *daemon) {
    return daemon->ring;
}
