/* What the launcher asks of a port, and what a port may answer: by a port of the test's own. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "ktsn_native.h"
#include "port.h"
#include "running.h"

enum { DURATION_NS = 672, MOST_CALLS = 1000 };

/* Writes down what it is called with. */
struct fake_port {
    struct ktsn_port port;
    uint32_t most; /* so many frames it takes of a call */
    _Atomic uint32_t calls;
    int64_t called_ns[MOST_CALLS];
    uint32_t offered[MOST_CALLS];
    uint32_t first[MOST_CALLS]; /* the number of the first frame */
};

static uint32_t take_some(struct ktsn_port *port, const struct ktsn_launch *launch,
                          uint32_t count) {
    struct fake_port *fake = (struct fake_port *)port;
    uint32_t call = atomic_load(&fake->calls);
    if (call < MOST_CALLS) {
        fake->called_ns[call] = ktsn_now();
        fake->offered[call] = count;
        fake->first[call] = launch->number;
        atomic_store(&fake->calls, call + 1);
    }
    return count < fake->most ? count : fake->most;
}

/* Claims to have taken more than it was given. */
static uint32_t boast(struct ktsn_port *port, const struct ktsn_launch *launch, uint32_t count) {
    take_some(port, launch, count);
    return count + 7;
}

static int refuse_status(struct ktsn_port *port, struct ktsn_port_status *status) {
    (void)port;
    memset(status, 0, sizeof *status);
    return -ENODATA;
}

static int stay_open(struct ktsn_port *port) {
    atomic_store(&port->link_up, 0);
    return 0;
}

static const struct port_operations taking = {
    .send = take_some, .status = refuse_status, .close = stay_open};
static const struct port_operations boasting = {
    .send = boast, .status = refuse_status, .close = stay_open};

static struct fake_port fake;
static int64_t margin_ns = 50000;

static void start(uint32_t capabilities, uint32_t most) {
    memset(&fake, 0, sizeof fake);
    fake.port.operations = &taking;
    fake.port.capabilities = capabilities;
    fake.port.link_up = 1;
    fake.most = most;
    margin_min_ns = margin_max_ns = margin_ns;
    start_launcher();
}

static void stop(void) {
    stop_launcher();
    ktsn_launcher_free(launcher);
    margin_ns = 50000;
}

/* Adds a frame to what is shown to the launcher next. The fake port never looks at the buffer. */
static uint64_t added;

static void add_to(struct ktsn_port *port, uint32_t number, int64_t instant, int64_t not_after) {
    uint64_t position = launcher->submitted + added++;
    launcher->submission[position & (KTSN_LAUNCH_RING - 1)] =
        (struct ktsn_launch){.frame = 1000 + number,
                             .port = (uint64_t)(uintptr_t)port,
                             .instant_ns = instant,
                             .not_after_ns = not_after,
                             .duration_ns = DURATION_NS,
                             .number = number,
                             .length = 60,
                             .queue = 0,
                             .collected = launcher->collected};
}

static void add(uint32_t number, int64_t instant, int64_t not_after) {
    add_to(&fake.port, number, instant, not_after);
}

static void show(void) {
    __atomic_store_n(&launcher->submitted, launcher->submitted + added, __ATOMIC_SEQ_CST);
    added = 0;
    ktsn_launcher_wake(launcher);
}

static struct ktsn_completion collect(void) {
    struct ktsn_completion none = {.outcome = 99};
    for (int i = 0; i < 200000; i++) {
        if (__atomic_load_n(&launcher->completed, __ATOMIC_ACQUIRE) != launcher->collected)
            return launcher->completion[launcher->collected++ & (KTSN_LAUNCH_RING - 1)];
        usleep(100);
    }
    CHECK(0, "no completion within 20 s");
    return none;
}

static struct ktsn_completion expect(uint32_t number, uint32_t outcome) {
    struct ktsn_completion c = collect();
    CHECK(c.number == number && c.outcome == outcome && c.frame == 1000 + number,
          "frame %u with outcome %u, not %u with %u", c.number, c.outcome, number, outcome);
    return c;
}

static void should_hand_over_in_one_call_what_is_due(void) {
    start(0, UINT32_MAX);
    int64_t base = ktsn_now() - 1000000;
    for (uint32_t i = 0; i < 20; i++)
        add(i, base + i * INT64_C(1000), INT64_MAX);
    show();
    int64_t before = 0;
    for (uint32_t i = 0; i < 20; i++) {
        struct ktsn_completion c = expect(i, KTSN_SENT);
        CHECK(i == 0 || c.actual_ns == before + DURATION_NS, "not behind each other on the link");
        before = c.actual_ns;
    }
    CHECK(fake.calls == 1 && fake.offered[0] == 20, "%u calls, the first with %u frames",
          fake.calls, fake.offered[0]);
    stop();
}

