/*
 * Waiting until a socket is writable, in this process: the library is preloaded into it, or linked.
 * KTSNd's side of the channel is in the same process; it takes nothing but what a test says.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "daemon.h"
#include "world.h"

#define SLOTS 64
#define PATIENCE_MS 10000
#define DATA UINT64_C(0x1122334455667788)

/* As programs call them that were compiled with _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout_ms, size_t octets);
int __ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
                const sigset_t *signals, size_t octets);

static char path[96];
static uint32_t interface;
static struct daemon *daemon_;

/* ---- the world ---- */

static void make_network(void) {
    enter_network();
    command("ip link add tsn0 type veth peer name far0");
    command("ip addr add 10.77.0.2/16 dev tsn0");
    command("ip link set tsn0 up");
    command("ip link set far0 up");
    command("ip neigh add 10.77.0.3 lladdr 02:00:00:00:00:03 dev tsn0");
    interface = if_nametoindex("tsn0");
}

static int sender(void) {
    struct {
        int32_t clock;
        uint32_t flags;
    } txtime = {CLOCK_TAI, 0};
    struct sockaddr_in local = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime), 0);
    CHECK_EQUAL(bind(fd, (struct sockaddr *)&local, sizeof local), 0);
    return fd;
}

/* Sends one datagram with a launch time; returns 0 or the errno. */
static int try_send(int fd) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9000)};
    inet_pton(AF_INET, "10.77.0.3", &address.sin_addr);
    char payload[64] = {0};
    struct iovec part = {payload, sizeof payload};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int64_t))];
    } control = {0};
    struct msghdr message = {.msg_name = &address,
                             .msg_namelen = sizeof address,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    int64_t launch_time = INT64_C(1) << 62;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_TXTIME;
    control.header.cmsg_len = CMSG_LEN(sizeof launch_time);
    memcpy(CMSG_DATA(&control.header), &launch_time, sizeof launch_time);
    ssize_t sent = sendmsg(fd, &message, 0);
    if (sent >= 0)
        CHECK_EQUAL(sent, sizeof payload);
    return sent < 0 ? errno : 0;
}

static void take(int count) {
    static struct daemon_record record;
    for (int i = 0; i < count; i++)
        CHECK(daemon_take(daemon_, &record));
}

/* The library looks for a daemon now and then; until it has found it, the kernel sends. */
static void await_channel(void) {
    int fd = sender();
    while (__atomic_load_n(&daemon_ring(daemon_)->claim, __ATOMIC_SEQ_CST) == 0)
        CHECK_EQUAL(try_send(fd), 0);
    take(1);
    close(fd);
}

static void start_daemon_with(uint32_t slot_count) {
    struct daemon_options options = {
        .slot_count = slot_count, .slot_octets = 2048, .interface_index = interface, .mtu = 1500};
    daemon_ = daemon_start(path, &options);
    await_channel();
}

static void start_daemon(void) {
    start_daemon_with(SLOTS);
}

static void stop_daemon(void) {
    daemon_kill(daemon_);
    daemon_ = NULL;
    unlink(path);
}

/* Sends until the queue is full; returns how many were taken. */
static int fill(int fd) {
    int count = 0;
    int error;
    while ((error = try_send(fd)) == 0)
        CHECK(++count <= 1 << 20);
    CHECK_EQUAL(error, EAGAIN);
    return count;
}

/* A socket whose queue is full. */
static int blocked_sender(void) {
    int fd = sender();
    CHECK_EQUAL(fill(fd), SLOTS);
    return fd;
}

static void send_to(int fd) {
    struct sockaddr_in local;
    socklen_t length = sizeof local;
    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&local, &length), 0);
    inet_pton(AF_INET, "10.77.0.2", &local.sin_addr);
    int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(sendto(other, "x", 1, 0, (struct sockaddr *)&local, sizeof local), 1);
    close(other);
}

static int polled(int fd, short events) {
    struct pollfd descriptor = {.fd = fd, .events = events, .revents = 0x7f};
    int ready = poll(&descriptor, 1, 0);
    CHECK_EQUAL(ready, descriptor.revents != 0);
    return descriptor.revents;
}

static int new_set(int fd, uint32_t events, uint64_t data) {
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    CHECK(set >= 0);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
    return set;
}

static void modify(int set, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event), 0);
}

/* The events of the only socket in a set that has any, or 0. */
static uint32_t reported_within(int set, uint64_t data, int timeout_ms) {
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, timeout_ms);
    CHECK(count >= 0 && count <= 1);
    if (count == 1)
        CHECK(events[0].data.u64 == data);
    return count == 1 ? events[0].events : 0;
}

static uint32_t reported(int set) {
    return reported_within(set, DATA, 0);
}

/* ---- poll and select ---- */

