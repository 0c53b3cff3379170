/*
 * A talker: sends a datagram each period, and tells the kernel for each one when it must leave.
 *
 * This is a plain program for Linux. It opens a UDP socket, asks for SO_TXTIME with CLOCK_TAI, and
 * gives each datagram its launch time in an SCM_TXTIME control message. It sends a little ahead of
 * that time and sleeps in between.
 *
 * With --size-max the datagrams have mixed sizes, which whoever reads a recording can compute
 * again: see size_of().
 *
 * With --burst-ns it wakes up only once in so long, and sends all that is due by then.
 *
 * With --mode sleep it does what programs do that can't give a launch time: it sleeps until the
 * instant, and sends.
 */
#include <getopt.h>
#include <linux/net_tstamp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "program.h"

#ifndef SO_TXTIME
#define SO_TXTIME 61
#define SCM_TXTIME SO_TXTIME
#endif

static const char NAME[] = "talker";

enum {
    MOST_OCTETS = 65507, /* the largest UDP payload over IPv4 */
    START_AHEAD_NS = 500000000,
};

struct settings {
    union endpoint to, from;
    int64_t frames, size, size_max, period_ns, lead_ns, burst_ns, base_ns, priority, fifo, cpu;
    int txtime, progress;
};

static atomic_llong sent;

static const char USAGE[] =
    "usage: talker --to ADDRESS:PORT [options]          (IPv6: [ADDRESS]:PORT)\n"
    "  --from ADDRESS:PORT  where to send from             (any address, any port)\n"
    "  --frames N           how many datagrams             (10000)\n"
    "  --size OCTETS        payload of each, 16 to 65507   (256)\n"
    "  --size-max OCTETS    mixed sizes from --size to this (all alike)\n"
    "  --period-ns NS       from one to the next           (1000000)\n"
    "  --base-ns TAI        launch time of the first       (a whole period, 500 ms ahead)\n"
    "  --lead-ns NS         send this long before launch   (2000000)\n"
    "  --burst-ns NS        wake up once in so long        (for each datagram)\n"
    "  --priority P         SO_PRIORITY of the socket      (unset)\n"
    "  --mode txtime|sleep  give launch times, or send and sleep\n"
    "  --fifo P, --cpu N    real-time priority, processor  (unset)\n"
    "  --progress           a line on standard error each second\n";

