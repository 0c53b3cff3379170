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
 * With --frames-to it sends frames through a packet socket, whose Ethernet, IPv4 and UDP headers it
 * writes itself, to the MAC address given.
 *
 * With --reports it asks for what became of each datagram, and reads it before it sleeps.
 *
 * With --mode sleep it does what programs do that can't give a launch time: it sleeps until the
 * instant, and sends. With --mode spin it sleeps until shortly before, and looks at the clock from
 * there on.
 */
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
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
    IPV4_HEADER = 20,
    UDP_HEADER = 8,
    HEADERS = ETH_HLEN + IPV4_HEADER + UDP_HEADER,
    REPORTS = 64,     /* read at a time */
    SPIN_NS = 250000, /* longer than a sleep is late, but now and then */
};

enum mode { TXTIME, SLEEPING, SPINNING };

struct settings {
    union endpoint to, from;
    int64_t frames, size, size_max, period_ns, lead_ns, burst_ns, base_ns, priority, fifo, cpu;
    enum mode mode;
    int progress, reports;
    const char *interface; /* of --frames-to; NULL: datagrams */
    uint8_t mac[ETH_ALEN];
};

static atomic_llong sent;
static long long reports;

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
    "  --mode txtime|sleep|spin\n"
    "                       give launch times, or sleep or spin until each, and send\n"
    "  --frames-to IF,MAC   frames, through this interface (datagrams)\n"
    "  --reports            ask what became of each        (not)\n"
    "  --fifo P, --cpu N    real-time priority, processor  (unset)\n"
    "  --progress           a line on standard error each second\n";

static void read_neighbour(struct settings *s, char *text) {
    char *comma = strchr(text, ',');
    unsigned octets[ETH_ALEN];
    char rest;
    if (comma == NULL || sscanf(comma + 1, "%2x:%2x:%2x:%2x:%2x:%2x%c", octets, octets + 1,
                                octets + 2, octets + 3, octets + 4, octets + 5, &rest) != ETH_ALEN)
        fail(NAME, "--frames-to %s is not INTERFACE,MAC, for instance tsn0,02:00:00:00:00:01.",
             text);
    *comma = '\0';
    s->interface = text;
    for (int i = 0; i < ETH_ALEN; i++)
        s->mac[i] = (uint8_t)octets[i];
}

static enum mode read_mode(const char *word) {
    static const char *const words[] = {"txtime", "sleep", "spin"};
    for (enum mode mode = TXTIME; mode <= SPINNING; mode++)
        if (strcmp(word, words[mode]) == 0)
            return mode;
    fail(NAME, "--mode %s is neither txtime nor sleep nor spin.", word);
}

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
        FRAMES_TO,
        REPORTS_TOO,
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
        {"frames-to", required_argument, NULL, FRAMES_TO},
        {"reports", no_argument, NULL, REPORTS_TOO},
        {"progress", no_argument, NULL, PROGRESS},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    struct settings s = {.frames = 10000,
                         .size = 256,
                         .period_ns = 1000000,
                         .lead_ns = 2000000,
                         .priority = -1,
                         .cpu = -1};
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
            s.mode = read_mode(optarg);
            break;
        case FIFO:
            s.fifo = number(NAME, "--fifo", optarg, 1, 99);
            break;
        case CPU:
            s.cpu = number(NAME, "--cpu", optarg, 0, CPU_SETSIZE - 1);
            break;
        case FRAMES_TO:
            read_neighbour(&s, optarg);
            break;
        case REPORTS_TOO:
            s.reports = 1;
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
    if (s.interface != NULL && s.to.any.sa_family != AF_INET)
        fail(NAME, "--frames-to writes headers of IPv4: give --to ADDRESS:PORT of IPv4.");
    return s;
}

/* Options of the socket that sends. */
static void prepare(const struct settings *s, int descriptor) {
    int priority = (int)s->priority;
    if (priority >= 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority) != 0)
        fail(NAME, "the kernel refuses SO_PRIORITY %d: %s.", priority, strerror(errno));
    struct sock_txtime txtime = {.clockid = CLOCK_TAI,
                                 .flags = s->reports ? SOF_TXTIME_REPORT_ERRORS : 0};
    if (s->mode == TXTIME &&
        setsockopt(descriptor, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime) != 0)
        fail(NAME, "the kernel refuses SO_TXTIME: %s. It takes Linux 4.19 or later.",
             strerror(errno));
    int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                 SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
    if (s->reports &&
        setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) != 0)
        fail(NAME, "the kernel refuses SO_TIMESTAMPING: %s.", strerror(errno));
}

