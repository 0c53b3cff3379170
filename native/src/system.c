/* System calls that Java can't make: they pass descriptors, or change a thread's namespace. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "ktsn_native.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

enum { MOST_DESCRIPTORS = 8 };

/* How many messages, and for how long, one receives at once that are not the kernel's. */
enum { MOST_FOREIGN = 32, FOREIGN_LIMIT_NS = 1000000 };

/* The shortest that the kernel grants. */
enum { SLICE_NS = 100000 };

/* Sets the nice value, and a short slice of time: since Linux 6.12 a thread that wakes goes before
 * those with longer slices at once, instead of when theirs are over. Older kernels don't heed it.
 */
static int favour(int nice) {
    struct {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime;
        uint64_t deadline;
        uint64_t period;
    } attributes = {
        .size = sizeof attributes, .policy = SCHED_OTHER, .nice = nice, .runtime = SLICE_NS};
    return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int ktsn_processors(int32_t *number, int room) {
    /* The kernel refuses a set that is smaller than its own, of which nobody tells the size. */
    for (int most = CPU_SETSIZE; most <= 1 << 20; most *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)most);
        if (!set)
            return ktsn_fail(ENOMEM, "no memory for a set of processors");
        size_t octets = CPU_ALLOC_SIZE((size_t)most);
        if (sched_getaffinity(getpid(), octets, set) == 0) {
            int count = 0;
            for (int i = 0; i < most; i++) {
                if (CPU_ISSET_S((size_t)i, octets, set)) {
                    if (count < room)
                        number[count] = i;
                    count++;
                }
            }
            CPU_FREE(set);
            return count;
        }
        int error = errno;
        CPU_FREE(set);
        if (error != EINVAL)
            return ktsn_fail(error, "the kernel does not tell the allowed processors: %s",
                             strerror(error));
    }
    return ktsn_fail(EOVERFLOW, "the kernel knows more than a million processors");
}

int ktsn_thread_place(int cpu, int priority) {
    prctl(PR_SET_TIMERSLACK, 1); /* a timer that is 50 us late may meet the next launch */
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
            return ktsn_fail(errno,
                             "CPU %d can't be used: %s; configure one of those that KTSNd may use "
                             "(Cpus_allowed_list in /proc/PID/status)",
                             cpu, strerror(errno));
    }
    if (priority > 0) {
        struct sched_param parameter = {.sched_priority = priority};
        if (sched_setscheduler(0, SCHED_FIFO, &parameter) != 0)
            return ktsn_fail(errno,
                             "real-time priority %d is refused: %s; run with CAP_SYS_NICE, or "
                             "configure priority 0",
                             priority, strerror(errno));
    } else if (priority < 0) {
        if (favour(priority) != 0)
            return ktsn_fail(errno, "nice value %d is refused: %s; configure priority 0", priority,
                             strerror(errno));
    }
    return 0;
}

int ktsn_thread_id(void) {
    return gettid();
}

void ktsn_thread_demote(int id) {
    struct sched_param none = {0};
    (void)sched_setscheduler(id, SCHED_IDLE, &none); /* it may have ended */
}

/* Changes the permissions of the socket at path, and of nothing else: whoever may write to its
 * folder could have put a link in its place. */
static int permit(const char *path, mode_t mode) {
    int node = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (node < 0)
        return -1;
    struct stat what;
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", node);
    int result = fstat(node, &what);
    if (result == 0 && !S_ISSOCK(what.st_mode)) {
        errno = ENOTSOCK;
        result = -1;
    }
    if (result == 0)
        result = chmod(name, mode);
    int error = errno;
    close(node);
    errno = error;
    return result;
}

int ktsn_seqpacket_listen(const char *path, int mode) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return ktsn_fail(ENAMETOOLONG,
                         "the socket path %s has %zu characters; at most %zu are possible", path,
                         strlen(path), sizeof address.sun_path - 1);
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return ktsn_fail(errno, "no socket for %s: %s", path, strerror(errno));
    /* Those who connect inherit it: nobody can send descriptors. Older kernels don't know it. */
    int off = 0;
    (void)setsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
    unlink(path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        permit(path, (mode_t)mode) != 0 || listen(listener, 64) != 0) {
        int error = errno;
        close(listener);
        return ktsn_fail(error, "%s can't be listened on: %s", path, strerror(error));
    }
    return listener;
}

