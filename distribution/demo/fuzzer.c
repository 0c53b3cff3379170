/*
 * A pod that means harm: does anything to its channel, at random, for as long as it is told. Its
 * children write records, whole ones of which some octets are others and such as make no sense,
 * write anything anywhere into the ring and its header, ring, say nonsense, connect and leave, and
 * are killed and stopped in the midst of it.
 *
 * It needs no right and no library: the channel's socket, and what shim/include says of it. The
 * same seed makes the same choices. Ends with a line that counts them.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktsn_channel.h"
#include "program.h"

static const char NAME[] = "fuzzer";

enum {
    CHILDREN = 3,
    LIVES_MS = 400,     /* a child lives for less */
    PAUSE_NS = 200000,  /* after each of its strokes */
    MOST_AHEAD_MS = 50, /* launch times that make sense */
    DESCRIPTORS = 4,
    LARGEST_MESSAGE = 256,
};

struct settings {
    const char *socket;
    union endpoint from, to;
    int64_t seconds, seed;
};

/* What was done, by all children. */
struct counts {
    atomic_llong records, changed, garbage, rings, messages, connections, killed, stopped;
};

static struct counts *counts;

/* SplitMix64. */
static uint64_t state;

static uint64_t any(void) {
    uint64_t mixed = state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

static uint64_t below(uint64_t limit) {
    return any() % limit;
}

static void fill(void *memory, size_t octets) {
    for (size_t i = 0; i < octets; i++)
        ((uint8_t *)memory)[i] = (uint8_t)any();
}

struct channel {
    int connection, descriptors[DESCRIPTORS];
    struct ktsn_welcome welcome;
    struct ktsn_ring *ring;
};

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 1};
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

static struct ktsn_message message(uint16_t type) {
    return (struct ktsn_message){KTSN_CHANNEL_MAGIC, KTSN_CHANNEL_VERSION, type};
}

