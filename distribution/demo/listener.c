/*
 * A listener: receives the talker's datagrams, notes the instant of each with CLOCK_TAI right after
 * recv, and writes all of it to a file when it is done, or told to end (SIGTERM).
 *
 * File, little-endian: "TALKRCV1", u64 records, u64 datagrams that were not the talker's, u64 left
 * out; then records of 24 octets: u32 sequence, u32 payload octets, i64 launch time asked for, i64
 * arrival, both in TAI nanoseconds.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <unistd.h>

#include "program.h"

static const char NAME[] = "listener";

enum { PROGRESS_EVERY_NS = 200000000, LARGEST = 65536 };

struct arrival {
    uint32_t sequence;
    uint32_t octets;
    int64_t launch_tai;
    int64_t arrival_tai;
};

_Static_assert(sizeof(struct arrival) == 24, "a record has no padding");

struct header {
    char magic[8];
    uint64_t records;
    uint64_t foreign;
    uint64_t left_out;
};

struct settings {
    union endpoint bind;
    const char *output;
    int64_t frames, first_ms, quiet_ms, linger_ms, fifo, cpu;
    int progress;
};

/* Written by the receiving thread, read by the one that reports. */
static struct { atomic_llong received, duplicated, reordered; } count;

static volatile sig_atomic_t told_to_end;

static void on_end(int signal) {
    (void)signal;
    told_to_end = 1;
}

static const char USAGE[] =
    "usage: listener --bind ADDRESS:PORT --output FILE [options]   (IPv6: [ADDRESS]:PORT)\n"
    "  --frames N           end after so many different datagrams    (10000)\n"
    "  --first-ms MS        give up if none has come by then         (30000)\n"
    "  --quiet-ms MS        end if none comes for so long            (2000)\n"
    "  --linger-ms MS       stay for duplicates after the last one   (200)\n"
    "  --fifo P, --cpu N    real-time priority, processor            (unset)\n"
    "  --progress           counts on standard output five times a second\n";

static struct settings parse(int argc, char **argv) {
    enum { BIND, OUTPUT, FRAMES, FIRST, QUIET, LINGER, FIFO, CPU, PROGRESS, HELP };
    static const struct option options[] = {
        {"bind", required_argument, NULL, BIND},
        {"output", required_argument, NULL, OUTPUT},
        {"frames", required_argument, NULL, FRAMES},
        {"first-ms", required_argument, NULL, FIRST},
        {"quiet-ms", required_argument, NULL, QUIET},
        {"linger-ms", required_argument, NULL, LINGER},
        {"fifo", required_argument, NULL, FIFO},
        {"cpu", required_argument, NULL, CPU},
        {"progress", no_argument, NULL, PROGRESS},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    struct settings s = {
        .frames = 10000, .first_ms = 30000, .quiet_ms = 2000, .linger_ms = 200, .cpu = -1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case BIND:
            s.bind = read_endpoint(NAME, "--bind", optarg);
            break;
        case OUTPUT:
            s.output = optarg;
            break;
        case FRAMES:
            s.frames = number(NAME, "--frames", optarg, 1, 100000000);
            break;
        case FIRST:
            s.first_ms = number(NAME, "--first-ms", optarg, 1, 86400000);
            break;
        case QUIET:
            s.quiet_ms = number(NAME, "--quiet-ms", optarg, 1, 86400000);
            break;
        case LINGER:
            s.linger_ms = number(NAME, "--linger-ms", optarg, 1, 86400000);
            break;
        case FIFO:
            s.fifo = number(NAME, "--fifo", optarg, 1, 99);
            break;
        case CPU:
            s.cpu = number(NAME, "--cpu", optarg, 0, CPU_SETSIZE - 1);
            break;
        case PROGRESS:
            s.progress = 1;
            break;
        default:
            show_usage(USAGE, option == HELP);
        }
    }
    end_of_options(NAME, argv, optind, argc);
    if (s.bind.any.sa_family == 0)
        fail(NAME, "nowhere to listen: give --bind ADDRESS:PORT.");
    if (s.output == NULL)
        fail(NAME, "nowhere to write what arrives: give --output FILE.");
    return s;
}

static void time_out(int descriptor, int64_t ms) {
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
        fail(NAME, "the kernel refuses a time-out of %lld ms: %s.", (long long)ms, strerror(errno));
}