static void should_withhold_pollout_until_half_of_the_queue_is_free(void) {
    start_daemon();
    int fd = sender();
    CHECK_EQUAL(polled(fd, POLLOUT), POLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(polled(fd, POLLOUT), 0);
    CHECK_EQUAL(polled(fd, POLLOUT | POLLIN | POLLWRNORM | POLLWRBAND), 0);
    take(SLOTS / 2 - 1);
    CHECK_EQUAL(polled(fd, POLLOUT), 0);
    take(1);
    CHECK_EQUAL(polled(fd, POLLOUT), POLLOUT);
    CHECK_EQUAL(polled(fd, POLLIN | POLLWRNORM | POLLWRBAND), POLLWRNORM | POLLWRBAND);
    CHECK_EQUAL(fill(fd), SLOTS / 2);
    CHECK_EQUAL(polled(fd, POLLOUT), 0);
    close(fd);
    stop_daemon();
}

static void should_poll_all_others_as_the_kernel_does(void) {
    enum { MANY = 600 };
    static struct pollfd descriptors[MANY];
    int ends[2];
    start_daemon();
    CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
    int fd = blocked_sender();
    for (int count = 4; count <= MANY; count += MANY - 4) {
        for (int i = 0; i < count; i++)
            descriptors[i] = (struct pollfd){.fd = -1, .events = POLLOUT, .revents = 0x7f};
        descriptors[0] = (struct pollfd){.fd = ends[1], .events = POLLOUT};
        descriptors[1] = (struct pollfd){.fd = fd, .events = POLLOUT | POLLIN};
        descriptors[2] = (struct pollfd){.fd = 987654, .events = POLLOUT};
        descriptors[count - 1] = (struct pollfd){.fd = fd, .events = POLLOUT};
        CHECK_EQUAL(poll(descriptors, (nfds_t)count, -1), 2);
        CHECK_EQUAL(descriptors[0].revents, POLLOUT);
        CHECK_EQUAL(descriptors[1].revents, 0);
        CHECK_EQUAL(descriptors[1].events, POLLOUT | POLLIN);
        CHECK_EQUAL(descriptors[2].revents, POLLNVAL);
        CHECK_EQUAL(descriptors[count - 1].revents, 0);
        send_to(fd);
        CHECK_EQUAL(poll(descriptors, (nfds_t)count, -1), 3);
        CHECK_EQUAL(descriptors[1].revents, POLLIN);
        char octet;
        CHECK_EQUAL(recv(fd, &octet, 1, 0), 1);
    }
    take(SLOTS);
    CHECK_EQUAL(poll(descriptors, MANY, -1), 4);
    CHECK_EQUAL(descriptors[1].revents, POLLOUT);
    CHECK_EQUAL(descriptors[MANY - 1].revents, POLLOUT);
    close(fd);
    close(ends[0]);
    close(ends[1]);
    stop_daemon();
}

static void should_say_the_same_through_every_name_of_poll(void) {
    start_daemon();
    int fd = blocked_sender();
    const struct timespec now = {0};
    for (int lap = 0; lap < 2; lap++) {
        struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
        CHECK_EQUAL(poll(&descriptor, 1, 0), lap);
        CHECK_EQUAL(ppoll(&descriptor, 1, &now, NULL), lap);
        CHECK_EQUAL(__poll_chk(&descriptor, 1, 0, sizeof descriptor), lap);
        CHECK_EQUAL(__ppoll_chk(&descriptor, 1, &now, NULL, sizeof descriptor), lap);
        take(lap == 0 ? SLOTS / 2 : 0);
    }
    close(fd);
    stop_daemon();
}

static void should_withhold_it_from_select_likewise(void) {
    start_daemon();
    int ends[2];
    CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
    int fd = blocked_sender();
    for (int lap = 0; lap < 2; lap++) {
        for (int timed = 0; timed < 2; timed++) {
            fd_set readable, writable, exceptional;
            FD_ZERO(&readable);
            FD_ZERO(&writable);
            FD_ZERO(&exceptional);
            FD_SET(fd, &readable);
            FD_SET(fd, &writable);
            FD_SET(fd, &exceptional);
            FD_SET(ends[1], &writable);
            struct timeval soon = {0};
            const struct timespec soon_ns = {0};
            int most = ends[1] > fd ? ends[1] : fd;
            int ready = timed
                            ? pselect(most + 1, &readable, &writable, &exceptional, &soon_ns, NULL)
                            : select(most + 1, &readable, &writable, &exceptional, &soon);
            CHECK_EQUAL(ready, 1 + lap);
            CHECK(!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &exceptional));
            CHECK_EQUAL(FD_ISSET(fd, &writable) != 0, lap);
            CHECK(FD_ISSET(ends[1], &writable));
            for (int other = 0; other < FD_SETSIZE; other++)
                CHECK(other == fd || other == ends[1] || !FD_ISSET(other, &writable));
        }
        take(lap == 0 ? SLOTS / 2 : 0);
    }
    close(fd);
    close(ends[0]);
    close(ends[1]);
    stop_daemon();
}

