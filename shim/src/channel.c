#include "channel.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "kernel.h"
#include "namespace.h"

#define MILLISECOND_NS INT64_C(1000000)

#define CHECK_INTERVAL_NS (MILLISECOND_NS / 2)
#define ATTEMPT_INTERVAL_NS (100 * MILLISECOND_NS)
#define FIRST_WAIT_NS (200 * MILLISECOND_NS)
#define LATER_WAIT_NS MILLISECOND_NS
#define WELCOME_PATIENCE_NS (2000 * MILLISECOND_NS)
#define VACATE_PATIENCE_MS 100

/* Status memory, ring memory, doorbell, space. */
#define WELCOME_DESCRIPTORS 4

/* Own descriptors live up here, out of the way of programs that count on low numbers. */
#define HIGH_DESCRIPTOR 1000

void ktsn_channels_initialize(struct ktsn_channels *channels, const char *path, bool verbose) {
    memset(channels, 0, sizeof *channels);
    snprintf(channels->path, sizeof channels->path, "%s", path);
    channels->verbose = verbose;
    channels->awaiting = -1;
    ktsn_folder_initialize(&channels->folder);
    for (int i = 0; i < KTSN_CHANNELS; i++) {
        channels->all[i].control = -1;
        channels->all[i].doorbell = -1;
        channels->all[i].space = -1;
    }
}

void ktsn_channels_after_fork(struct ktsn_channels *channels) {
    for (int i = 0; i < KTSN_CHANNELS; i++)
        channels->all[i].inside = 0;
    /* Two processes must not read one WELCOME; the parent's copy remains open. */
    int awaiting = atomic_exchange(&channels->awaiting, -1);
    if (awaiting >= 0)
        kernel_close(awaiting);
    channels->connecting = 0;
    channels->owner = getpid();
}

