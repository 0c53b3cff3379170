/*
 * DPDK's environment and packet memory. Both live as long as the process: DPDK can't start twice.
 *
 * The pool of frames has one consumer (the planner takes buffers) and one producer (transmission
 * gives them back, from the launcher). A pool for several of each would let the real-time launcher
 * spin for ever on a planner that it had preempted in the middle of a ring operation, on the same
 * core.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_version.h>

#include "error.h"
#include "ktsn_native.h"
#include "packet_memory.h"

enum {
    RECEIVE_BUFFERS = 512, /* what the switch floods to us, until it is thrown away */
};

static struct {
    pthread_mutex_t lock;
    int started;
    char **arguments; /* DPDK keeps pointers into them, */
    char **permuted;  /* and changes their order */
    struct rte_mempool *frames;
    struct rte_mempool *received;
    uint32_t total;
    uint32_t room;
    struct rte_mbuf **left; /* by planners that have ended; room for all */
    uint32_t left_count;
} dpdk = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct start {
    int argc;
    char **argv;
    int result;
    int error;
};

const char *ktsn_dpdk_version(void) {
    return rte_version();
}

const char *ktsn_dpdk_built_for(void) {
    static _Thread_local char release[sizeof RTE_VER_PREFIX + 16];
    snprintf(release, sizeof release, "%s %d.%02d", RTE_VER_PREFIX, RTE_VER_YEAR, RTE_VER_MONTH);
    return release;
}

int ktsn_dpdk_processor_limit(void) {
    return RTE_MAX_LCORE;
}

static void *start_environment(void *argument) {
    struct start *start = argument;
    pthread_setname_np(pthread_self(), "ktsn-eal");
    start->result = rte_eal_init(start->argc, start->argv);
    start->error = rte_errno;
    return NULL;
}

/* The last line of what DPDK logged, without its line end. */
static void last_line(char *log, char *line, size_t room) {
    size_t length = log ? strlen(log) : 0;
    while (length > 0 && log[length - 1] == '\n')
        log[--length] = '\0';
    const char *begin = length > 0 ? strrchr(log, '\n') : NULL;
    begin = begin ? begin + 1 : (log ? log : "");
    snprintf(line, room, "%s", begin);
}

static char **copy_arguments(int argc, const char *const *argv) {
    char **copy = calloc((size_t)argc + 1, sizeof *copy);
    for (int i = 0; copy && i < argc; i++)
        copy[i] = strdup(argv[i]);
    return copy;
}

static int run_eal(int argc, const char *const *argv) {
    dpdk.arguments = copy_arguments(argc, argv);
    dpdk.permuted = calloc((size_t)argc + 1, sizeof *dpdk.permuted);
    if (!dpdk.arguments || !dpdk.permuted)
        return ktsn_fail(ENOMEM, "no memory to start DPDK");
    memcpy(dpdk.permuted, dpdk.arguments, (size_t)argc * sizeof *dpdk.permuted);
    struct start start = {.argc = argc, .argv = dpdk.permuted};
    char *log = NULL;
    size_t log_octets = 0;
    FILE *stream = open_memstream(&log, &log_octets);
    pthread_t thread;
    int result = 0;

    if (!stream)
        return ktsn_fail(ENOMEM, "no memory to start DPDK");
    rte_openlog_stream(stream);
    if (pthread_create(&thread, NULL, start_environment, &start) != 0) {
        result = ktsn_fail(EAGAIN, "no thread for DPDK could be made");
    } else {
        pthread_join(thread, NULL);
        fflush(stream);
        if (start.result < 0) {
            char line[512];
            last_line(log, line, sizeof line);
            result = ktsn_fail(start.error > 0 ? start.error : EIO, "DPDK did not start: %s (%s)",
                               line, rte_strerror(start.error));
        }
    }
    rte_openlog_stream(NULL);
    fclose(stream);
    free(log);
    return result;
}