static void should_keep_timeouts_and_errors_of_select(void) {
    start_daemon();
    int fd = blocked_sender();
    fd_set writable;
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    struct timeval timeout = {.tv_usec = 20000};
    CHECK_EQUAL(select(fd + 1, NULL, &writable, NULL, &timeout), 0);
    CHECK(timeout.tv_sec == 0 && timeout.tv_usec == 0);
    CHECK(!FD_ISSET(fd, &writable));
    FD_SET(fd, &writable);
    FD_SET(999, &writable);
    timeout = (struct timeval){.tv_sec = 5};
    CHECK_EQUAL(select(1000, NULL, &writable, NULL, &timeout), -1);
    CHECK_EQUAL(errno, EBADF);
    CHECK(FD_ISSET(fd, &writable) && FD_ISSET(999, &writable));
    close(fd);
    stop_daemon();
}

/* ---- epoll ---- */

static void should_withhold_epollout_from_a_level_triggered_set(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT | EPOLLIN, DATA);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS);
    for (int lap = 0; lap < 3; lap++) {
        CHECK_EQUAL(reported(set), 0);
        take(SLOTS / 2 - 1);
        CHECK_EQUAL(reported(set), 0);
        take(1);
        CHECK_EQUAL(reported(set), EPOLLOUT);
        CHECK_EQUAL(reported(set), EPOLLOUT);
        CHECK_EQUAL(fill(fd), SLOTS / 2);
    }
    take(SLOTS);
    CHECK_EQUAL(try_send(fd), 0);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    close(fd);
    CHECK_EQUAL(reported(set), 0);
    close(set);
    stop_daemon();
}

static void should_give_an_edge_when_there_is_space_again(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT | EPOLLIN | EPOLLET, DATA);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS);
    for (int lap = 0; lap < 3; lap++) {
        CHECK_EQUAL(reported(set), 0);
        take(SLOTS / 2);
        CHECK_EQUAL(reported(set), EPOLLOUT);
        CHECK_EQUAL(reported(set), 0);
        CHECK_EQUAL(fill(fd), SLOTS / 2);
    }
    close(fd);
    close(set);
    stop_daemon();
}

static void should_follow_what_is_registered_while_it_is_full(void) {
    start_daemon();
    int fd = blocked_sender();
    int set = new_set(fd, EPOLLOUT, DATA);
    CHECK_EQUAL(reported(set), 0);
    modify(set, fd, EPOLLIN, DATA);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), 0);
    modify(set, fd, EPOLLOUT, DATA + 1);
    CHECK_EQUAL(reported_within(set, DATA + 1, 0), EPOLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS / 2);
    CHECK_EQUAL(reported(set), 0);
    struct epoll_event event = {.events = EPOLLOUT};
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), -1);
    CHECK_EQUAL(errno, EEXIST);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), 0);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), -1);
    CHECK_EQUAL(errno, ENOENT);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event), -1);
    CHECK_EQUAL(errno, ENOENT);
    take(SLOTS);
    CHECK_EQUAL(reported(set), 0);
    close(fd);
    close(set);
    stop_daemon();
}

static void should_report_one_event_for_a_socket(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT | EPOLLIN, DATA);
    int edges = new_set(fd, EPOLLOUT | EPOLLIN | EPOLLET, DATA);
    CHECK_EQUAL(fill(fd), SLOTS);
    send_to(fd);
    CHECK_EQUAL(reported(set), EPOLLIN);
    CHECK_EQUAL(reported(edges), EPOLLIN);
    CHECK_EQUAL(reported(edges), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), EPOLLIN | EPOLLOUT);
    send_to(fd);
    CHECK_EQUAL(reported(edges), EPOLLIN | EPOLLOUT);
    close(fd);
    close(set);
    close(edges);
    stop_daemon();
}

static void should_fire_once_where_only_once_was_asked_for(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT | EPOLLIN | EPOLLONESHOT, DATA);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS);
    /* Not armed: nothing comes, whatever happens. */
    take(SLOTS / 2);
    send_to(fd);
    CHECK_EQUAL(reported(set), 0);
    CHECK_EQUAL(fill(fd), SLOTS / 2);
    modify(set, fd, EPOLLOUT | EPOLLONESHOT, DATA);
    CHECK_EQUAL(reported(set), 0);
    modify(set, fd, EPOLLOUT | EPOLLIN | EPOLLONESHOT, DATA);
    CHECK_EQUAL(reported(set), EPOLLIN);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), 0);
    modify(set, fd, EPOLLOUT | EPOLLONESHOT, DATA);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(reported(set), 0);
    CHECK_EQUAL(fill(fd), SLOTS / 2);
    CHECK_EQUAL(reported(set), 0);
    modify(set, fd, EPOLLOUT | EPOLLET | EPOLLONESHOT, DATA);
    CHECK_EQUAL(reported(set), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(reported(set), 0);
    /* Armed before it is full. */
    CHECK_EQUAL(try_send(fd), 0);
    modify(set, fd, EPOLLOUT | EPOLLONESHOT, DATA);
    fill(fd);
    CHECK_EQUAL(reported(set), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(reported(set), 0);
    close(fd);
    close(set);
    stop_daemon();
}

static void should_wait_in_exclusive_sets(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT | EPOLLIN | EPOLLEXCLUSIVE, DATA);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(reported(set), 0);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event), -1);
    CHECK_EQUAL(errno, EINVAL);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS / 2);
    CHECK_EQUAL(reported(set), 0);
    close(fd);
    close(set);
    stop_daemon();
}