/* The number of the network namespace in which a Unix socket's peer was made; 0: not to be found
 * out. A socket that was accepted belongs to the namespace of the one that connected, for good. */
static uint64_t network_of(int peer) {
    struct stat space = {0};
    int network = ioctl(peer, SIOCGSKNS);
    if (network < 0)
        return 0;
    if (fstat(network, &space) != 0)
        space.st_ino = 0;
    close(network);
    return space.st_ino;
}

int ktsn_seqpacket_accept(int listener, struct ktsn_peer *who) {
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer < 0)
        return errno == EAGAIN ? -EAGAIN : ktsn_fail(errno, "accept: %s", strerror(errno));
    struct ucred credentials = {0};
    socklen_t length = sizeof credentials;
    getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
    int passes = 1;
    length = sizeof passes;
    getsockopt(peer, SOL_SOCKET, SO_PASSRIGHTS, &passes, &length);
    *who = (struct ktsn_peer){.network = network_of(peer),
                              .process = credentials.pid,
                              .user = credentials.uid,
                              .passes_descriptors = passes != 0};
    return peer;
}

int ktsn_seqpacket_send(int socket, const void *message, uint32_t octets,
                        const int32_t *descriptors, uint32_t count) {
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = octets};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > MOST_DESCRIPTORS)
        return ktsn_fail(EINVAL, "%u descriptors in one message; %d are possible", count,
                         MOST_DESCRIPTORS);
    if (count > 0) {
        memset(&control, 0, sizeof control);
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
    }
    if (sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return ktsn_fail(errno, "a program could not be answered: %s", strerror(errno));
    return 0;
}

/* Tells whether descriptors are in a message that waits. They stay there: to close the last one of
 * a socket may take as long as its owner likes. */
static bool carries_descriptors(int socket) {
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
    } control;
    struct msghdr header = {.msg_control = &control, .msg_controllen = sizeof control};
    bool any = false;
    if (recvmsg(socket, &header, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
        return false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        any = true;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int unwanted;
            memcpy(&unwanted, CMSG_DATA(c) + i * sizeof(int), sizeof unwanted);
            close(unwanted);
        }
    }
    return any || (header.msg_flags & MSG_CTRUNC) != 0;
}

int ktsn_seqpacket_receive(int socket, void *message, uint32_t room) {
    if (carries_descriptors(socket))
        return ktsn_fail(EPERM, "a program sent descriptors");
    ssize_t octets = recv(socket, message, room, MSG_DONTWAIT);
    if (octets < 0)
        return errno == EAGAIN ? -EAGAIN : ktsn_fail(errno, "receive: %s", strerror(errno));
    return (int)octets;
}

int ktsn_memory_share(const char *name, uint64_t octets, int read_only, uint64_t *address) {
    int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0)
        return ktsn_fail(errno, "no shared memory %s: %s", name, strerror(errno));
    void *map = MAP_FAILED;
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (read_only ? F_SEAL_FUTURE_WRITE : 0);
    if (ftruncate(memory, (off_t)octets) == 0)
        map = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
    if (map == MAP_FAILED || fcntl(memory, F_ADD_SEALS, seals) != 0) {
        int error = errno;
        if (map != MAP_FAILED)
            munmap(map, octets);
        close(memory);
        return ktsn_fail(error, "no shared memory %s of %llu octets: %s", name,
                         (unsigned long long)octets, strerror(error));
    }
    (void)mlock(map, octets); /* if it may: pages that are there are not swapped out */
    *address = (uint64_t)(uintptr_t)map;
    return memory;
}