/* Says once why the channel is not used, to those who asked for it. */
static void explain(struct ktsn_channels *channels, const char *reason) {
    if (!channels->verbose || atomic_exchange(&channels->explained, true))
        return;
    char line[sizeof channels->path + 256];
    int length = snprintf(line, sizeof line, "libktsn: %s: %s; the kernel sends instead\n",
                          channels->path, reason);
    if (length > 0)
        (void)!write(STDERR_FILENO, line,
                     (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

/* ---- descriptors ---- */

static long duplicate_above(int fd, int least) {
    return KTSN_SYSCALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least);
}

int ktsn_own_duplicate(int fd) {
    struct rlimit limit = {.rlim_cur = 0};
    long result = KTSN_SYSCALL(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
    if (result < 0)
        return (int)result;
    rlim_t least = limit.rlim_cur > HIGH_DESCRIPTOR ? HIGH_DESCRIPTOR
                   : limit.rlim_cur > 64            ? limit.rlim_cur - 24
                                                    : limit.rlim_cur / 2;
    return (int)duplicate_above(fd, (int)least);
}

/* Moves a descriptor up; keeps it where it is if there is no room. */
static int move_up(int fd) {
    int moved = ktsn_own_duplicate(fd);
    if (moved < 0)
        return fd;
    kernel_close(fd);
    return moved;
}

static void close_descriptor(atomic_int *descriptor) {
    int fd = atomic_exchange(descriptor, -1);
    if (fd >= 0)
        kernel_close(fd);
}

int ktsn_channels_descriptors(struct ktsn_channels *channels, int list[KTSN_OWN_DESCRIPTORS]) {
    int candidates[KTSN_OWN_DESCRIPTORS];
    int candidate_count = 0;
    for (int i = 0; i < KTSN_CHANNELS; i++) {
        candidates[candidate_count++] = channels->all[i].control;
        candidates[candidate_count++] = channels->all[i].doorbell;
        candidates[candidate_count++] = channels->all[i].space;
    }
    candidates[candidate_count++] = channels->awaiting;
    candidates[candidate_count++] = channels->folder.descriptor;
    int count = 0;
    for (int i = 0; i < candidate_count; i++) {
        if (candidates[i] < 0)
            continue;
        int at = count++;
        for (; at > 0 && list[at - 1] > candidates[i]; at--)
            list[at] = list[at - 1];
        list[at] = candidates[i];
    }
    return count;
}

bool ktsn_channels_own(struct ktsn_channels *channels, int fd) {
    if (fd < 0)
        return false;
    for (int i = 0; i < KTSN_CHANNELS; i++) {
        struct ktsn_channel *channel = &channels->all[i];
        if (atomic_load_explicit(&channel->control, memory_order_relaxed) == fd ||
            atomic_load_explicit(&channel->doorbell, memory_order_relaxed) == fd ||
            atomic_load_explicit(&channel->space, memory_order_relaxed) == fd)
            return true;
    }
    return atomic_load_explicit(&channels->awaiting, memory_order_relaxed) == fd ||
           atomic_load_explicit(&channels->folder.descriptor, memory_order_relaxed) == fd;
}

/* ---- the right to connect ---- */

static bool try_connecting(struct ktsn_channels *channels, int thread) {
    int nobody = 0;
    return atomic_compare_exchange_strong(&channels->connecting, &nobody, thread);
}

static void end_connecting(struct ktsn_channels *channels) {
    atomic_store(&channels->connecting, 0);
    KTSN_SYSCALL(SYS_futex, &channels->connecting, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Waits until another thread's first attempt is over; never for this thread's own, which a signal
 * handler may have interrupted. */
static void await_first_attempt(struct ktsn_channels *channels, int thread) {
    const struct timespec slice = {.tv_nsec = MILLISECOND_NS};
    for (int i = 0; i < FIRST_WAIT_NS / MILLISECOND_NS; i++) {
        int holder = channels->connecting;
        if (holder == 0 || holder == thread || channels->attempted)
            return;
        KTSN_SYSCALL(SYS_futex, &channels->connecting, FUTEX_WAIT_PRIVATE, holder, &slice, NULL, 0);
    }
}

/* ---- retiring ---- */

static void retire(struct ktsn_channels *channels, struct ktsn_channel *channel) {
    struct ktsn_channel *expected = channel;
    atomic_compare_exchange_strong(&channels->current, &expected, NULL);
}

static void unmap(struct ktsn_channel *channel) {
    close_descriptor(&channel->control);
    close_descriptor(&channel->doorbell);
    close_descriptor(&channel->space);
    munmap((void *)channel->status, channel->status_octets);
    munmap(channel->ring, channel->ring_octets);
    channel->occupied = false;
}

/* A place for a new channel, or NULL while all are still in use. The connecting thread only. */
static struct ktsn_channel *vacant(struct ktsn_channels *channels) {
    struct ktsn_channel *found = NULL;
    for (int i = 0; i < KTSN_CHANNELS; i++) {
        struct ktsn_channel *channel = &channels->all[i];
        if (channel->occupied && channels->current != channel && channel->inside <= 0)
            unmap(channel);
        if (!channel->occupied && found == NULL)
            found = channel;
    }
    return found;
}

/* ---- connecting ---- */

static bool whole(const struct ktsn_message *message, size_t length, size_t expected, int type) {
    return length == expected && message->magic == KTSN_CHANNEL_MAGIC && message->type == type;
}

static bool sizes_fit(const struct ktsn_welcome *welcome) {
    uint32_t count = welcome->slot_count;
    uint32_t octets = welcome->slot_octets;
    return welcome->status_octets >= sizeof(struct ktsn_status) && count >= 2 && count <= 65536 &&
           (count & (count - 1)) == 0 && octets >= 256 && octets % 64 == 0 && octets <= 1 << 20 &&
           welcome->ring_octets >= KTSN_RING_HEADER_OCTETS + (uint64_t)count * octets;
}

static void *map_memory(int fd, size_t octets, int protection) {
    struct stat memory;
    if (KTSN_SYSCALL(SYS_fstat, fd, &memory) < 0 || (uint64_t)memory.st_size < octets)
        return NULL;
    void *address = mmap(NULL, octets, protection, MAP_SHARED, fd, 0);
    return address == MAP_FAILED ? NULL : address;
}

/* Takes over what KTSNd welcomed with. The connection, the doorbell and the space socket are the
 * channel's on success. */
static bool adopt(struct ktsn_channels *channels, int control, const struct ktsn_welcome *welcome,
                  const int descriptors[WELCOME_DESCRIPTORS]) {
    struct ktsn_channel *channel = vacant(channels);
    if (channel == NULL)
        return false;
    void *status = map_memory(descriptors[0], welcome->status_octets, PROT_READ);
    void *ring = map_memory(descriptors[1], welcome->ring_octets, PROT_READ | PROT_WRITE);
    if (status == NULL || ring == NULL) {
        if (status != NULL)
            munmap(status, welcome->status_octets);
        if (ring != NULL)
            munmap(ring, welcome->ring_octets);
        explain(channels, "the shared memory could not be mapped");
        return false;
    }
    channel->status = status;
    channel->ring = ring;
    channel->status_octets = welcome->status_octets;
    channel->ring_octets = welcome->ring_octets;
    channel->slot_count = welcome->slot_count;
    channel->slot_octets = welcome->slot_octets;
    channel->serial = ++channels->serial;
    channel->checked_ns = INT64_MIN / 2;
    socklen_t length = sizeof channel->control_cookie;
    kernel_getsockopt(control, SOL_SOCKET, SO_COOKIE, &channel->control_cookie, &length);
    channel->namespace_cookie = ktsn_namespace_cookie(control);
    channels->namespace_cookie = channel->namespace_cookie;
    channel->control = control;
    channel->doorbell = move_up(descriptors[2]);
    channel->space = move_up(descriptors[3]);
    channel->occupied = true;
    atomic_store(&channels->current, channel);
    return true;
}

enum handshake { HANDSHAKE_PENDING, HANDSHAKE_DONE, HANDSHAKE_FAILED };

/* What KTSNd says, with the descriptors that come with it. */
struct answer {
    union {
        struct ktsn_message message;
        struct ktsn_welcome welcome;
        struct ktsn_refused refused;
        struct ktsn_reports reports;
    };
    size_t octets;
    int descriptors[WELCOME_DESCRIPTORS];
    int count;
    bool cut; /* there were more descriptors than can be wanted */
};

/* Reads an answer, if it is there. Returns its octets, 0 if the connection was closed, or -errno.
 */
static long receive(int connection, struct answer *answer) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof answer->descriptors)];
    } rights;
    *answer = (struct answer){.descriptors = {-1, -1, -1, -1}};
    /* Its first members are as long as the longest of them. */
    struct iovec part = {.iov_base = answer, .iov_len = offsetof(struct answer, octets)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    long length = kernel_recvmsg(connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length <= 0)
        return length;
    answer->octets = (size_t)length;
    answer->cut = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        answer->count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(answer->descriptors, CMSG_DATA(header), (size_t)answer->count * sizeof(int));
    }
    return length;
}

/* Closes the descriptors of an answer but the last ones, which somebody has taken. */
static void close_but(const struct answer *answer, int taken) {
    for (int i = 0; i < answer->count - taken; i++) {
        if (answer->descriptors[i] >= 0)
            kernel_close(answer->descriptors[i]);
    }
}

/* Reads KTSNd's answer to the hello, if it is there. */
static enum handshake receive_answer(struct ktsn_channels *channels, int control) {
    struct answer answer;
    long length = receive(control, &answer);
    if (length == -EAGAIN || length == -EINTR)
        return HANDSHAKE_PENDING;
    if (length <= 0) {
        explain(channels, "KTSNd closed the connection");
        return HANDSHAKE_FAILED;
    }
    bool adopted = false;
    if (whole(&answer.message, answer.octets, sizeof answer.refused, KTSN_REFUSED)) {
        answer.refused.reason[sizeof answer.refused.reason - 1] = '\0';
        explain(channels, answer.refused.reason);
    } else if (!whole(&answer.message, answer.octets, sizeof answer.welcome, KTSN_WELCOME) ||
               answer.message.version != KTSN_CHANNEL_VERSION ||
               answer.count != WELCOME_DESCRIPTORS || answer.cut || !sizes_fit(&answer.welcome)) {
        explain(channels, "KTSNd's answer is not understood; use LibKTSN and KTSNd of one release");
    } else {
        adopted = adopt(channels, control, &answer.welcome, answer.descriptors);
    }
    /* Doorbell and space are the channel's now; the memories are mapped and need none. */
    close_but(&answer, adopted ? 2 : 0);
    return adopted ? HANDSHAKE_DONE : HANDSHAKE_FAILED;
}

/* Connects and says a first message; returns the connection or -errno. The path's folder is kept
 * if it may be. */
static int begin_with(struct ktsn_channels *channels, const void *first, size_t octets,
                      bool keeps_folder) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t path_length = strlen(channels->path);
    if (path_length >= sizeof address.sun_path) {
        explain(channels, "the path is too long for a Unix socket; shorten KTSN_SOCKET");
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, channels->path, path_length);

    long fd = KTSN_SYSCALL(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return (int)fd;
    int control = move_up((int)fd);
    /* A thread that is elsewhere now would only be refused: leave the next attempt to another. */
    if (channels->namespace_cookie != 0 &&
        ktsn_namespace_cookie(control) != channels->namespace_cookie) {
        kernel_close(control);
        return -EXDEV;
    }
    long result = KTSN_SYSCALL(SYS_connect, control, &address, sizeof address);
    if (result != 0)
        result = ktsn_folder_connect(&channels->folder, channels->path, control, result);
    else if (keeps_folder)
        ktsn_folder_keep(&channels->folder, channels->path, move_up);
    if (result == 0)
        result = kernel_send(control, first, octets, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result < 0) {
        kernel_close(control);
        return (int)result;
    }
    return control;
}

/* Connects and says hello; returns the connection or -errno. */
static int begin(struct ktsn_channels *channels) {
    struct ktsn_hello hello = {.message = {.magic = KTSN_CHANNEL_MAGIC,
                                           .version = KTSN_CHANNEL_VERSION,
                                           .type = KTSN_HELLO},
                               .process = getpid()};
    snprintf(hello.program, sizeof hello.program, "%s", program_invocation_short_name);
    return begin_with(channels, &hello, sizeof hello, true);
}

/* Reads what KTSNd answers to the question for a report socket; returns that or -errno. */
static int receive_reports(int connection) {
    struct answer answer;
    long length = receive(connection, &answer);
    if (length <= 0)
        return length < 0 ? (int)length : -ECONNRESET;
    bool given = whole(&answer.message, answer.octets, sizeof answer.reports, KTSN_REPORTS) &&
                 answer.count == 1 && !answer.cut;
    close_but(&answer, given);
    return given ? move_up(answer.descriptors[0]) : -EPROTO;
}

int ktsn_channel_ask_reports(struct ktsn_channels *channels, uint64_t cookie) {
    const struct ktsn_reports question = {.message = {.magic = KTSN_CHANNEL_MAGIC,
                                                      .version = KTSN_CHANNEL_VERSION,
                                                      .type = KTSN_REPORTS},
                                          .socket = cookie};
    int connection = begin_with(channels, &question, sizeof question, false);
    if (connection < 0)
        return connection;
    int64_t until_ns = kernel_clock(CLOCK_MONOTONIC) + FIRST_WAIT_NS;
    int64_t rest_ns = FIRST_WAIT_NS;
    int result;
    do {
        kernel_poll(connection, POLLIN, rest_ns);
        result = receive_reports(connection);
        rest_ns = until_ns - kernel_clock(CLOCK_MONOTONIC);
    } while ((result == -EAGAIN || result == -EINTR) && rest_ns > 0);
    kernel_close(connection);
    return result;
}

/* One attempt, or a look whether the last one's answer has come. The connecting thread only. */
static void advance(struct ktsn_channels *channels, int64_t now_ns) {
    int64_t wait_ns = 0;
    if (channels->awaiting < 0) {
        if (now_ns < channels->next_attempt_ns)
            return;
        channels->next_attempt_ns = now_ns + ATTEMPT_INTERVAL_NS;
        int control = begin(channels);
        if (control == -EXDEV)
            channels->next_attempt_ns = now_ns;
        if (control < 0)
            return;
        channels->awaiting = control;
        channels->awaiting_until_ns = now_ns + WELCOME_PATIENCE_NS;
        wait_ns = channels->attempted ? LATER_WAIT_NS : FIRST_WAIT_NS;
    }
    int control = channels->awaiting;
    int64_t wait_until_ns = now_ns + wait_ns;
    while (wait_ns > 0 && kernel_poll(control, POLLIN, wait_ns) == -EINTR)
        wait_ns = wait_until_ns - kernel_clock(CLOCK_MONOTONIC);

    enum handshake handshake = receive_answer(channels, control);
    if (handshake == HANDSHAKE_PENDING && now_ns < channels->awaiting_until_ns)
        return;
    channels->awaiting = -1;
    if (handshake != HANDSHAKE_DONE)
        kernel_close(control);
}

static void connect_channel(struct ktsn_channels *channels, int64_t now_ns) {
    if (channels->awaiting < 0 && now_ns < channels->next_attempt_ns && channels->attempted)
        return;
    /* A child that shares this memory (vfork) has descriptors of its own: it must not store them.
     */
    int nobody = 0;
    int process = getpid();
    if (!atomic_compare_exchange_strong(&channels->owner, &nobody, process) && nobody != process)
        return;
    int thread = (int)KTSN_SYSCALL(SYS_gettid);
    if (!try_connecting(channels, thread)) {
        if (!channels->attempted)
            await_first_attempt(channels, thread);
        return;
    }
    if (channels->current == NULL)
        advance(channels, now_ns);
    channels->attempted = true;
    end_connecting(channels);
}

/* ---- entering and leaving ---- */

static struct ktsn_channel *pin(struct ktsn_channels *channels) {
    struct ktsn_channel *channel;
    while ((channel = atomic_load(&channels->current)) != NULL) {
        atomic_fetch_add(&channel->inside, 1);
        /* Still current, so it was not about to be unmapped when this thread was counted. */
        if (atomic_load(&channels->current) == channel)
            return channel;
        ktsn_channel_leave(channel);
    }
    return NULL;
}

void ktsn_channel_leave(struct ktsn_channel *channel) {
    atomic_fetch_sub(&channel->inside, 1);
}

bool ktsn_channel_is_home_of(const struct ktsn_channel *channel, int fd) {
    if (channel->namespace_cookie != 0)
        return ktsn_namespace_cookie(fd) == channel->namespace_cookie;
    uint32_t interface = __atomic_load_n(&channel->status->interface_index, __ATOMIC_RELAXED);
    return ktsn_namespace_same_link(fd, channel->control, interface);
}

/* Tells whether KTSNd still holds the other end. */
static bool alive(struct ktsn_channel *channel) {
    int control = channel->control;
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    if (control < 0 || channel->doorbell < 0)
        return false;
    if (kernel_getsockopt(control, SOL_SOCKET, SO_COOKIE, &cookie, &length) < 0 ||
        cookie != channel->control_cookie) {
        /* The program has closed the library's descriptors behind its back. They are its own now.
         */
        channel->control = -1;
        channel->doorbell = -1;
        channel->space = -1;
        return false;
    }
    long events = kernel_poll(control, POLLRDHUP, 0);
    return events <= 0 || (events & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) == 0;
}

static bool accepts(const struct ktsn_channel *channel) {
    return (__atomic_load_n(&channel->status->flags, __ATOMIC_ACQUIRE) & KTSN_STATUS_ACCEPTING) !=
           0;
}

struct ktsn_channel *ktsn_channel_enter(struct ktsn_channels *channels, int64_t now_ns) {
    struct ktsn_channel *channel = pin(channels);
    if (channel != NULL) {
        int64_t checked_ns = atomic_load_explicit(&channel->checked_ns, memory_order_relaxed);
        if (now_ns - checked_ns >= CHECK_INTERVAL_NS) {
            atomic_store_explicit(&channel->checked_ns, now_ns, memory_order_relaxed);
            if (!alive(channel)) {
                retire(channels, channel);
                ktsn_channel_leave(channel);
                channel = NULL;
            }
        }
    }
    if (channel == NULL) {
        connect_channel(channels, now_ns);
        channel = pin(channels);
    }
    if (channel != NULL && !accepts(channel)) {
        ktsn_channel_leave(channel);
        channel = NULL;
    }
    return channel;
}

bool ktsn_channel_lives(struct ktsn_channels *channels, struct ktsn_channel *channel) {
    if (alive(channel))
        return accepts(channel);
    retire(channels, channel);
    return false;
}

struct ktsn_channel *ktsn_channel_enter_connected(struct ktsn_channels *channels) {
    return pin(channels);
}

void ktsn_channel_ring_doorbell(struct ktsn_channel *channel) {
    const uint64_t one = 1;
    int doorbell = channel->doorbell;
    if (doorbell >= 0)
        KTSN_SYSCALL(SYS_write, doorbell, &one, sizeof one);
}

void ktsn_channel_resolve(struct ktsn_channel *channel, uint8_t family, const void *next_hop,
                          size_t octets) {
    struct ktsn_resolve resolve = {.message = {.magic = KTSN_CHANNEL_MAGIC,
                                               .version = KTSN_CHANNEL_VERSION,
                                               .type = KTSN_RESOLVE},
                                   .family = family};
    memcpy(resolve.next_hop, next_hop, octets);
    int control = channel->control;
    if (control >= 0)
        kernel_send(control, &resolve, sizeof resolve, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- giving way ---- */

void ktsn_channels_vacate(struct ktsn_channels *channels, int fd) {
    /* A child that shares this memory replaces the descriptor in its own table only. */
    if (getpid() != channels->owner)
        return;
    const struct timespec slice = {.tv_nsec = MILLISECOND_NS};
    int thread = (int)KTSN_SYSCALL(SYS_gettid);
    int patience = VACATE_PATIENCE_MS;
    bool exclusive;
    while (!(exclusive = try_connecting(channels, thread)) && patience-- > 0)
        KTSN_SYSCALL(SYS_nanosleep, &slice, NULL);

    for (int i = 0; i < KTSN_CHANNELS; i++) {
        struct ktsn_channel *channel = &channels->all[i];
        if (channel->control != fd && channel->doorbell != fd && channel->space != fd)
            continue;
        /* Nobody may use the old number once it is the program's: keep threads out meanwhile. */
        struct ktsn_channel *expected = channel;
        bool current = atomic_compare_exchange_strong(&channels->current, &expected, NULL);
        while (channel->inside > 0 && patience-- > 0)
            KTSN_SYSCALL(SYS_nanosleep, &slice, NULL);
        long moved = duplicate_above(fd, fd + 1);
        if (moved < 0)
            moved = duplicate_above(fd, 3);
        atomic_int *descriptor = channel->control == fd    ? &channel->control
                                 : channel->doorbell == fd ? &channel->doorbell
                                                           : &channel->space;
        *descriptor = moved < 0 ? -1 : (int)moved;
        if (current && exclusive)
            atomic_store(&channels->current, channel);
    }
    if (channels->awaiting == fd)
        channels->awaiting = -1;
    if (channels->folder.descriptor == fd) {
        long moved = duplicate_above(fd, fd + 1);
        channels->folder.descriptor = moved < 0 ? -1 : (int)moved;
    }
    if (exclusive)
        end_connecting(channels);
}

void ktsn_channels_abandon(struct ktsn_channels *channels, int fd) {
    int expected = fd;
    for (int i = 0; i < KTSN_CHANNELS; i++) {
        atomic_compare_exchange_strong(&channels->all[i].control, &expected, -1);
        expected = fd;
        atomic_compare_exchange_strong(&channels->all[i].doorbell, &expected, -1);
        expected = fd;
    }
    atomic_compare_exchange_strong(&channels->awaiting, &expected, -1);
    expected = fd;
    atomic_compare_exchange_strong(&channels->folder.descriptor, &expected, -1);
}