static void should_reach_all_sets_and_copies_of_a_socket(void) {
    start_daemon();
    int fd = sender();
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    int set = new_set(fd, EPOLLOUT, DATA);
    int other = new_set(copy, EPOLLOUT | EPOLLET, DATA);
    CHECK_EQUAL(reported(other), EPOLLOUT);
    struct epoll_event event = {.events = EPOLLOUT, .data = {.u64 = DATA + 1}};
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, copy, &event), 0);
    CHECK_EQUAL(fill(copy), SLOTS);
    int later = dup(fd);
    struct epoll_event both[4];
    CHECK_EQUAL(epoll_wait(set, both, 4, 0), 0);
    CHECK_EQUAL(reported(other), 0);
    CHECK_EQUAL(polled(fd, POLLOUT) | polled(copy, POLLOUT) | polled(later, POLLOUT), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(epoll_wait(set, both, 4, 0), 2);
    CHECK_EQUAL(both[0].data.u64 + both[1].data.u64, 2 * DATA + 1);
    CHECK_EQUAL(reported(other), EPOLLOUT);
    CHECK_EQUAL(polled(later, POLLOUT), POLLOUT);
    close(later);
    close(copy);
    close(fd);
    CHECK_EQUAL(epoll_wait(set, both, 4, 0), 0);
    close(set);
    close(other);
    stop_daemon();
}

static void should_tell_several_blocked_sockets_apart(void) {
    enum { SOCKETS = 40 };
    struct epoll_event events[SOCKETS + 1];
    int fds[SOCKETS];
    start_daemon();
    int set = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < SOCKETS; i++) {
        struct epoll_event event = {.events = EPOLLOUT | EPOLLET, .data = {.fd = i}};
        fds[i] = sender();
        CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event), 0);
    }
    CHECK_EQUAL(epoll_wait(set, events, SOCKETS + 1, 0), SOCKETS);
    for (int i = 0; i < SOCKETS; i++)
        fill(fds[i]);
    CHECK_EQUAL(epoll_wait(set, events, SOCKETS + 1, 0), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(epoll_wait(set, events, SOCKETS + 1, 0), SOCKETS);
    uint64_t seen = 0;
    for (int i = 0; i < SOCKETS; i++)
        seen |= UINT64_C(1) << events[i].data.fd;
    CHECK(seen == (UINT64_C(1) << SOCKETS) - 1);
    for (int i = 0; i < SOCKETS; i++)
        close(fds[i]);
    close(set);
    stop_daemon();
}

static void should_show_through_nested_sets(void) {
    start_daemon();
    int fd = sender();
    int inner = new_set(fd, EPOLLOUT, DATA);
    int outer = new_set(inner, EPOLLIN, DATA + 1);
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(reported_within(outer, DATA + 1, 0), 0);
    CHECK_EQUAL(polled(inner, POLLIN), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(polled(inner, POLLIN), POLLIN);
    CHECK_EQUAL(reported_within(outer, DATA + 1, 0), EPOLLIN);
    CHECK_EQUAL(reported(inner), EPOLLOUT);
    close(outer);
    close(inner);
    close(fd);
    stop_daemon();
}

static void should_say_the_same_through_every_name_of_epoll_wait(void) {
    const struct timespec now = {0};
    struct epoll_event event;
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT, DATA);
    CHECK_EQUAL(fill(fd), SLOTS);
    for (int lap = 0; lap < 2; lap++) {
        CHECK_EQUAL(epoll_wait(set, &event, 1, 0), lap);
        CHECK_EQUAL(epoll_pwait(set, &event, 1, 0, NULL), lap);
        CHECK_EQUAL(epoll_pwait2(set, &event, 1, &now, NULL), lap);
        take(lap == 0 ? SLOTS / 2 : 0);
    }
    close(fd);
    close(set);
    stop_daemon();
}

static int poll_by_number(int fd, int way) {
    struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
    struct timespec now = {0};
    return (int)(way == 0 ? syscall(SYS_poll, &descriptor, 1, 0)
                          : syscall(SYS_ppoll, &descriptor, 1, &now, NULL, 8));
}

static int select_by_number(int fd, int way) {
    fd_set writable;
    struct timeval now = {0};
    struct timespec now_ns = {0};
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    int ready = (int)(way == 0 ? syscall(SYS_select, fd + 1, NULL, &writable, NULL, &now)
                               : syscall(SYS_pselect6, fd + 1, NULL, &writable, NULL, &now_ns, 0));
    CHECK_EQUAL(FD_ISSET(fd, &writable) != 0, ready);
    return ready;
}

static int epoll_by_number(int set, int way) {
    struct epoll_event event;
    const struct timespec now = {0};
    switch (way) {
    case 0:
        return (int)syscall(SYS_epoll_wait, set, &event, 1, 0);
    case 1:
        return (int)syscall(SYS_epoll_pwait, set, &event, 1, 0, NULL, 8);
    default:
        return (int)syscall(SYS_epoll_pwait2, set, &event, 1, &now, NULL, 8);
    }
}

