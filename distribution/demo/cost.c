/*
 * What a preloaded library costs: calls through the program's own symbols, which the library
 * intercepts, and the same calls through the C library's, in one process and by turns. Without a
 * library the two are the same. Afterwards starts of a program with and without it.
 *
 * The first calls come before the process asks for a transmission time, the last ones are datagrams
 * that have one. One line a call: name, then the median of the turns in nanoseconds, with the
 * library and without it.
 */
#include <dlfcn.h>
#include <getopt.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static const char NAME[] = "cost";

enum { TURNS_MAX = 10000, CALLS_MAX = 10000 };

/* So near that whoever takes the datagrams can't put them off. */
enum { SOON_US = 1000 };

static const char USAGE[] =
    "usage: cost --to ADDRESS [options]\n"
    "  --to ADDRESS     where the datagrams go, in the pod's network\n"
    "  --port N         their port                                  (9)\n"
    "  --size OCTETS    their payload                               (256)\n"
    "  --turns N        turns of each call, with and without        (200)\n"
    "  --calls N        calls in a turn                             (200)\n"
    "  --sends N        datagrams in a turn; they must fit the ring (20)\n"
    "  --pause-us N     between turns of datagrams                  (2000)\n"
    "  --lead-us N      from the send to the transmission time      (20000)\n"
    "  --starts N       starts of a program, with and without       (200)\n"
    "  --preload FILE   what to start it with; none: no starts\n";

struct settings {
    struct sockaddr_in to;
    int64_t size, turns, calls, sends, pause_us, lead_us, starts;
    const char *preload;
};

/* The calls, as the program is linked or as the C library has them. */
struct functions {
    __typeof__(setsockopt) *setsockopt;
    __typeof__(connect) *connect;
    __typeof__(sendmsg) *sendmsg;
    __typeof__(close) *close;
    __typeof__(dup2) *dup2;
    __typeof__(prctl) *prctl;
    __typeof__(poll) *poll;
    __typeof__(epoll_ctl) *epoll_ctl;
    __typeof__(epoll_wait) *epoll_wait;
};

static struct functions linked = {setsockopt, connect, sendmsg,   close,     dup2,
                                  prctl,      poll,    epoll_ctl, epoll_wait};
static struct functions original;

static void find_original(void) {
    void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL)
        fail(NAME, "the C library is not libc.so.6: %s.", dlerror());
#define FIND(name)                                                                                 \
    original.name = (__typeof__(original.name))dlsym(library, #name);                              \
    if (original.name == NULL)                                                                     \
    fail(NAME, "the C library has no %s.", #name)
    FIND(setsockopt);
    FIND(connect);
    FIND(sendmsg);
    FIND(close);
    FIND(dup2);
    FIND(prctl);
    FIND(poll);
    FIND(epoll_ctl);
    FIND(epoll_wait);
}

static const struct settings *settings;
static int udp, spare, set;

/* ---- calls ---- */

static void call_setsockopt(const struct functions *f) {
    int priority = 3;
    f->setsockopt(udp, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
}

static void call_connect(const struct functions *f) {
    f->connect(udp, (const struct sockaddr *)&settings->to, sizeof settings->to);
}

static void call_sendmsg(const struct functions *f) {
    struct msghdr message = {0};
    f->sendmsg(udp, &message, 0);
}

static void call_close(const struct functions *f) {
    f->close(-1);
}

static void call_dup2(const struct functions *f) {
    f->dup2(udp, spare);
}

static void call_prctl(const struct functions *f) {
    f->prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L);
}

static void call_poll(const struct functions *f) {
    struct pollfd descriptor = {.fd = udp, .events = POLLOUT};
    f->poll(&descriptor, 1, 0);
}

static void call_epoll_ctl(const struct functions *f) {
    struct epoll_event event = {.events = EPOLLIN};
    f->epoll_ctl(set, EPOLL_CTL_MOD, udp, &event);
}

static void call_epoll_wait(const struct functions *f) {
    struct epoll_event event;
    f->epoll_wait(set, &event, 1, 0);
}

static void call_stamped(const struct functions *f) {
    static char payload[65536];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint64_t))] = {0};
    struct iovec part = {payload, (size_t)settings->size};
    struct msghdr message = {.msg_name = (void *)&settings->to,
                             .msg_namelen = sizeof settings->to,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    uint64_t instant_ns = (uint64_t)(now_ns(CLOCK_TAI) + settings->lead_us * 1000);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_TXTIME;
    header->cmsg_len = CMSG_LEN(sizeof instant_ns);
    memcpy(CMSG_DATA(header), &instant_ns, sizeof instant_ns);
    if (f->sendmsg(udp, &message, MSG_DONTWAIT) < 0)
        fail(NAME, "a datagram was refused: %s; give fewer --sends or a longer --pause-us.",
             strerror(errno));
}

