/*
 * A yardstick for 'bench throughput --port null': the steps of a datagram's way through KTSNd, from
 * a ring of slots to the completion of a launch, in one loop in C without a guard, a thread or a
 * choice between stages. What it takes is what the work itself takes.
 *
 * Prints a line for each step, its name and the nanoseconds that it takes for a datagram, and their
 * sum at the end.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "program.h"

static const char NAME[] = "yardstick";

enum {
    BATCH = 64,
    SLOTS = 1024,
    SLOT_OCTETS = 2048,
    HEADER_OCTETS = 42,
    BUFFERS = 4096,
    BUFFER_OCTETS = 2048,
    LAUNCHES = 4096,
    CLASSES = 8,
    FLOWS = 64,
    ERROR_BUCKETS = 64,
    DURATION_NS = 104, /* of a frame of 106 octets at 10 Gb/s */
};

struct slot {
    _Atomic uint64_t state; /* position and owner */
    int64_t launch_ns, sent_ns;
    uint64_t source[2], destination[2];
    uint16_t source_port, destination_port;
    uint32_t octets, priority, flags;
    uint8_t reserved[8];
    uint8_t payload[];
};

struct frame {
    int64_t launch_ns, planned_ns, not_after_ns, arrived_ns, last_start_ns;
    uint8_t *buffer;
    uint64_t flow;
    uint32_t octets, class;
};

struct launch {
    uint64_t frame, port;
    int64_t instant_ns, not_after_ns;
    uint32_t duration_ns, number, octets, queue;
    uint64_t collected, reserved;
};

struct completion {
    uint32_t number;
    uint16_t outcome, spun;
    int64_t actual_ns, instant_ns;
    uint64_t frame;
};

struct flow {
    uint64_t source[2], destination[2];
    uint32_t ports;
    uint64_t received, sent, octets;
    int64_t notice_least, notice_most, error_most;
    double notice_sum;
    uint32_t errors[ERROR_BUCKETS];
};

struct queue {
    uint32_t number[BUFFERS];
    uint32_t head, tail;
};

/* A gate control list of three entries. */
static const struct {
    int64_t until_ns;
    uint8_t open;
} gates[] = {{400000, 0x80}, {700000, 0xff}, {1000000, 0x7f}};

enum step { RING, STACK, QUEUE, COMMIT, LAUNCH, COMPLETE, STEPS };

static const char *const step_name[STEPS] = {"ring",       "stack",  "shaper",
                                             "commitment", "launch", "completion"};

static struct {
    uint8_t *ring, *memory;
    struct frame frames[BUFFERS];
    struct queue queues[CLASSES];
    struct launch launches[LAUNCHES];
    struct completion completions[LAUNCHES];
    struct flow flows[FLOWS];
    uint64_t received, sent, sent_by_class[CLASSES], port_frames, port_octets;
    uint64_t taken, launched, completed;
    uint8_t template[HEADER_OCTETS];
} line;

static struct slot *slot_at(uint64_t position) {
    return (struct slot *)(line.ring + (position & (SLOTS - 1)) * SLOT_OCTETS);
}

/* What a program does; it is not measured. */
static void publish(uint64_t position, uint32_t octets, int64_t launch_ns) {
    struct slot *slot = slot_at(position);
    slot->launch_ns = launch_ns;
    slot->sent_ns = launch_ns - 4000000;
    slot->source[0] = 0x0a000001;
    slot->destination[0] = 0x0a000002;
    slot->source_port = (uint16_t)(4000 + position % 16);
    slot->destination_port = 7777;
    slot->octets = octets;
    slot->priority = 7;
    memset(slot->payload, (int)position, octets);
    atomic_store_explicit(&slot->state, position << 32 | 2, memory_order_release);
}

static struct flow *flow_of(const struct slot *slot) {
    uint32_t ports = (uint32_t)slot->source_port << 16 | slot->destination_port;
    uint64_t hash = (slot->source[0] ^ slot->destination[0] * 31 ^ ports) * 0x9e3779b97f4a7c15u;
    for (uint32_t probe = 0; probe < FLOWS; probe++) {
        struct flow *flow = &line.flows[((hash >> 58) + probe) & (FLOWS - 1)];
        if (flow->received == 0) {
            memcpy(flow->source, slot->source, sizeof flow->source);
            memcpy(flow->destination, slot->destination, sizeof flow->destination);
            flow->ports = ports;
        }
        if (flow->ports == ports && memcmp(flow->source, slot->source, sizeof flow->source) == 0 &&
            memcmp(flow->destination, slot->destination, sizeof flow->destination) == 0)
            return flow;
    }
    return &line.flows[0];
}

