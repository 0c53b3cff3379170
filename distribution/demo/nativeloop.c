/*
 * A native loop: waits for one instant after the other as a launcher does, and notes by how much it
 * misses each. No daemon, no network: what it gets is what the machine gives.
 *
 * It sleeps until a margin before the instant and spins from there. The margin follows the lateness
 * of the wake-ups. An instant that is past when its turn comes counts with its whole error.
 *
 * File, little-endian: "TALKNAT1", u64 records; then records of 16 octets: i64 instant, i64 when it
 * was seen, both in TAI nanoseconds.
 */
#include <getopt.h>
#include <unistd.h>

#include "program.h"

static const char NAME[] = "nativeloop";

struct moment {
    int64_t instant_tai;
    int64_t actual_tai;
};

struct header {
    char magic[8];
    uint64_t records;
};

struct settings {
    int64_t base_ns, period_ns, count, margin_min_ns, margin_max_ns, fifo, cpu;
    const char *output;
};

static const char USAGE[] =
    "usage: nativeloop --base-ns TAI --output FILE [options]\n"
    "       nativeloop --offset         print CLOCK_TAI - CLOCK_REALTIME in nanoseconds\n"
    "  --base-ns TAI        the first instant\n"
    "  --period-ns NS       from one to the next                    (1000000)\n"
    "  --count N            how many                                (10000)\n"
    "  --margin-min-ns NS   shortest spin before an instant         (40000)\n"
    "  --margin-max-ns NS   longest                                 (250000)\n"
    "  --fifo P, --cpu N    real-time priority, processor           (unset)\n";

/* Prints the offset between the clocks, which is a whole number of seconds. */
static void print_offset(void) {
    int64_t difference = now_ns(CLOCK_TAI) - now_ns(CLOCK_REALTIME);
    printf("%lld\n", (long long)((difference + 500000000) / 1000000000 * 1000000000));
}

static struct settings parse(int argc, char **argv) {
    enum { BASE, PERIOD, COUNT, LEAST, MOST, OUTPUT, FIFO, CPU, OFFSET, HELP };
    static const struct option options[] = {
        {"base-ns", required_argument, NULL, BASE},
        {"period-ns", required_argument, NULL, PERIOD},
        {"count", required_argument, NULL, COUNT},
        {"margin-min-ns", required_argument, NULL, LEAST},
        {"margin-max-ns", required_argument, NULL, MOST},
        {"output", required_argument, NULL, OUTPUT},
        {"fifo", required_argument, NULL, FIFO},
        {"cpu", required_argument, NULL, CPU},
        {"offset", no_argument, NULL, OFFSET},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    struct settings s = {.period_ns = 1000000,
                         .count = 10000,
                         .margin_min_ns = 40000,
                         .margin_max_ns = 250000,
                         .cpu = -1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case BASE:
            s.base_ns = number(NAME, "--base-ns", optarg, 1, INT64_MAX);
            break;
        case PERIOD:
            s.period_ns = number(NAME, "--period-ns", optarg, 1000, 10000000000);
            break;
        case COUNT:
            s.count = number(NAME, "--count", optarg, 1, 100000000);
            break;
        case LEAST:
            s.margin_min_ns = number(NAME, "--margin-min-ns", optarg, 0, 1000000000);
            break;
        case MOST:
            s.margin_max_ns = number(NAME, "--margin-max-ns", optarg, 0, 1000000000);
            break;
        case OUTPUT:
            s.output = optarg;
            break;
        case FIFO:
            s.fifo = number(NAME, "--fifo", optarg, 1, 99);
            break;
        case CPU:
            s.cpu = number(NAME, "--cpu", optarg, 0, CPU_SETSIZE - 1);
            break;
        case OFFSET:
            print_offset();
            exit(0);
        default:
            show_usage(USAGE, option == HELP);
        }
    }
    end_of_options(NAME, argv, optind, argc);
    if (s.base_ns == 0 || s.output == NULL)
        fail(NAME, "give --base-ns TAI and --output FILE; --help lists the options.");
    if (s.margin_min_ns > s.margin_max_ns)
        fail(NAME, "--margin-min-ns %lld is above --margin-max-ns %lld.",
             (long long)s.margin_min_ns, (long long)s.margin_max_ns);
    return s;
}

static int64_t adapted(const struct settings *s, int64_t margin, int64_t lateness) {
    int64_t wanted = lateness + s->margin_min_ns;
    int64_t sunk = margin - margin / 256;
    margin = wanted > sunk ? wanted : sunk;
    margin = margin < s->margin_min_ns ? s->margin_min_ns : margin;
    return margin > s->margin_max_ns ? s->margin_max_ns : margin;
}

static void loop(const struct settings *s, struct moment *moments) {
    int64_t margin = s->margin_max_ns;
    for (int64_t i = 0; i < s->count; i++) {
        int64_t instant = s->base_ns + i * s->period_ns;
        int64_t now = now_ns(CLOCK_TAI);
        if (instant - now > margin) {
            int64_t until = now_ns(CLOCK_MONOTONIC) + (instant - now) - margin;
            sleep_until(CLOCK_MONOTONIC, until);
            margin = adapted(s, margin, now_ns(CLOCK_MONOTONIC) - until);
        }
        do
            now = now_ns(CLOCK_TAI);
        while (now < instant);
        moments[i] = (struct moment){instant, now};
    }
}

int main(int argc, char **argv) {
    struct settings s = parse(argc, argv);
    size_t octets = (size_t)s.count * sizeof(struct moment);
    struct moment *moments = malloc(octets);
    if (moments == NULL)
        fail(NAME, "no memory for %lld instants; give a smaller --count.", (long long)s.count);
    memset(moments, 0xff, octets); /* no page fault while measuring */
    place(NAME, s.cpu, s.fifo);
    loop(&s, moments);
    struct header header = {.magic = {'T', 'A', 'L', 'K', 'N', 'A', 'T', '1'},
                            .records = (uint64_t)s.count};
    write_file(NAME, s.output, &header, sizeof header, moments, octets);
    free(moments);
    return 0;
}