/* Returns whether it has a ring: KTSNd may refuse, or let it wait. */
static int open_channel(const char *path, struct channel *channel) {
    union {
        struct cmsghdr header;
        uint8_t octets[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } control;
    struct ktsn_hello hello = {.message = message(KTSN_HELLO), .program = "fuzzer"};
    struct iovec part = {&channel->welcome, sizeof channel->welcome};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    channel->ring = NULL;
    channel->connection = connect_to(path);
    if (channel->connection < 0)
        return 0;
    atomic_fetch_add(&counts->connections, 1);
    if (send(channel->connection, &hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello ||
        recvmsg(channel->connection, &header, 0) != sizeof channel->welcome ||
        channel->welcome.message.type != KTSN_WELCOME || CMSG_FIRSTHDR(&header) == NULL) {
        return 0;
    }
    memcpy(channel->descriptors, CMSG_DATA(&control.header), sizeof channel->descriptors);
    void *ring = mmap(NULL, channel->welcome.ring_octets, PROT_READ | PROT_WRITE, MAP_SHARED,
                      channel->descriptors[1], 0);
    if (ring == MAP_FAILED)
        return 0;
    fcntl(channel->descriptors[2], F_SETFL, O_NONBLOCK);
    channel->ring = ring;
    return 1;
}

static struct ktsn_slot *slot_at(const struct channel *channel, uint64_t position) {
    uint64_t index = position & (channel->welcome.slot_count - 1);
    return (struct ktsn_slot *)((uint8_t *)channel->ring + KTSN_RING_HEADER_OCTETS +
                                index * channel->welcome.slot_octets);
}

/* Claims a slot as it should be; NULL if the ring is full, or the position void. */
static struct ktsn_slot *claim(const struct channel *channel, uint64_t *position) {
    _Atomic uint64_t *next = (_Atomic uint64_t *)&channel->ring->claim;
    *position = atomic_load(next);
    struct ktsn_slot *slot = slot_at(channel, *position);
    uint64_t before = *position - channel->welcome.slot_count;
    uint64_t found = atomic_load((_Atomic uint64_t *)&slot->state);
    if (found == KTSN_SLOT_STATE(before, KTSN_SLOT_PUBLISHED) ||
        found == KTSN_SLOT_STATE(before, KTSN_SLOT_FREE))
        return NULL;
    atomic_store(next, *position + 1);
    uint64_t free = KTSN_SLOT_STATE(*position, KTSN_SLOT_FREE);
    return atomic_compare_exchange_strong((_Atomic uint64_t *)&slot->state, &free,
                                          KTSN_SLOT_STATE(*position, (uint32_t)getpid()))
               ? slot
               : NULL;
}

static void ring_bell(const struct channel *channel) {
    uint64_t one = 1;
    atomic_fetch_add(&counts->rings, write(channel->descriptors[2], &one, sizeof one) > 0);
}

/* A datagram that makes sense. */
static void compose(struct ktsn_slot *slot, const struct settings *s) {
    int64_t now = now_ns(CLOCK_TAI);
    slot->launch_time_ns = now + (int64_t)below(MOST_AHEAD_MS) * 1000000;
    slot->sent_ns = now;
    slot->family = AF_INET;
    slot->ttl = 64;
    slot->priority = (uint32_t)below(8);
    slot->source_port = 4000;
    slot->destination_port = ntohs(s->to.ipv4.sin_port);
    slot->length = (uint32_t)below(1473);
    memset(slot->source, 0, 3 * sizeof slot->source);
    memcpy(slot->source, &s->from.ipv4.sin_addr, 4);
    memcpy(slot->destination, &s->to.ipv4.sin_addr, 4);
    memcpy(slot->next_hop, &s->to.ipv4.sin_addr, 4);
}

static void write_record(const struct channel *channel, const struct settings *s) {
    uint64_t position;
    struct ktsn_slot *slot = claim(channel, &position);
    if (slot == NULL)
        return;
    uint8_t *content = (uint8_t *)slot + sizeof slot->state;
    size_t octets = KTSN_SLOT_HEADER_OCTETS - sizeof slot->state;
    uint64_t how = below(8);
    if (how == 0)
        fill(content, octets);
    else
        compose(slot, s);
    for (uint64_t i = how < 4 ? below(9) : 0; i > 0; i--)
        content[below(octets)] = (uint8_t)any();
    atomic_fetch_add(&counts->changed, how < 4);
    atomic_fetch_add(&counts->records, 1);
    atomic_store((_Atomic uint64_t *)&slot->state, KTSN_SLOT_STATE(position, KTSN_SLOT_PUBLISHED));
    if (how == 1)
        fill(content, octets); /* once more, while KTSNd may be reading it */
}

/* Anything anywhere; now and then into what KTSNd looks at most. */
static void write_garbage(const struct channel *channel) {
    uint32_t *words = (uint32_t *)channel->ring;
    uint64_t position = channel->ring->claim + below(2 * channel->welcome.slot_count);
    switch (below(4)) {
    case 0:
        words[below(KTSN_RING_HEADER_OCTETS / sizeof *words)] = (uint32_t)any();
        break;
    case 1:
        channel->ring->claim += below(64);
        break;
    case 2:
        slot_at(channel, position)->state = KTSN_SLOT_STATE(position, (uint32_t)any());
        break;
    default:
        words[below(channel->welcome.ring_octets / sizeof *words)] = (uint32_t)any();
        break;
    }
    atomic_fetch_add(&counts->garbage, 1);
}

static void say_nonsense(int connection) {
    uint8_t said[LARGEST_MESSAGE];
    struct ktsn_message header = message((uint16_t)below(8));
    fill(said, sizeof said);
    if (below(2) == 0)
        memcpy(said, &header, sizeof header);
    atomic_fetch_add(&counts->messages, send(connection, said, below(sizeof said + 1),
                                             MSG_NOSIGNAL | MSG_DONTWAIT) >= 0);
}

static void stroke(const struct channel *channel, const struct settings *s) {
    uint64_t what = below(100);
    uint64_t times = 1 + below(32);
    if (what < 60)
        for (; times > 0; times--)
            write_record(channel, s);
    else if (what < 80)
        for (; times > 0; times--)
            write_garbage(channel);
    else if (what < 96)
        for (; times > 0; times--)
            ring_bell(channel);
    else
        say_nonsense(channel->connection);
    if (below(4) != 0)
        ring_bell(channel);
}

static void live(const struct settings *s) {
    struct channel channel;
    int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)below(LIVES_MS) * 1000000;
    if (open_channel(s->socket, &channel)) {
        uint64_t position, last = below(3);
        while (now_ns(CLOCK_MONOTONIC) < end) {
            stroke(&channel, s);
            sleep_until(CLOCK_MONOTONIC, now_ns(CLOCK_MONOTONIC) + PAUSE_NS);
        }
        claim(&channel, &position); /* what it ends with stays unpublished */
        if (last == 0) {
            atomic_fetch_add(&counts->killed, 1);
            raise(SIGKILL);
        } else if (last == 1) {
            atomic_fetch_add(&counts->stopped, 1);
            raise(SIGSTOP);
        }
    } else if (channel.connection >= 0) {
        say_nonsense(channel.connection);
    }
    sleep_until(CLOCK_MONOTONIC, now_ns(CLOCK_MONOTONIC) + PAUSE_NS);
    _exit(0);
}

static void begin_life(const struct settings *s) {
    uint64_t seed = any();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also while it is stopped */
        state = seed;
        live(s);
    }
    if (child < 0)
        fail(NAME, "can't start another process: %s.", strerror(errno));
}