/* Looks at a slot, judges it, takes a row and a buffer, copies the payload, frees the slot. */
static bool take(uint64_t position, int64_t now) {
    struct slot *slot = slot_at(position);
    if (atomic_load_explicit(&slot->state, memory_order_acquire) != (position << 32 | 2) ||
        slot->octets > BUFFER_OCTETS - HEADER_OCTETS || slot->priority > 15)
        return false;
    uint32_t number = (uint32_t)position & (BUFFERS - 1);
    struct frame *frame = &line.frames[number];
    frame->launch_ns = slot->launch_ns;
    frame->arrived_ns = now;
    frame->last_start_ns = slot->launch_ns + 60000000000;
    frame->buffer = line.memory + (size_t)number * BUFFER_OCTETS;
    frame->octets = slot->octets + HEADER_OCTETS;
    frame->class = slot->priority & 7;
    memcpy(frame->buffer + HEADER_OCTETS, slot->payload, slot->octets);
    struct flow *flow = flow_of(slot);
    frame->flow = (uint64_t)(flow - line.flows);
    int64_t notice = slot->launch_ns - slot->sent_ns;
    flow->received++;
    flow->notice_least = notice < flow->notice_least ? notice : flow->notice_least;
    flow->notice_most = notice > flow->notice_most ? notice : flow->notice_most;
    flow->notice_sum += (double)notice;
    line.received++;
    atomic_store_explicit(&slot->state, (position + SLOTS) << 32, memory_order_release);
    return true;
}