static struct settings parse(int argc, char **argv) {
    enum {
        TO,
        FROM,
        FRAMES,
        SIZE,
        SIZE_MAX_OCTETS,
        PERIOD,
        BASE,
        LEAD,
        BURST,
        PRIORITY,
        MODE,
        FIFO,
        CPU,
        PROGRESS,
        HELP
    };
    static const struct option options[] = {
        {"to", required_argument, NULL, TO},
        {"from", required_argument, NULL, FROM},
        {"frames", required_argument, NULL, FRAMES},
        {"size", required_argument, NULL, SIZE},
        {"size-max", required_argument, NULL, SIZE_MAX_OCTETS},
        {"period-ns", required_argument, NULL, PERIOD},
        {"base-ns", required_argument, NULL, BASE},
        {"lead-ns", required_argument, NULL, LEAD},
        {"burst-ns", required_argument, NULL, BURST},
        {"priority", required_argument, NULL, PRIORITY},
        {"mode", required_argument, NULL, MODE},
        {"fifo", required_argument, NULL, FIFO},
        {"cpu", required_argument, NULL, CPU},
        {"progress", no_argument, NULL, PROGRESS},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    struct settings s = {.frames = 10000,
                         .size = 256,
                         .period_ns = 1000000,
                         .lead_ns = 2000000,
                         .priority = -1,
                         .cpu = -1,
                         .txtime = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case TO:
            s.to = read_endpoint(NAME, "--to", optarg);
            break;
        case FROM:
            s.from = read_endpoint(NAME, "--from", optarg);
            break;
        case FRAMES:
            s.frames = number(NAME, "--frames", optarg, 1, UINT32_MAX);
            break;
        case SIZE:
            s.size = number(NAME, "--size", optarg, sizeof(struct mark), MOST_OCTETS);
            break;
        case SIZE_MAX_OCTETS:
            s.size_max = number(NAME, "--size-max", optarg, sizeof(struct mark), MOST_OCTETS);
            break;
        case PERIOD:
            s.period_ns = number(NAME, "--period-ns", optarg, 1000, 10000000000);
            break;
        case BASE:
            s.base_ns = number(NAME, "--base-ns", optarg, 0, INT64_MAX);
            break;
        case LEAD:
            s.lead_ns = number(NAME, "--lead-ns", optarg, 0, 10000000000);
            break;
        case BURST:
            s.burst_ns = number(NAME, "--burst-ns", optarg, 0, 1000000000);
            break;
        case PRIORITY:
            s.priority = number(NAME, "--priority", optarg, 0, 15);
            break;
        case MODE:
            if (strcmp(optarg, "txtime") != 0 && strcmp(optarg, "sleep") != 0)
                fail(NAME, "--mode %s is neither txtime nor sleep.", optarg);
            s.txtime = strcmp(optarg, "txtime") == 0;
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
    if (s.to.any.sa_family == 0)
        fail(NAME, "nobody to talk to: give --to ADDRESS:PORT.");
    if (s.size_max == 0)
        s.size_max = s.size;
    if (s.size_max < s.size)
        fail(NAME, "--size-max %lld is less than --size %lld.", (long long)s.size_max,
             (long long)s.size);
    return s;
}

static int open_socket(const struct settings *s) {
    int descriptor = socket(s->to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        fail(NAME, "can't open a UDP socket: %s.", strerror(errno));
    if (s->from.any.sa_family != 0 &&
        bind(descriptor, &s->from.any, endpoint_octets(&s->from)) != 0)
        fail(NAME, "can't bind to the address given with --from: %s.", strerror(errno));
    int priority = (int)s->priority;
    if (priority >= 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority) != 0)
        fail(NAME, "the kernel refuses SO_PRIORITY %d: %s.", priority, strerror(errno));
    struct sock_txtime txtime = {.clockid = CLOCK_TAI};
    if (s->txtime && setsockopt(descriptor, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime) != 0)
        fail(NAME, "the kernel refuses SO_TXTIME: %s. It takes Linux 4.19 or later.",
             strerror(errno));
    if (connect(descriptor, &s->to.any, endpoint_octets(&s->to)) != 0)
        fail(NAME, "no way to the address given with --to: %s.", strerror(errno));
    return descriptor;
}

static void *report(void *frames) {
    for (;;) {
        sleep(1);
        fprintf(stderr, "%s: %lld of %lld sent\n", NAME, atomic_load(&sent),
                (long long)*(const int64_t *)frames);
    }
    return NULL;
}

/*
 * The payload of a datagram: from size to size_max, as the bits of its number say when they are
 * mixed (the last steps of MurmurHash3, 32 bits). Number 0 has the least size.
 */
static size_t size_of(const struct settings *s, uint32_t sequence) {
    uint32_t mixed = sequence;
    mixed = (mixed ^ mixed >> 16) * 0x85ebca6bu;
    mixed = (mixed ^ mixed >> 13) * 0xc2b2ae35u;
    mixed ^= mixed >> 16;
    return (size_t)s->size + mixed % (uint32_t)(s->size_max - s->size + 1);
}

static void talk(const struct settings *s, int descriptor, int64_t base_ns, uint8_t *payload) {
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(uint64_t))];
    } control;
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_TXTIME;
    control.header.cmsg_len = CMSG_LEN(sizeof(uint64_t));

    struct iovec part = {.iov_base = payload};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (s->txtime) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.room;
    }
    int64_t ahead_ns = s->txtime ? s->lead_ns : 0;
    int64_t awake_until = INT64_MIN; /* what is due before is sent without sleep */
    for (int64_t i = 0; i < s->frames; i++) {
        int64_t launch = base_ns + i * s->period_ns;
        if (launch - ahead_ns >= awake_until) {
            int result = sleep_until(CLOCK_TAI, launch - ahead_ns);
            if (result != 0)
                fail(NAME, "can't sleep on CLOCK_TAI: %s.", strerror(result));
            awake_until = launch - ahead_ns + s->burst_ns;
        }
        struct mark mark = {MARK_MAGIC, (uint32_t)i, launch};
        memcpy(payload, &mark, sizeof mark);
        part.iov_len = size_of(s, mark.sequence);
        uint64_t txtime = (uint64_t)launch;
        memcpy(CMSG_DATA(&control.header), &txtime, sizeof txtime);
        ssize_t octets;
        do
            octets = sendmsg(descriptor, &message, 0);
        while (octets < 0 && errno == EINTR);
        if (octets != (ssize_t)part.iov_len)
            fail(NAME, "datagram %lld of %lld was not taken: %s.", (long long)i,
                 (long long)s->frames, octets < 0 ? strerror(errno) : "only a part of it");
        atomic_store_explicit(&sent, i + 1, memory_order_relaxed);
    }
}

int main(int argc, char **argv) {
    struct settings s = parse(argc, argv);
    int descriptor = open_socket(&s);
    uint8_t *payload = calloc(1, (size_t)s.size_max);
    if (payload == NULL)
        fail(NAME, "no memory for %lld octets.", (long long)s.size_max);
    for (int64_t i = 0; i < s.size_max; i++)
        payload[i] = (uint8_t)i;
    pthread_t reporter;
    if (s.progress && pthread_create(&reporter, NULL, report, &s.frames) != 0)
        fail(NAME, "can't start the thread that reports progress.");
    place(NAME, s.cpu, s.fifo);

    int64_t base_ns = s.base_ns;
    if (base_ns == 0) {
        int64_t earliest = now_ns(CLOCK_TAI) + START_AHEAD_NS;
        base_ns = (earliest + s.period_ns - 1) / s.period_ns * s.period_ns;
    }
    talk(&s, descriptor, base_ns, payload);
    /* What is not launched yet dies with its socket on some paths: stay until the last one left. */
    if (sleep_until(CLOCK_TAI, base_ns + s.frames * s.period_ns + 10000000) != 0)
        fail(NAME, "can't sleep on CLOCK_TAI.");
    printf("sent %lld\n", atomic_load(&sent));
    free(payload);
    close(descriptor);
    return 0;
}