static int open_socket(const struct settings *s) {
    int descriptor = socket(s->to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        fail(NAME, "can't open a UDP socket: %s.", strerror(errno));
    if (s->from.any.sa_family != 0 &&
        bind(descriptor, &s->from.any, endpoint_octets(&s->from)) != 0)
        fail(NAME, "can't bind to the address given with --from: %s.", strerror(errno));
    if (s->interface == NULL)
        prepare(s, descriptor);
    if (connect(descriptor, &s->to.any, endpoint_octets(&s->to)) != 0)
        fail(NAME, "no way to the address given with --to: %s.", strerror(errno));
    return descriptor;
}

/*
 * Opens a packet socket, and writes the headers of what a connected socket would send. That one
 * stays open, so that its port is nobody else's.
 */
static int open_packet_socket(const struct settings *s, int connected, uint8_t *headers) {
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sockaddr_ll place = {.sll_family = AF_PACKET};
    struct ifreq request = {0};
    union endpoint own;
    socklen_t octets = sizeof own;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", s->interface);
    place.sll_ifindex = (int)if_nametoindex(request.ifr_name);
    if (descriptor < 0 || ioctl(descriptor, SIOCGIFHWADDR, &request) != 0 ||
        bind(descriptor, (struct sockaddr *)&place, sizeof place) != 0 ||
        getsockname(connected, &own.any, &octets) != 0)
        fail(NAME, "can't open a packet socket on %s: %s.", s->interface, strerror(errno));
    prepare(s, descriptor);
    const struct sockaddr_in *to = &s->to.ipv4;
    memcpy(headers, s->mac, ETH_ALEN);
    memcpy(headers + ETH_ALEN, request.ifr_hwaddr.sa_data, ETH_ALEN);
    headers[12] = ETH_P_IP >> 8;
    headers[14] = 0x45;
    headers[20] = 0x40; /* don't fragment */
    headers[22] = 64;
    headers[23] = IPPROTO_UDP;
    memcpy(headers + 26, &own.ipv4.sin_addr, 4);
    memcpy(headers + 30, &to->sin_addr, 4);
    memcpy(headers + 34, &own.ipv4.sin_port, 2);
    memcpy(headers + 36, &to->sin_port, 2); /* and no checksum */
    return descriptor;
}

static void put_16(uint8_t *at, size_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void write_lengths(uint8_t *headers, size_t payload) {
    uint8_t *ip = headers + ETH_HLEN;
    put_16(ip + 2, IPV4_HEADER + UDP_HEADER + payload);
    put_16(ip + IPV4_HEADER + 4, UDP_HEADER + payload);
    put_16(ip + 10, 0);
    size_t sum = 0;
    for (int i = 0; i < IPV4_HEADER; i += 2)
        sum += (size_t)(ip[i] << 8 | ip[i + 1]);
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    put_16(ip + 10, ~sum);
}

/* Reads all that there is in the error queue. */
static void read_reports(int descriptor) {
    static uint8_t controls[REPORTS][256];
    struct mmsghdr messages[REPORTS];
    int count;
    do {
        memset(messages, 0, sizeof messages);
        for (int i = 0; i < REPORTS; i++) {
            messages[i].msg_hdr.msg_control = controls[i];
            messages[i].msg_hdr.msg_controllen = sizeof controls[i];
        }
        count = recvmmsg(descriptor, messages, REPORTS, MSG_ERRQUEUE | MSG_DONTWAIT, NULL);
        reports += count > 0 ? count : 0;
    } while (count == REPORTS);
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

static void talk(const struct settings *s, int descriptor, int64_t base_ns, uint8_t *headers,
                 uint8_t *payload) {
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(uint64_t))];
    } control;
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_TXTIME;
    control.header.cmsg_len = CMSG_LEN(sizeof(uint64_t));

    size_t before = s->interface != NULL ? HEADERS : 0;
    struct iovec part = {.iov_base = payload - before};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (s->mode == TXTIME) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.room;
    }
    int64_t ahead_ns = s->mode == TXTIME ? s->lead_ns : s->mode == SPINNING ? SPIN_NS : 0;
    int64_t awake_until = INT64_MIN; /* what is due before is sent without sleep */
    for (int64_t i = 0; i < s->frames; i++) {
        int64_t launch = base_ns + i * s->period_ns;
        if (launch - ahead_ns >= awake_until) {
            if (s->reports)
                read_reports(descriptor);
            int result = sleep_until(CLOCK_TAI, launch - ahead_ns);
            if (result != 0)
                fail(NAME, "can't sleep on CLOCK_TAI: %s.", strerror(result));
            awake_until = launch - ahead_ns + s->burst_ns;
        }
        while (s->mode == SPINNING && now_ns(CLOCK_TAI) < launch)
            ;
        struct mark mark = {MARK_MAGIC, (uint32_t)i, launch};
        memcpy(payload, &mark, sizeof mark);
        size_t size = size_of(s, mark.sequence);
        part.iov_len = before + size;
        if (before > 0)
            write_lengths(headers, size);
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
    uint8_t *headers = calloc(1, HEADERS + (size_t)s.size_max);
    if (headers == NULL)
        fail(NAME, "no memory for %lld octets.", (long long)s.size_max);
    uint8_t *payload = headers + HEADERS;
    int connected = descriptor;
    if (s.interface != NULL)
        descriptor = open_packet_socket(&s, connected, headers);
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
    talk(&s, descriptor, base_ns, headers, payload);
    /* What is not launched yet dies with its socket on some paths: stay until the last one left. */
    if (sleep_until(CLOCK_TAI, base_ns + s.frames * s.period_ns + 10000000) != 0)
        fail(NAME, "can't sleep on CLOCK_TAI.");
    if (s.reports) {
        read_reports(descriptor);
        if (reports == 0)
            fail(NAME, "nobody told what became of the datagrams.");
        printf("reports %lld\n", reports);
    }
    printf("sent %lld\n", atomic_load(&sent));
    free(headers);
    if (descriptor != connected)
        close(connected);
    close(descriptor);
    return 0;
}
