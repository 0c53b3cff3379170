/*
 * A program that outruns its queue, with nothing but POSIX and the kernel's API.
 *
 *   full ADDRESS PORT levels|edges|poll|select COUNT
 *
 * It sends COUNT datagrams, 50 us apart, as fast as they are taken; where one is refused it waits
 * until the socket is writable, 10 s at most. Prints "sent COUNT waits N processor-us T": T is the
 * processor time of this process, the kernel's part included.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include "stamped.h"

#define PATIENCE_MS 10000
#define DISTANCE_NS 50000
#define AHEAD_NS 50000000

static int send_at(int fd, struct sockaddr_in *address, int64_t launch_time) {
    char payload[64] = {0};
    ssize_t sent = send_stamped(fd, payload, sizeof payload, 0, address, sizeof *address,
                                (uint64_t)launch_time);
    return sent < 0 ? errno : 0;
}

static bool await_writable(const char *way, int fd, int set) {
    struct epoll_event event;
    struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
    struct timeval timeout = {.tv_sec = PATIENCE_MS / 1000};
    fd_set writable;
    if (strcmp(way, "poll") == 0)
        return poll(&descriptor, 1, PATIENCE_MS) == 1;
    if (strcmp(way, "select") != 0)
        return epoll_wait(set, &event, 1, PATIENCE_MS) == 1;
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    return select(fd + 1, NULL, &writable, NULL, &timeout) == 1;
}

static long long processor_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: full ADDRESS PORT levels|edges|poll|select COUNT\n");
        return 2;
    }
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(argv[2]))};
    struct sock_txtime txtime = {.clockid = CLOCK_TAI};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 ||
        setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime) != 0) {
        perror(argv[1]);
        return 2;
    }
    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT};
    if (strcmp(argv[3], "edges") == 0)
        event.events |= EPOLLET;
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) {
        perror("epoll_ctl");
        return 2;
    }
    struct timespec now;
    clock_gettime(CLOCK_TAI, &now);
    int64_t launch_time = now.tv_sec * INT64_C(1000000000) + now.tv_nsec + AHEAD_NS;
    int count = atoi(argv[4]);
    int sent = 0, waits = 0;
    while (sent < count) {
        if (!await_writable(argv[3], fd, set)) {
            fprintf(stderr, "not writable for %d ms after %d datagrams\n", PATIENCE_MS, sent);
            return 1;
        }
        waits++;
        int error = 0;
        while (sent < count && (error = send_at(fd, &address, launch_time)) == 0) {
            sent++;
            launch_time += DISTANCE_NS;
        }
        if (error != 0 && error != EAGAIN) {
            fprintf(stderr, "refused: %s\n", strerror(error));
            return 1;
        }
    }
    printf("sent %d waits %d processor-us %lld\n", sent, waits, processor_us());
    return 0;
}