static void should_hand_over_no_more_at_once_than_the_link_takes_soon(void) {
    enum { FRAMES = 400, MOST = 1 + 100000 / DURATION_NS };
    start(0, UINT32_MAX);
    int64_t base = ktsn_now() - 1000000;
    for (uint32_t i = 0; i < FRAMES; i++)
        add(i, base + i * INT64_C(1000), INT64_MAX);
    show();
    for (uint32_t i = 0; i < FRAMES; i++)
        expect(i, KTSN_SENT);
    uint32_t next = 0;
    for (uint32_t call = 0; call < fake.calls; call++) {
        CHECK(fake.first[call] == next && fake.offered[call] <= MOST,
              "call %u: frame %u, %u frames", call, fake.first[call], fake.offered[call]);
        next += fake.offered[call];
    }
    CHECK(next == FRAMES, "%u frames were handed over", next);
    stop();
}

static void should_hand_over_none_before_its_turn_on_the_link(void) {
    start(0, UINT32_MAX);
    int64_t base = ktsn_now() + 5000000;
    for (uint32_t i = 0; i < 20; i++)
        add(i, base, INT64_MAX); /* one behind the other, though all are due */
    add(20, base + 20000000, INT64_MAX);
    show();
    int64_t before = 0;
    for (uint32_t i = 0; i < 21; i++) {
        struct ktsn_completion c = expect(i, KTSN_SENT);
        CHECK(c.actual_ns >= before + (i ? DURATION_NS : 0), "the link was still busy");
        CHECK(c.actual_ns >= c.instant_ns, "early");
        before = c.actual_ns;
    }
    uint32_t frame = 0;
    for (uint32_t call = 0; call < fake.calls; call++) {
        frame += fake.offered[call];
        int64_t latest = frame == 21 ? base + 20000000 : base + (frame - 1) * DURATION_NS;
        CHECK(fake.called_ns[call] >= latest, "frame %u was handed over early", frame - 1);
    }
    stop();
}

static void should_send_what_the_port_left_of_a_burst_next(void) {
    start(0, 3);
    int64_t base = ktsn_now() - 1000000;
    for (uint32_t i = 0; i < 20; i++)
        add(i, base + i * INT64_C(1000), INT64_MAX);
    show();
    for (uint32_t i = 0; i < 20; i++)
        expect(i, KTSN_SENT);
    for (uint32_t call = 0; call < fake.calls; call++)
        CHECK(fake.first[call] == 3 * call, "call %u begins with frame %u", call, fake.first[call]);
    CHECK(fake.calls == 7, "%u calls", fake.calls);
    stop();
}

static void should_give_back_what_the_port_refuses_until_its_last_instant(void) {
    start(0, 0);
    int64_t now = ktsn_now();
    add(1, now, now + 2000000);
    add(2, now + 10000000, INT64_MAX);
    show();
    struct ktsn_completion c = collect();
    /* Where the machine stood still for 2 ms the port was never asked. */
    CHECK(c.number == 1 && c.outcome == (fake.calls > 0 ? KTSN_REFUSED : KTSN_MISSED), "outcome %u",
          c.outcome);
    CHECK(c.actual_ns > now + 2000000, "given up early");
    stop(); /* with the second one in the port's hands */
}

static void should_give_back_at_once_what_a_port_without_link_can_not_send(void) {
    start(0, UINT32_MAX);
    atomic_store(&fake.port.link_up, 0);
    add(1, ktsn_now(), INT64_MAX);
    show();
    expect(1, KTSN_REFUSED);
    CHECK(fake.calls == 0, "it was asked all the same");
    stop();
}

static void should_believe_no_port_that_it_took_more_than_it_was_given(void) {
    start(0, UINT32_MAX);
    fake.port.operations = &boasting;
    int64_t base = ktsn_now();
    add(1, base - 1000, INT64_MAX);
    add(2, base + 5000000, INT64_MAX);
    show();
    expect(1, KTSN_SENT);
    CHECK(expect(2, KTSN_SENT).actual_ns >= base + 5000000, "early");
    stop();
}