/* Until then as many children as there may be; one that has stopped is ended, or goes on. */
static void look_after(const struct settings *s, int64_t end) {
    int alive = 0, status;
    while (now_ns(CLOCK_MONOTONIC) < end) {
        for (; alive < CHILDREN; alive++)
            begin_life(s);
        pid_t child = waitpid(-1, &status, WUNTRACED | WNOHANG);
        if (child > 0 && WIFSTOPPED(status))
            kill(child, below(2) == 0 ? SIGKILL : SIGCONT);
        else if (child > 0)
            alive--;
        else
            sleep_until(CLOCK_MONOTONIC, now_ns(CLOCK_MONOTONIC) + 10 * PAUSE_NS);
    }
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    kill(0, SIGCONT); /* who is stopped hears it then */
    while (waitpid(-1, &status, 0) > 0)
        ;
}

static const char USAGE[] =
    "usage: fuzzer --socket PATH --from ADDRESS:PORT --to ADDRESS:PORT [options]\n"
    "  --seconds S          for how long   (10)\n"
    "  --seed N             other choices  (1)\n";

static struct settings parse(int argc, char **argv) {
    enum { SOCKET, FROM, TO, SECONDS, SEED, HELP };
    static const struct option options[] = {
        {"socket", required_argument, NULL, SOCKET},
        {"from", required_argument, NULL, FROM},
        {"to", required_argument, NULL, TO},
        {"seconds", required_argument, NULL, SECONDS},
        {"seed", required_argument, NULL, SEED},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    struct settings s = {.seconds = 10, .seed = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case SOCKET:
            s.socket = optarg;
            break;
        case FROM:
            s.from = read_endpoint(NAME, "--from", optarg);
            break;
        case TO:
            s.to = read_endpoint(NAME, "--to", optarg);
            break;
        case SECONDS:
            s.seconds = number(NAME, "--seconds", optarg, 1, 86400);
            break;
        case SEED:
            s.seed = number(NAME, "--seed", optarg, 0, INT64_MAX);
            break;
        default:
            show_usage(USAGE, option == HELP);
        }
    }
    end_of_options(NAME, argv, optind, argc);
    if (s.socket == NULL || strlen(s.socket) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        fail(NAME, "no channel: give --socket PATH, of 107 octets at most.");
    if (s.from.any.sa_family != AF_INET || s.to.any.sa_family != AF_INET)
        fail(NAME, "nobody to send from or to: give --from and --to, as ADDRESS:PORT of IPv4.");
    return s;
}

int main(int argc, char **argv) {
    struct settings s = parse(argc, argv);
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        fail(NAME, "no memory to count in: %s.", strerror(errno));
    int probe = connect_to(s.socket);
    if (probe < 0)
        fail(NAME, "can't connect to %s: %s.", s.socket, strerror(errno));
    close(probe);
    setpgid(0, 0); /* all children end with it */
    state = (uint64_t)s.seed;
    look_after(&s, now_ns(CLOCK_MONOTONIC) + s.seconds * 1000000000);
    printf("records %lld changed %lld garbage %lld rings %lld messages %lld connections %lld "
           "killed %lld stopped %lld\n",
           counts->records, counts->changed, counts->garbage, counts->rings, counts->messages,
           counts->connections, counts->killed, counts->stopped);
    return 0;
}