int ktsn_memory_keep(int memory) {
    int flags = 0;
    if (ioctl(memory, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_IMMUTABLE_FL;
        if (ioctl(memory, FS_IOC_SETFLAGS, &flags) == 0)
            return 0;
    }
    return ktsn_fail(errno,
                     "shared memory can't keep its pages: %s; use Linux 6.0 or newer with "
                     "CONFIG_TMPFS_XATTR, and CAP_LINUX_IMMUTABLE",
                     strerror(errno));
}

void ktsn_memory_release(int memory, uint64_t octets) {
    int flags = 0;
    if (ioctl(memory, FS_IOC_GETFLAGS, &flags) == 0) {
        flags &= ~FS_IMMUTABLE_FL;
        (void)ioctl(memory, FS_IOC_SETFLAGS, &flags);
    }
    (void)fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)octets);
}

int ktsn_memory_unmap(uint64_t address, uint64_t octets) {
    return munmap((void *)(uintptr_t)address, octets) == 0
               ? 0
               : ktsn_fail(errno, "munmap: %s", strerror(errno));
}

int ktsn_event_new(void) {
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return event >= 0 ? event : ktsn_fail(errno, "no eventfd: %s", strerror(errno));
}

int ktsn_event_ring(int event) {
    uint64_t one = 1;
    ssize_t written = write(event, &one, sizeof one);
    return written == sizeof one || errno == EAGAIN ? 0 : -errno;
}

int ktsn_event_clear(int event) {
    uint64_t count;
    ssize_t octets = read(event, &count, sizeof count);
    return octets == sizeof count || errno == EAGAIN ? 0 : -errno;
}