static void should_say_the_same_to_whoever_calls_by_number(void) {
    start_daemon();
    int fd = sender();
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLOUT};
    CHECK_EQUAL(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event), 0);
    CHECK_EQUAL(fill(fd), SLOTS);
    for (int lap = 0; lap < 2; lap++) {
        for (int way = 0; way < 2; way++) {
            CHECK_EQUAL(poll_by_number(fd, way), lap);
            CHECK_EQUAL(select_by_number(fd, way), lap);
        }
        for (int way = 0; way < 3; way++)
            CHECK_EQUAL(epoll_by_number(set, way), lap);
        take(lap == 0 ? SLOTS / 2 : 0);
    }
    close(fd);
    close(set);
    stop_daemon();
}

static void should_leave_what_only_numbers_say_to_the_kernel(void) {
    start_daemon();
    int fd = blocked_sender();
    struct pollfd descriptor = {.fd = fd, .events = POLLIN};
    struct timespec rest = {.tv_nsec = 1000000};
    sigset_t none;
    sigemptyset(&none);
    CHECK_EQUAL(syscall(SYS_ppoll, &descriptor, 1, &rest, &none, 16), -1);
    CHECK_EQUAL(errno, EINVAL);
    /* By number the rest of the time is told, by name it is not. */
    descriptor.events = POLLOUT;
    CHECK_EQUAL(syscall(SYS_ppoll, &descriptor, 1, &rest, NULL, 8), 0);
    CHECK_EQUAL(rest.tv_nsec, 0);
    rest.tv_nsec = 1000000;
    CHECK_EQUAL(ppoll(&descriptor, 1, &rest, NULL), 0);
    CHECK_EQUAL(rest.tv_nsec, 1000000);
    CHECK_EQUAL(syscall(SYS_gettid), gettid());
    CHECK_EQUAL(syscall(-1), -1);
    CHECK_EQUAL(errno, ENOSYS);
    close(fd);
    stop_daemon();
}

/* ---- what waits longer than the reason ---- */

static void should_forget_a_socket_that_is_closed_while_it_is_full(void) {
    static const char *const ways[] = {"close", "dup2", "close_range", "without a word"};
    start_daemon();
    int fd = blocked_sender();
    for (int way = 0; way < 4; way++) {
        int set = new_set(fd, EPOLLOUT, DATA);
        CHECK_EQUAL(reported(set), 0);
        if (way == 0)
            close(fd);
        else if (way == 1)
            CHECK_EQUAL(dup2(STDERR_FILENO, fd), fd);
        else if (way == 2)
            CHECK_EQUAL(close_range((unsigned int)fd, (unsigned int)fd, 0), 0);
        else
            syscall(SYS_close, fd);
        take(SLOTS / 2);
        if (reported(set) != 0) {
            fprintf(stderr, "an event of a socket that was closed by %s\n", ways[way]);
            exit(1);
        }
        if (way == 1)
            close(fd);
        /* The number is another's now. */
        int next = sender();
        CHECK_EQUAL(next, fd);
        struct epoll_event event = {.events = EPOLLOUT, .data = {.u64 = DATA}};
        CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, next, &event), 0);
        CHECK_EQUAL(reported(set), EPOLLOUT);
        CHECK_EQUAL(polled(next, POLLOUT), POLLOUT);
        CHECK_EQUAL(fill(next), SLOTS / 2);
        CHECK_EQUAL(reported(set), 0);
        close(set);
    }
    close(fd);
    stop_daemon();
}

static void should_be_writable_when_the_daemon_dies(void) {
    start_daemon();
    int fd = sender();
    int levels = new_set(fd, EPOLLOUT, DATA);
    int edges = new_set(fd, EPOLLOUT | EPOLLET, DATA);
    CHECK_EQUAL(reported(edges), EPOLLOUT);
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(reported(edges) | reported(levels), 0);
    stop_daemon();
    CHECK_EQUAL(reported(edges), EPOLLOUT);
    CHECK_EQUAL(reported(levels), EPOLLOUT);
    CHECK_EQUAL(polled(fd, POLLOUT), POLLOUT);
    for (int i = 0; i < 2 * SLOTS; i++)
        CHECK_EQUAL(try_send(fd), 0); /* the kernel's path */
    start_daemon();
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(reported(levels) | (uint32_t)polled(fd, POLLOUT), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(levels), EPOLLOUT);
    CHECK_EQUAL(reported(edges), EPOLLOUT);
    close(fd);
    close(levels);
    close(edges);
    stop_daemon();
}

static void should_never_wait_for_a_daemon_that_takes_nothing_any_more(void) {
    start_daemon();
    int fd = blocked_sender();
    struct ktsn_status *status = daemon_status(daemon_);
    CHECK_EQUAL(polled(fd, POLLOUT), 0);
    __atomic_store_n(&status->flags, 0, __ATOMIC_SEQ_CST);
    daemon_release(daemon_);
    CHECK_EQUAL(polled(fd, POLLOUT), POLLOUT);
    CHECK_EQUAL(try_send(fd), 0);
    close(fd);
    stop_daemon();
}