/* ---- measuring ---- */

static int ascending(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static double median(double *values, int64_t count) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[count / 2];
}

/* What a call takes in a turn of many: the mean, or the median where it may let another thread run
 * that wants the processor. */
static double turn(void (*call)(const struct functions *), const struct functions *functions,
                   int64_t calls, int yields) {
    static double each[CALLS_MAX];
    int64_t begin = now_ns(CLOCK_MONOTONIC), before = begin;
    for (int64_t i = 0; i < calls; i++) {
        call(functions);
        if (yields) {
            int64_t after = now_ns(CLOCK_MONOTONIC);
            each[i] = (double)(after - before);
            before = after;
        }
    }
    return yields ? median(each, calls) : (double)(now_ns(CLOCK_MONOTONIC) - begin) / (double)calls;
}

static void pause_us(int64_t us) {
    if (us > 0)
        sleep_until(CLOCK_MONOTONIC, now_ns(CLOCK_MONOTONIC) + us * 1000);
}

static void measure(const char *name, void (*call)(const struct functions *), int64_t calls,
                    int64_t rest_us) {
    int yields = rest_us > 0;
    static double with[TURNS_MAX], without[TURNS_MAX];
    for (int64_t i = -1; i < settings->turns; i++) {
        int64_t at = i < 0 ? 0 : i; /* the first turn is not counted: it is written over */
        pause_us(rest_us);
        /* Neither is always the second. */
        if (i % 2 == 0)
            without[at] = turn(call, &original, calls, yields);
        with[at] = turn(call, &linked, calls, yields);
        if (i % 2 != 0)
            without[at] = turn(call, &original, calls, yields);
    }
    printf("%s %.1f %.1f\n", name, median(with, settings->turns), median(without, settings->turns));
}

static double start(char *const environment[]) {
    static char path[] = "/bin/true";
    static char *const arguments[] = {path, NULL};
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    pid_t process;
    int status;
    if (posix_spawn(&process, path, NULL, NULL, arguments, environment) != 0 ||
        waitpid(process, &status, 0) != process || status != 0)
        fail(NAME, "%s can't be started.", path);
    return (double)(now_ns(CLOCK_MONOTONIC) - begin);
}

static void measure_starts(void) {
    static double with[TURNS_MAX], without[TURNS_MAX];
    char preload[4096];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", settings->preload);
    char *plain[] = {NULL}, *preloaded[] = {preload, NULL};
    for (int64_t i = 0; i < settings->starts; i++) {
        if (i % 2 == 0)
            without[i] = start(plain);
        with[i] = start(preloaded);
        if (i % 2 != 0)
            without[i] = start(plain);
    }
    printf("start %.1f %.1f\n", median(with, settings->starts), median(without, settings->starts));
}