int ktsn_space_new(int ends[2]) {
    const int off = 0;
    int passes = 1;
    socklen_t length = sizeof passes;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return ktsn_fail(errno, "no pair of sockets: %s", strerror(errno));
    (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &off, sizeof off);
    (void)setsockopt(ends[1], SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
    (void)getsockopt(ends[1], SOL_SOCKET, SO_PASSRIGHTS, &passes, &length);
    return passes != 0;
}

/* More than can wait there: net.unix.max_dgram_qlen is 10 unless somebody raised it. */
enum { MOST_FILLERS = 16 };

int ktsn_space_empty(int end, uint64_t round) {
    for (int i = 0; i < MOST_FILLERS; i++) {
        uint64_t sent_in;
        struct iovec part = {&sent_in, sizeof sent_in};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t octets = recvmsg(end, &message, MSG_DONTWAIT | MSG_PEEK);
        /* One of this round is left to the next: its sender has seen the ring full since. One with
         * descriptors stays: to drop them may take as long as their owner likes. Whatever else is
         * no filler goes. */
        if (octets < 0 || (octets == sizeof sent_in && sent_in >= round) ||
            (message.msg_flags & MSG_CTRUNC) != 0)
            break;
        (void)recv(end, &sent_in, sizeof sent_in, MSG_DONTWAIT);
    }
    return 0;
}

int ktsn_report_new(int ends[2]) {
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return ktsn_fail(errno, "no pair of sockets: %s", strerror(errno));
    (void)shutdown(ends[1], SHUT_RD);
    return 0;
}

int ktsn_report_send(int end, uint64_t report, uint32_t octets, uint64_t frame,
                     uint32_t frame_octets) {
    struct iovec parts[2] = {{(void *)(uintptr_t)report, octets},
                             {(void *)(uintptr_t)frame, frame_octets}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = frame_octets > 0 ? 2 : 1};
    return sendmsg(end, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ? 0 : -errno;
}

int ktsn_poll_new(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll >= 0 ? poll : ktsn_fail(errno, "no epoll instance: %s", strerror(errno));
}

int ktsn_poll_add(int poll, int descriptor, uint64_t token, int edge) {
    struct epoll_event event = {.events = EPOLLIN | (edge ? EPOLLET : 0), .data.u64 = token};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0
               ? 0
               : ktsn_fail(errno, "epoll add: %s", strerror(errno));
}

int ktsn_poll_remove(int poll, int descriptor) {
    return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL) == 0
               ? 0
               : ktsn_fail(errno, "epoll remove: %s", strerror(errno));
}

int ktsn_poll_wait(int poll, uint64_t *tokens, uint32_t room, int64_t timeout_ns) {
    struct epoll_event events[64];
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000,
                               .tv_nsec = timeout_ns % 1000000000};
    int most = room < 64 ? (int)room : 64;
    /* epoll_pwait2: the planner needs better than milliseconds. */
    long n =
        syscall(SYS_epoll_pwait2, poll, events, most, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
    if (n < 0)
        return errno == EINTR ? 0 : ktsn_fail(errno, "epoll wait: %s", strerror(errno));
    for (long i = 0; i < n; i++)
        tokens[i] = events[i].data.u64;
    return (int)n;
}

struct netlink_open {
    const char *network_namespace;
    uint32_t groups;
    int result;
    int error;
    const char *step;
};

/* Runs in a thread of its own, which ends afterwards: it need not find its way back. */
static void *open_in_namespace(void *argument) {
    struct netlink_open *request = argument;
    request->result = -1;
    request->step = "open";
    int space = open(request->network_namespace, O_RDONLY | O_CLOEXEC);
    if (space >= 0) {
        request->step = "enter";
        if (setns(space, CLONE_NEWNET) == 0) {
            request->step = "open a netlink socket in";
            request->result =
                socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        }
        request->error = errno;
        close(space);
    } else {
        request->error = errno;
    }
    return NULL;
}

int ktsn_netlink_open(const char *network_namespace, uint32_t groups) {
    struct netlink_open request = {.network_namespace = network_namespace, .groups = groups};
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, open_in_namespace, &request);
    if (failed != 0)
        return ktsn_fail(failed, "no thread to enter %s: %s", network_namespace, strerror(failed));
    pthread_join(thread, NULL);
    if (request.result < 0)
        return ktsn_fail(request.error, "can't %s the network namespace %s: %s", request.step,
                         network_namespace, strerror(request.error));
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    if (bind(request.result, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(request.result);
        return ktsn_fail(error, "netlink in %s: %s", network_namespace, strerror(error));
    }
    /* Connected to the kernel, it gets nothing that somebody else sends to it alone. */
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (connect(request.result, (struct sockaddr *)&kernel, sizeof kernel) != 0) {
        int error = errno;
        close(request.result);
        return ktsn_fail(error, "netlink to the kernel in %s: %s", network_namespace,
                         strerror(error));
    }
    return request.result;
}

int ktsn_netlink_send(int socket, const void *message, uint32_t octets) {
    ssize_t sent = send(socket, message, octets, MSG_DONTWAIT);
    return sent >= 0 ? (int)sent : ktsn_fail(errno, "netlink send: %s", strerror(errno));
}

/* What a pod's administrator sends to the groups comes between the kernel's messages. It is passed
 * over, some of it at a time: who sends without end must not hold the caller, who has other pods.
 */
int ktsn_netlink_receive(int socket, void *buffer, uint32_t room) {
    int64_t end = ktsn_clock(CLOCK_MONOTONIC) + FOREIGN_LIMIT_NS;
    for (int foreign = 0; foreign < MOST_FOREIGN; foreign++) {
        struct sockaddr_nl from = {0};
        socklen_t length = sizeof from;
        ssize_t octets =
            recvfrom(socket, buffer, room, MSG_DONTWAIT, (struct sockaddr *)&from, &length);
        if (octets < 0)
            return errno == EAGAIN ? 0 : ktsn_fail(errno, "netlink receive: %s", strerror(errno));
        if (from.nl_pid == 0) /* the kernel; anyone else has nothing to tell us */
            return (int)octets;
        if (ktsn_clock(CLOCK_MONOTONIC) > end)
            break;
    }
    return 0;
}

int ktsn_futex_wake(uint64_t address, int count) {
    long woken =
        syscall(SYS_futex, (uint32_t *)(uintptr_t)address, FUTEX_WAKE, count, NULL, NULL, 0);
    return woken >= 0 ? (int)woken : -errno;
}

int ktsn_close(int descriptor) {
    return close(descriptor) == 0 ? 0 : -errno;
}