/* ---- threads, children, signals ---- */

struct waiter {
    pthread_t thread;
    int fd, set;
    _Atomic pid_t id;
    int ready;
};

static void *wait_in_poll(void *argument) {
    struct waiter *waiter = argument;
    struct pollfd descriptor = {.fd = waiter->fd, .events = POLLOUT};
    waiter->id = gettid();
    waiter->ready = poll(&descriptor, 1, PATIENCE_MS);
    return NULL;
}

static void *wait_in_epoll(void *argument) {
    struct waiter *waiter = argument;
    struct epoll_event event;
    waiter->id = gettid();
    waiter->ready = epoll_wait(waiter->set, &event, 1, PATIENCE_MS);
    return NULL;
}

/* Waits until a thread sleeps in the kernel. */
static void await_sleep(const struct waiter *waiter) {
    char name[64], state = 0;
    while (waiter->id == 0)
        sched_yield();
    snprintf(name, sizeof name, "/proc/self/task/%d/stat", (int)waiter->id);
    while (state != 'S') {
        FILE *file = fopen(name, "r");
        CHECK(file != NULL);
        CHECK_EQUAL(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
        fclose(file);
        sched_yield();
    }
}

static void should_wake_threads_that_wait_already(void) {
    start_daemon();
    int fd = sender();
    struct waiter in_epoll = {.fd = fd, .set = new_set(fd, EPOLLOUT | EPOLLET, DATA)};
    struct waiter in_poll = {.fd = fd};
    CHECK_EQUAL(reported(in_epoll.set), EPOLLOUT);
    /* The one before the queue is full, the other after. */
    CHECK_EQUAL(pthread_create(&in_epoll.thread, NULL, wait_in_epoll, &in_epoll), 0);
    await_sleep(&in_epoll);
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(pthread_create(&in_poll.thread, NULL, wait_in_poll, &in_poll), 0);
    await_sleep(&in_poll);
    take(SLOTS / 2);
    pthread_join(in_epoll.thread, NULL);
    pthread_join(in_poll.thread, NULL);
    CHECK_EQUAL(in_epoll.ready, 1);
    CHECK_EQUAL(in_poll.ready, 1);
    close(fd);
    close(in_epoll.set);
    stop_daemon();
}

static void should_serve_a_child_and_leave_its_parent_waiting(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT, DATA);
    CHECK_EQUAL(fill(fd), SLOTS);
    pid_t child = fork();
    if (child == 0) {
        bool fine = try_send(fd) == EAGAIN && polled(fd, POLLOUT) == 0 && reported(set) == 0;
        close(fd);
        close(set);
        _exit(fine ? 0 : 1);
    }
    int status;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(reported(set), 0);
    CHECK_EQUAL(try_send(fd), EAGAIN);
    CHECK_EQUAL(reported(set), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    close(fd);
    close(set);
    stop_daemon();
}

static atomic_int alarms;

static void on_alarm(int signal) {
    (void)signal;
    alarms++;
}

static void should_be_interrupted_by_signals(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT, DATA);
    CHECK_EQUAL(fill(fd), SLOTS);
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    sigset_t alarm_only, none, before;
    sigemptyset(&none);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm_only, &before);
    /* Pending, and let in by the call itself. */
    struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
    struct epoll_event event;
    fd_set writable;
    raise(SIGALRM);
    CHECK_EQUAL(ppoll(&descriptor, 1, NULL, &none), -1);
    CHECK_EQUAL(errno, EINTR);
    raise(SIGALRM);
    FD_ZERO(&writable);
    FD_SET(fd, &writable);
    CHECK_EQUAL(pselect(fd + 1, NULL, &writable, NULL, NULL, &none), -1);
    CHECK_EQUAL(errno, EINTR);
    raise(SIGALRM);
    CHECK_EQUAL(epoll_pwait(set, &event, 1, -1, &none), -1);
    CHECK_EQUAL(errno, EINTR);
    raise(SIGALRM);
    CHECK_EQUAL(epoll_pwait2(set, &event, 1, NULL, &none), -1);
    CHECK_EQUAL(errno, EINTR);
    CHECK_EQUAL(alarms, 4);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(fd);
    close(set);
    stop_daemon();
}

/* ---- sandboxes ---- */