static void parse(int argc, char **argv, struct settings *s) {
    enum { TO, PORT, SIZE, TURNS, CALLS, SENDS, PAUSE, LEAD, STARTS, PRELOAD, HELP };
    static const struct option options[] = {
        {"to", required_argument, NULL, TO},
        {"port", required_argument, NULL, PORT},
        {"size", required_argument, NULL, SIZE},
        {"turns", required_argument, NULL, TURNS},
        {"calls", required_argument, NULL, CALLS},
        {"sends", required_argument, NULL, SENDS},
        {"pause-us", required_argument, NULL, PAUSE},
        {"lead-us", required_argument, NULL, LEAD},
        {"starts", required_argument, NULL, STARTS},
        {"preload", required_argument, NULL, PRELOAD},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case TO:
            if (inet_pton(AF_INET, optarg, &s->to.sin_addr) != 1)
                fail(NAME, "--to %s is no IPv4 address.", optarg);
            s->to.sin_family = AF_INET;
            break;
        case PORT:
            s->to.sin_port = htons((uint16_t)number(NAME, "--port", optarg, 1, 65535));
            break;
        case SIZE:
            s->size = number(NAME, "--size", optarg, 0, 65507);
            break;
        case TURNS:
            s->turns = number(NAME, "--turns", optarg, 1, TURNS_MAX);
            break;
        case CALLS:
            s->calls = number(NAME, "--calls", optarg, 1, CALLS_MAX);
            break;
        case SENDS:
            s->sends = number(NAME, "--sends", optarg, 1, CALLS_MAX);
            break;
        case PAUSE:
            s->pause_us = number(NAME, "--pause-us", optarg, 1, 1000000);
            break;
        case LEAD:
            s->lead_us = number(NAME, "--lead-us", optarg, 0, 1000000);
            break;
        case STARTS:
            s->starts = number(NAME, "--starts", optarg, 1, TURNS_MAX);
            break;
        case PRELOAD:
            s->preload = optarg;
            break;
        default:
            show_usage(USAGE, option == HELP);
        }
    }
    end_of_options(NAME, argv, optind, argc);
    if (s->to.sin_family == 0)
        fail(NAME, "give --to ADDRESS; --help lists the options.");
}

static void open_descriptors(void) {
    struct sockaddr_in any = {.sin_family = AF_INET};
    struct epoll_event event = {.events = EPOLLIN};
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    spare = dup(udp);
    set = epoll_create1(EPOLL_CLOEXEC);
    if (udp < 0 || spare < 0 || set < 0 ||
        bind(udp, (const struct sockaddr *)&any, sizeof any) != 0 ||
        epoll_ctl(set, EPOLL_CTL_ADD, udp, &event) != 0)
        fail(NAME, "no socket: %s.", strerror(errno));
    if (connect(udp, (const struct sockaddr *)&settings->to, sizeof settings->to) != 0)
        fail(NAME, "there is no way to the address: %s.", strerror(errno));
}

int main(int argc, char **argv) {
    struct settings given = {.to = {.sin_port = htons(9)},
                             .size = 256,
                             .turns = 200,
                             .calls = 200,
                             .sends = 20,
                             .pause_us = 2000,
                             .lead_us = 20000,
                             .starts = 200};
    parse(argc, argv, &given);
    settings = &given;
    find_original();
    open_descriptors();
    measure("setsockopt", call_setsockopt, given.calls, 0);
    measure("connect", call_connect, given.calls, 0);
    measure("sendmsg", call_sendmsg, given.calls, 0);
    measure("close", call_close, given.calls, 0);
    measure("dup2", call_dup2, given.calls, 0);
    measure("prctl", call_prctl, given.calls, 0);
    measure("poll", call_poll, given.calls, 0);
    measure("epoll_ctl", call_epoll_ctl, given.calls, 0);
    measure("epoll_wait", call_epoll_wait, given.calls, 0);

    close(udp);
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sock_txtime txtime = {.clockid = CLOCK_TAI};
    if (setsockopt(udp, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime) != 0)
        fail(NAME, "SO_TXTIME: %s.", strerror(errno));
    measure("stamped", call_stamped, given.sends, given.pause_us);
    given.lead_us = SOON_US;
    measure("soon", call_stamped, given.sends, given.pause_us);
    if (given.preload != NULL)
        measure_starts();
    return 0;
}