static int make_pools(uint32_t frames, uint32_t room) {
    free(dpdk.left);
    dpdk.left = calloc(frames, sizeof *dpdk.left);
    if (!dpdk.left)
        return ktsn_fail(ENOMEM, "no memory for the handles of %u frames", frames);
    if (!dpdk.received)
        dpdk.received = rte_pktmbuf_pool_create("ktsn_received", RECEIVE_BUFFERS - 1, 0, 0,
                                                RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    if (!dpdk.received)
        return ktsn_fail(ENOMEM, "no packet memory for %d receive buffers (%s)", RECEIVE_BUFFERS,
                         rte_strerror(rte_errno));
    dpdk.frames = rte_pktmbuf_pool_create_by_ops("ktsn_frames", frames, 0, 0,
                                                 (uint16_t)(RTE_PKTMBUF_HEADROOM + room),
                                                 SOCKET_ID_ANY, "ring_mp_sc");
    if (!dpdk.frames)
        return ktsn_fail(
            ENOMEM,
            "no packet memory for %u frames of %u octets (%s); give DPDK more memory or "
            "configure fewer frames",
            frames, room, rte_strerror(rte_errno));
    dpdk.total = frames;
    dpdk.room = room;
    return 0;
}

static int start(int argc, const char *const *argv, uint32_t frames, uint32_t room) {
    if (dpdk.frames)
        return ktsn_fail(EALREADY, "DPDK runs already in this process");
    if (room < 64 || room > UINT16_MAX - RTE_PKTMBUF_HEADROOM)
        return ktsn_fail(EINVAL, "frames of %u octets are not possible; configure 64 to %u", room,
                         UINT16_MAX - RTE_PKTMBUF_HEADROOM);
    if (frames < 64)
        return ktsn_fail(EINVAL, "%u frames are too few; configure 64 or more", frames);
    if (!dpdk.started) {
        int result = run_eal(argc, argv);
        if (result != 0)
            return result;
        dpdk.started = 1; /* rte_eal_init can't be called again, whatever follows */
    }
    return make_pools(frames, room);
}

int ktsn_dpdk_start(int argc, const char *const *argv, uint32_t frames, uint32_t room) {
    pthread_mutex_lock(&dpdk.lock);
    int result = start(argc, argv, frames, room);
    pthread_mutex_unlock(&dpdk.lock);
    return result;
}

int ktsn_frame_room(void) {
    return (int)dpdk.room;
}

int ktsn_frames_total(void) {
    return (int)dpdk.total;
}

int64_t ktsn_frames_free_count(void) {
    return dpdk.frames ? (int64_t)rte_mempool_avail_count(dpdk.frames) + dpdk.left_count : 0;
}

int ktsn_frames_take(uint64_t *frame, uint32_t n) {
    static_assert(sizeof(struct rte_mbuf *) == sizeof(uint64_t), "handles are pointers");
    struct rte_mbuf *buffers[64];
    if (n > 64)
        return ktsn_fail(EINVAL, "%u frames at once; take at most 64", n);
    uint32_t left = dpdk.left_count < n ? dpdk.left_count : n;
    if (!dpdk.frames ||
        (n > left && rte_pktmbuf_alloc_bulk(dpdk.frames, buffers + left, n - left) != 0))
        return -ENOBUFS; /* no sentence: this is the data path */
    for (uint32_t i = 0; i < left; i++)
        buffers[i] = dpdk.left[--dpdk.left_count];
    for (uint32_t i = 0; i < n; i++)
        frame[i] = (uint64_t)(uintptr_t)buffers[i];
    return 0;
}

int ktsn_frames_leave(const uint64_t *frame, uint32_t n) {
    if (n > dpdk.total - dpdk.left_count)
        return ktsn_fail(EINVAL, "%u frames are left, more than there are", n);
    for (uint32_t i = 0; i < n; i++)
        dpdk.left[dpdk.left_count++] = (struct rte_mbuf *)(uintptr_t)frame[i];
    return 0;
}

uint64_t ktsn_frame_data(uint64_t frame) {
    struct rte_mbuf *buffer = (struct rte_mbuf *)(uintptr_t)frame;
    return (uint64_t)(uintptr_t)buffer->buf_addr + RTE_PKTMBUF_HEADROOM;
}

struct rte_mempool *packet_memory_received(void) {
    return dpdk.frames ? dpdk.received : NULL;
}