/* From now on this process dies of the calls that it does not make itself. */
static void enter_sandbox(void) {
    static const unsigned int deadly[] = {SYS_getsockopt, SYS_getpid, SYS_rt_sigprocmask, SYS_fcntl,
                                          SYS_dup3,       SYS_openat, SYS_sendto};
    enum { COUNT = sizeof deadly / sizeof *deadly };
    struct sock_filter filter[COUNT + 3] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    for (unsigned char i = 0; i < COUNT; i++)
        filter[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, deadly[i],
                                                     (unsigned char)(COUNT - i), 0);
    filter[COUNT + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[COUNT + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {.len = COUNT + 3, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        _exit(2);
}

static void should_make_no_call_of_its_own_in_a_sandbox(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT, DATA);
    CHECK_EQUAL(fill(fd), SLOTS);
    pid_t child = fork();
    if (child == 0) {
        struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
        struct epoll_event event = {.events = EPOLLIN};
        struct timeval now = {0};
        fd_set writable;
        FD_ZERO(&writable);
        FD_SET(fd, &writable);
        enter_sandbox();
        poll(&descriptor, 1, 0);
        select(fd + 1, NULL, &writable, NULL, &now);
        epoll_wait(set, &event, 1, 0);
        epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
        try_send(fd);
        for (int own = 1000; own < 1010; own++)
            dup2(fd, own);
        for (int own = 1000; own < 1010; own++)
            close(own);
        close(set);
        close(fd);
        syscall(SYS_exit_group, 0);
    }
    int status;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
    close(fd);
    close(set);
    stop_daemon();
}

/* ---- loops of programs ---- */

/* Frees half of the queue whenever somebody waits for it. */
struct consumer {
    pthread_t thread;
    atomic_bool stop;
};

static void *consume(void *argument) {
    struct consumer *consumer = argument;
    struct ktsn_ring *ring = daemon_ring(daemon_);
    static struct daemon_record record;
    while (!consumer->stop) {
        int before = daemon_releases(daemon_);
        if (__atomic_load_n(&ring->space_awaited, __ATOMIC_SEQ_CST) == 0) {
            sched_yield();
            continue;
        }
        while (daemon_releases(daemon_) == before && !consumer->stop)
            daemon_take(daemon_, &record);
    }
    return NULL;
}

enum way { LEVELS, EDGES, POLL, SELECT };

static bool await_writable(enum way way, int fd, int set) {
    struct epoll_event event;
    struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
    struct timeval timeout = {.tv_sec = PATIENCE_MS / 1000};
    fd_set writable;
    switch (way) {
    case POLL:
        return poll(&descriptor, 1, PATIENCE_MS) == 1;
    case SELECT:
        FD_ZERO(&writable);
        FD_SET(fd, &writable);
        return select(fd + 1, NULL, &writable, NULL, &timeout) == 1;
    default:
        return epoll_wait(set, &event, 1, PATIENCE_MS) == 1;
    }
}

static void should_neither_hang_nor_spin_in_any_loop(void) {
    enum { COUNT = 20000 };
    for (enum way way = LEVELS; way <= SELECT; way++) {
        struct consumer consumer = {.stop = false};
        start_daemon();
        int fd = sender();
        int set = new_set(fd, EPOLLOUT | EPOLLIN | (way == EDGES ? EPOLLET : 0), DATA);
        CHECK_EQUAL(pthread_create(&consumer.thread, NULL, consume, &consumer), 0);
        int sent = 0, waits = 0;
        while (sent < COUNT) {
            CHECK(await_writable(way, fd, set));
            waits++;
            int error = 0;
            while (sent < COUNT && (error = try_send(fd)) == 0)
                sent++;
            CHECK(error == 0 || error == EAGAIN);
        }
        consumer.stop = true;
        pthread_join(consumer.thread, NULL);
        /* Half of the queue each time; the first and the last may find less. */
        CHECK(waits <= COUNT / (SLOTS / 2) + 2);
        close(fd);
        close(set);
        stop_daemon();
    }
}

struct producer {
    pthread_t thread;
    int count;
    enum way way;
    bool hung;
};

static void *produce(void *argument) {
    struct producer *producer = argument;
    int fd = sender();
    int set = new_set(fd, EPOLLOUT | (producer->way == EDGES ? EPOLLET : 0), DATA);
    for (int sent = 0; sent < producer->count && !producer->hung;) {
        if (try_send(fd) == 0)
            sent++;
        else
            producer->hung = !await_writable(producer->way, fd, set);
    }
    close(set);
    close(fd);
    return NULL;
}

static void should_lose_no_wake_up_among_threads(void) {
    enum { THREADS = 4, COUNT = 4000 };
    struct producer producers[THREADS];
    struct consumer consumer = {.stop = false};
    start_daemon_with(2);
    CHECK_EQUAL(pthread_create(&consumer.thread, NULL, consume, &consumer), 0);
    for (int i = 0; i < THREADS; i++) {
        producers[i] = (struct producer){.count = COUNT, .way = (enum way)i};
        CHECK_EQUAL(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(producers[i].thread, NULL);
        CHECK(!producers[i].hung);
    }
    consumer.stop = true;
    pthread_join(consumer.thread, NULL);
    stop_daemon();
}

/* ---- what nobody notices ---- */

static int open_descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void should_keep_its_descriptors_to_itself(void) {
    start_daemon();
    int fd = sender();
    int set = new_set(fd, EPOLLOUT, DATA);
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(reported(set), 0);
    int before = open_descriptors();
    for (int own = 500; own < 1200; own++) {
        if (syscall(SYS_fcntl, own, F_GETFD) < 0)
            continue;
        CHECK_EQUAL(syscall(SYS_fcntl, own, F_GETFD), FD_CLOEXEC);
        CHECK_EQUAL(close(own), -1);
        CHECK_EQUAL(errno, EBADF);
    }
    CHECK_EQUAL(close_range(500, ~0u, 0), 0);
    CHECK_EQUAL(open_descriptors(), before);
    /* Whatever number the program wants, it gets; the library goes elsewhere. */
    for (int own = 1000; own < 1040; own++)
        CHECK_EQUAL(dup2(STDERR_FILENO, own), own);
    CHECK_EQUAL(polled(fd, POLLOUT), 0);
    CHECK_EQUAL(reported(set), 0);
    take(SLOTS / 2);
    CHECK_EQUAL(polled(fd, POLLOUT), POLLOUT);
    CHECK_EQUAL(reported(set), EPOLLOUT);
    for (int own = 1000; own < 1040; own++)
        CHECK_EQUAL(close(own), 0);
    close(fd);
    close(set);
    stop_daemon();
}

static void should_need_no_more_descriptors_the_longer_it_goes_on(void) {
    start_daemon();
    int before = 0;
    for (int lap = 0; lap < 300; lap++) {
        int fd = sender();
        int set = new_set(fd, EPOLLOUT, DATA);
        fill(fd);
        CHECK_EQUAL(reported(set), 0);
        take(SLOTS);
        CHECK_EQUAL(reported(set), EPOLLOUT);
        close(set);
        close(fd);
        if (lap == 0)
            before = open_descriptors();
    }
    CHECK_EQUAL(open_descriptors(), before);
    stop_daemon();
}

static void should_tell_the_daemon_only_when_somebody_waits(void) {
    start_daemon();
    int fd = sender();
    for (int i = 0; i < SLOTS; i++)
        CHECK_EQUAL(try_send(fd), 0);
    CHECK_EQUAL(polled(fd, POLLOUT), POLLOUT);
    take(SLOTS);
    CHECK_EQUAL(daemon_releases(daemon_), 0);
    CHECK_EQUAL(fill(fd), SLOTS);
    CHECK_EQUAL(try_send(fd), EAGAIN);
    take(SLOTS);
    CHECK_EQUAL(daemon_releases(daemon_), 1);
    close(fd);
    stop_daemon();
}

/* ---- Python ---- */

static void should_let_asyncio_wait(const char *program) {
    struct consumer consumer = {.stop = false};
    start_daemon();
    CHECK_EQUAL(pthread_create(&consumer.thread, NULL, consume, &consumer), 0);
    pid_t python = fork();
    if (python == 0) {
        execl("/usr/bin/python3", "python3", program, "10.77.0.3", "9000", "20000", "32",
              (char *)NULL);
        fprintf(stderr, "/usr/bin/python3 can't be run: apt-get install python3\n");
        _exit(127);
    }
    int status;
    CHECK_EQUAL(waitpid(python, &status, 0), python);
    CHECK_EQUAL(status, 0);
    consumer.stop = true;
    pthread_join(consumer.thread, NULL);
    stop_daemon();
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s LIBRARY|- [ASYNCIO-PROGRAM]\n", argv[0]);
        return 2;
    }
    begin_with_library(argv, "waiting", path, sizeof path);
    alarm(300);
    make_network();

    RUN(should_withhold_pollout_until_half_of_the_queue_is_free);
    RUN(should_poll_all_others_as_the_kernel_does);
    RUN(should_say_the_same_through_every_name_of_poll);
    RUN(should_withhold_it_from_select_likewise);
    RUN(should_keep_timeouts_and_errors_of_select);

    RUN(should_withhold_epollout_from_a_level_triggered_set);
    RUN(should_give_an_edge_when_there_is_space_again);
    RUN(should_follow_what_is_registered_while_it_is_full);
    RUN(should_report_one_event_for_a_socket);
    RUN(should_fire_once_where_only_once_was_asked_for);
    RUN(should_wait_in_exclusive_sets);
    RUN(should_reach_all_sets_and_copies_of_a_socket);
    RUN(should_tell_several_blocked_sockets_apart);
    RUN(should_show_through_nested_sets);
    RUN(should_say_the_same_through_every_name_of_epoll_wait);
    RUN(should_say_the_same_to_whoever_calls_by_number);
    RUN(should_leave_what_only_numbers_say_to_the_kernel);

    RUN(should_forget_a_socket_that_is_closed_while_it_is_full);
    RUN(should_be_writable_when_the_daemon_dies);
    RUN(should_never_wait_for_a_daemon_that_takes_nothing_any_more);

    RUN(should_wake_threads_that_wait_already);
    RUN(should_serve_a_child_and_leave_its_parent_waiting);
    RUN(should_be_interrupted_by_signals);

    RUN(should_make_no_call_of_its_own_in_a_sandbox);

    RUN(should_neither_hang_nor_spin_in_any_loop);
    RUN(should_lose_no_wake_up_among_threads);

    RUN(should_keep_its_descriptors_to_itself);
    RUN(should_need_no_more_descriptors_the_longer_it_goes_on);
    RUN(should_tell_the_daemon_only_when_somebody_waits);

    if (argc > 2) {
        should_let_asyncio_wait(argv[2]);
        printf("ok should_let_asyncio_wait\n");
    }
    return 0;
}