static uint32_t folded(uint64_t sum) {
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

static uint64_t summed(const uint8_t *from, size_t octets) {
    uint64_t sum = 0;
    uint16_t word;
    for (size_t i = 0; i + 1 < octets; i += 2) {
        memcpy(&word, from + i, sizeof word);
        sum += word;
    }
    return octets & 1 ? sum + from[octets - 1] : sum;
}

/* Writes the headers by a template, and both checksums. */
static void encode(uint32_t number) {
    struct frame *frame = &line.frames[number];
    uint8_t *octets = frame->buffer;
    memcpy(octets, line.template, HEADER_OCTETS);
    uint16_t length = htons((uint16_t)(frame->octets - 14));
    memcpy(octets + 16, &length, sizeof length);
    uint16_t sum = (uint16_t)~folded(summed(octets + 14, 20));
    memcpy(octets + 24, &sum, sizeof sum);
    length = htons((uint16_t)(frame->octets - 34));
    memcpy(octets + 38, &length, sizeof length);
    sum = (uint16_t)~folded(summed(octets + 26, 8) + summed(octets + 34, frame->octets - 34));
    memcpy(octets + 40, &sum, sizeof sum);
}

static void enqueue(uint32_t number) {
    struct queue *queue = &line.queues[line.frames[number].class];
    queue->number[queue->tail++ & (BUFFERS - 1)] = number;
}

/* When a frame of a class may leave at an instant or after it. */
static int64_t open_at(uint32_t class, int64_t instant) {
    for (;;) {
        int64_t phase = instant % 1000000;
        for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
            if (phase < gates[i].until_ns) {
                if (gates[i].open >> class & 1 && phase + DURATION_NS <= gates[i].until_ns)
                    return instant;
                instant += gates[i].until_ns - phase;
                break;
            }
    }
}

/* Finds the frame that leaves next, strictly by class; none: -1. */
static int next(int64_t link_free_ns, int64_t *launch_ns) {
    int best = -1;
    for (int class = CLASSES - 1; class >= 0; class --) {
        struct queue *queue = &line.queues[class];
        if (queue->head == queue->tail)
            continue;
        uint32_t number = queue->number[queue->head & (BUFFERS - 1)];
        int64_t instant = line.frames[number].launch_ns;
        instant = open_at((uint32_t) class, instant > link_free_ns ? instant : link_free_ns);
        if (best < 0 || instant < *launch_ns) {
            best = (int)number;
            *launch_ns = instant;
        }
    }
    if (best >= 0)
        line.queues[line.frames[best].class].head++;
    return best;
}

static void commit(uint32_t number, int64_t instant) {
    struct frame *frame = &line.frames[number];
    frame->planned_ns = instant;
    frame->not_after_ns = frame->last_start_ns;
    line.launches[line.taken++ & (LAUNCHES - 1)] =
        (struct launch){.frame = (uint64_t)(uintptr_t)frame->buffer,
                        .instant_ns = instant,
                        .not_after_ns = frame->not_after_ns,
                        .duration_ns = DURATION_NS,
                        .number = number,
                        .octets = frame->octets,
                        .queue = frame->class};
}

static void launch(int64_t now) {
    const struct launch *launch = &line.launches[line.launched & (LAUNCHES - 1)];
    line.port_frames++;
    line.port_octets += launch->octets;
    line.completions[line.launched & (LAUNCHES - 1)] =
        (struct completion){.number = launch->number,
                            .actual_ns = now > launch->instant_ns ? now : launch->instant_ns,
                            .instant_ns = launch->instant_ns,
                            .frame = launch->frame};
    line.launched++;
}

static void complete(void) {
    const struct completion *completion = &line.completions[line.completed++ & (LAUNCHES - 1)];
    const struct frame *frame = &line.frames[completion->number];
    struct flow *flow = &line.flows[frame->flow];
    int64_t error = completion->actual_ns - frame->planned_ns;
    line.sent++;
    line.sent_by_class[frame->class]++;
    flow->sent++;
    flow->octets += frame->octets;
    flow->error_most = error > flow->error_most ? error : flow->error_most;
    flow->errors[63 - __builtin_clzll((unsigned long long)error | 1)]++;
}

int main(int argc, char **argv) {
    if (argc != 3)
        fail(NAME, "usage: yardstick DATAGRAMS OCTETS");
    int64_t datagrams = number(NAME, "DATAGRAMS", argv[1], BATCH, 1000000000);
    uint32_t octets = (uint32_t)number(NAME, "OCTETS", argv[2], 16, 1472);
    line.ring = calloc(SLOTS, SLOT_OCTETS);
    line.memory = calloc(BUFFERS, BUFFER_OCTETS);
    if (line.ring == NULL || line.memory == NULL)
        fail(NAME, "no memory for the ring.");
    int64_t spent[STEPS] = {0};
    int64_t instant = 0;
    uint32_t numbers[BATCH];
    for (int64_t done = 0; done + BATCH <= datagrams; done += BATCH) {
        uint64_t position = (uint64_t)done;
        for (uint64_t i = 0; i < BATCH; i++)
            publish(position + i, octets, instant + (int64_t)i * 1000);
        int64_t at[STEPS + 1] = {now_ns(CLOCK_MONOTONIC)};
        for (uint64_t i = 0; i < BATCH; i++) {
            if (!take(position + i, instant))
                fail(NAME, "a slot is not what it was.");
            numbers[i] = (uint32_t)(position + i) & (BUFFERS - 1);
        }
        at[STACK] = now_ns(CLOCK_MONOTONIC);
        for (int i = 0; i < BATCH; i++)
            encode(numbers[i]);
        at[QUEUE] = now_ns(CLOCK_MONOTONIC);
        int64_t launches[BATCH];
        int64_t free_ns = instant;
        for (int i = 0; i < BATCH; i++)
            enqueue(numbers[i]);
        for (int i = 0; i < BATCH; i++) {
            numbers[i] = (uint32_t)next(free_ns, &launches[i]);
            free_ns = launches[i] + DURATION_NS;
        }
        at[COMMIT] = now_ns(CLOCK_MONOTONIC);
        for (int i = 0; i < BATCH; i++)
            commit(numbers[i], launches[i]);
        at[LAUNCH] = now_ns(CLOCK_MONOTONIC);
        for (int i = 0; i < BATCH; i++)
            launch(instant);
        at[COMPLETE] = now_ns(CLOCK_MONOTONIC);
        for (int i = 0; i < BATCH; i++)
            complete();
        at[STEPS] = now_ns(CLOCK_MONOTONIC);
        for (int step = 0; step < STEPS; step++)
            spent[step] += at[step + 1] - at[step];
        instant = free_ns;
    }
    double sum = 0;
    for (int step = 0; step < STEPS; step++) {
        double each = (double)spent[step] / (double)line.sent;
        printf("%s %.1f\n", step_name[step], each);
        sum += each;
    }
    printf("sum %.1f\n", sum);
    free(line.ring);
    free(line.memory);
    return 0;
}