static int open_socket(const struct settings *s) {
    int descriptor = socket(s->bind.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        fail(NAME, "can't open a UDP socket: %s.", strerror(errno));
    int room = 8 << 20; /* as much of it as the kernel allows */
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(descriptor, &s->bind.any, endpoint_octets(&s->bind)) != 0)
        fail(NAME, "can't bind to the address given with --bind: %s.", strerror(errno));
    return descriptor;
}

static void *report(void *unused) {
    (void)unused;
    int64_t next = now_ns(CLOCK_MONOTONIC);
    for (;;) {
        next += PROGRESS_EVERY_NS;
        sleep_until(CLOCK_MONOTONIC, next);
        printf("received %lld duplicated %lld reordered %lld\n", atomic_load(&count.received),
               atomic_load(&count.duplicated), atomic_load(&count.reordered));
        fflush(stdout);
    }
    return NULL;
}

static void add(atomic_llong *counter) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Counts a datagram; returns whether it is one that had not come before. */
static int judge(uint8_t *seen, int64_t frames, int64_t *highest, uint32_t sequence) {
    if (sequence >= frames)
        return 0;
    if (seen[sequence]) {
        add(&count.duplicated);
        return 0;
    }
    seen[sequence] = 1;
    add(&count.received);
    if (sequence < *highest)
        add(&count.reordered);
    else
        *highest = sequence;
    return 1;
}

static void listen_to(const struct settings *s, int descriptor, uint8_t *seen,
                      struct arrival *arrivals, uint64_t capacity, struct header *header) {
    static uint8_t buffer[LARGEST];
    int64_t highest = -1, missing = s->frames, end = INT64_MAX;
    time_out(descriptor, s->first_ms);
    while (!told_to_end && now_ns(CLOCK_MONOTONIC) < end) {
        ssize_t octets = recv(descriptor, buffer, sizeof buffer, 0);
        int64_t arrival = now_ns(CLOCK_TAI);
        if (octets < 0 && errno == EINTR)
            continue;
        if (octets < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (octets < 0)
            fail(NAME, "can't receive: %s.", strerror(errno));
        struct mark mark;
        memcpy(&mark, buffer, sizeof mark);
        if ((size_t)octets < sizeof mark || mark.magic != MARK_MAGIC) {
            header->foreign++;
            continue;
        }
        if (header->records == 0)
            time_out(descriptor, s->quiet_ms);
        if (header->records < capacity)
            arrivals[header->records++] =
                (struct arrival){mark.sequence, (uint32_t)octets, mark.launch_tai, arrival};
        else
            header->left_out++;
        if (judge(seen, s->frames, &highest, mark.sequence) && --missing == 0) {
            time_out(descriptor, s->linger_ms);
            end = now_ns(CLOCK_MONOTONIC) + s->linger_ms * 1000000;
        }
    }
}

int main(int argc, char **argv) {
    struct settings s = parse(argc, argv);
    uint64_t capacity = (uint64_t)s.frames + (uint64_t)s.frames / 8 + 1024;
    struct arrival *arrivals = malloc(capacity * sizeof *arrivals);
    uint8_t *seen = malloc((size_t)s.frames);
    if (arrivals == NULL || seen == NULL)
        fail(NAME, "no memory for %lld datagrams; give fewer --frames.", (long long)s.frames);
    memset(arrivals, 0xff, capacity * sizeof *arrivals); /* no page fault while measuring */
    memset(seen, 0, (size_t)s.frames);
    struct header header = {.magic = {'T', 'A', 'L', 'K', 'R', 'C', 'V', '1'}};

    int descriptor = open_socket(&s);
    pthread_t reporter;
    if (s.progress && pthread_create(&reporter, NULL, report, NULL) != 0)
        fail(NAME, "can't start the thread that reports progress.");
    place(NAME, s.cpu, s.fifo);
    struct sigaction action = {.sa_handler = on_end}; /* without SA_RESTART: recv returns */
    sigaction(SIGTERM, &action, NULL);
    puts("ready");
    fflush(stdout);
    listen_to(&s, descriptor, seen, arrivals, capacity, &header);

    write_file(NAME, s.output, &header, sizeof header, arrivals, header.records * sizeof *arrivals);
    free(arrivals);
    free(seen);
    close(descriptor);
    return 0;
}