static void should_put_no_frames_of_two_ports_into_one_call(void) {
    start(0, UINT32_MAX);
    static struct fake_port other;
    memset(&other, 0, sizeof other);
    other.port = (struct ktsn_port){.operations = &taking, .link_up = 1};
    other.most = UINT32_MAX;
    int64_t base = ktsn_now() - 1000000;
    add(1, base, INT64_MAX);
    add_to(&other.port, 2, base + 1000, INT64_MAX);
    add(3, base + 2000, INT64_MAX);
    show();
    for (uint32_t i = 1; i <= 3; i++)
        expect(i, KTSN_SENT);
    CHECK(fake.calls == 2 && other.calls == 1, "%u and %u calls", fake.calls, other.calls);
    stop();
}

static void should_give_frames_ahead_to_a_port_that_dates_them(void) {
    margin_ns = INT64_C(10000000000); /* as if all wake-ups could be so late */
    start(KTSN_PORT_DATES_FRAMES, UINT32_MAX);
    int64_t base = ktsn_now() + INT64_C(5000000000);
    for (uint32_t i = 0; i < 20; i++)
        add(i, base + i * INT64_C(1000000), base + i * INT64_C(1000000));
    show();
    for (uint32_t i = 0; i < 20; i++)
        CHECK(expect(i, KTSN_SENT).actual_ns == base + i * INT64_C(1000000),
              "not at its own instant");
    CHECK(fake.calls == 1 && fake.offered[0] == 20, "%u calls", fake.calls);
    CHECK(launcher->spun_ns == 0, "spun for a port that dates frames");
    stop();
}

static void should_keep_frames_from_a_port_that_dates_them_until_a_margin_before(void) {
    margin_ns = 5000000;
    start(KTSN_PORT_DATES_FRAMES, UINT32_MAX);
    int64_t base = ktsn_now() + 30000000;
    add(1, base, INT64_MAX);
    add(2, base + 20000000, INT64_MAX);
    show();
    CHECK(expect(1, KTSN_SENT).actual_ns >= base, "early");
    CHECK(expect(2, KTSN_SENT).spun == 0, "spun");
    uint32_t last = fake.calls - 1;
    CHECK(fake.called_ns[0] >= base - margin_ns, "too far ahead");
    CHECK(fake.called_ns[last] >= base + 20000000 - margin_ns || last == 0, "too far ahead");
    CHECK(launcher->spun_ns == 0, "spun for a port that dates frames");
    stop();
}

static void should_not_give_a_frame_that_is_past_to_a_port_that_dates_them(void) {
    start(KTSN_PORT_DATES_FRAMES, UINT32_MAX);
    int64_t now = ktsn_now();
    add(1, now - 2000000, now - 1000000);
    show();
    expect(1, KTSN_MISSED);
    CHECK(fake.calls == 0, "it was given all the same");
    stop();
}

static void should_say_what_a_port_can_do_whatever_it_says_of_its_counters(void) {
    struct ktsn_port_status status;
    fake = (struct fake_port){
        .port = {.operations = &taking, .capabilities = KTSN_PORT_DATES_FRAMES, .link_up = 1}};
    CHECK(ktsn_port_status(&fake.port, &status) == -ENODATA, "its failure was hidden");
    CHECK(status.capabilities == KTSN_PORT_DATES_FRAMES && status.link_up == 1, "unknown");
    CHECK(ktsn_port_discard_received(&fake.port) == 0, "it receives nothing");
    CHECK(ktsn_port_close(&fake.port) == 0 && fake.port.link_up == 0, "not closed");
}

int main(void) {
    RUN(should_hand_over_in_one_call_what_is_due);
    RUN(should_hand_over_no_more_at_once_than_the_link_takes_soon);
    RUN(should_hand_over_none_before_its_turn_on_the_link);
    RUN(should_send_what_the_port_left_of_a_burst_next);
    RUN(should_give_back_what_the_port_refuses_until_its_last_instant);
    RUN(should_give_back_at_once_what_a_port_without_link_can_not_send);
    RUN(should_believe_no_port_that_it_took_more_than_it_was_given);
    RUN(should_put_no_frames_of_two_ports_into_one_call);
    RUN(should_give_frames_ahead_to_a_port_that_dates_them);
    RUN(should_keep_frames_from_a_port_that_dates_them_until_a_margin_before);
    RUN(should_not_give_a_frame_that_is_past_to_a_port_that_dates_them);
    RUN(should_say_what_a_port_can_do_whatever_it_says_of_its_counters);
    return REPORT();
}
