#include "clock.h"

#define SECOND_NS INT64_C(1000000000)

/* How many measurements a new offset is taken from. */
#define SAMPLES 12

/* Both clocks are cut to whole nanoseconds, each on its own. */
#define ROUNDING_NS 1

struct bounds {
    int64_t low, high;
};

static struct bounds measure(ktsn_clock_reader *read, clockid_t clock) {
    int64_t before = read(clock);
    int64_t tai = read(CLOCK_TAI);
    int64_t after = read(clock);
    return (struct bounds){tai - after - ROUNDING_NS, tai - before + ROUNDING_NS};
}

static int64_t offset_of(struct ktsn_clock_offset *kept, ktsn_clock_reader *read, clockid_t clock) {
    struct bounds bounds = measure(read, clock);
    /* A writer stores the offset before it says so; two writers that race store values that both
     * hold. */
    if (atomic_load_explicit(&kept->known, memory_order_acquire)) {
        int64_t offset = atomic_load_explicit(&kept->offset_ns, memory_order_relaxed);
        if (bounds.low <= offset && offset <= bounds.high)
            return offset;
    }
    for (int i = 1; i < SAMPLES; i++) {
        struct bounds next = measure(read, clock);
        int64_t low = next.low > bounds.low ? next.low : bounds.low;
        int64_t high = next.high < bounds.high ? next.high : bounds.high;
        /* No overlap: the clock was stepped in between, and only the newer one counts. */
        bounds = low <= high ? (struct bounds){low, high} : next;
    }
    int64_t offset = bounds.low + (bounds.high - bounds.low) / 2;
    atomic_store_explicit(&kept->offset_ns, offset, memory_order_relaxed);
    atomic_store_explicit(&kept->known, true, memory_order_release);
    return offset;
}

/* TAI and UTC differ by whole seconds, so one rough measurement is exact. */
static int64_t realtime_offset(ktsn_clock_reader *read) {
    int64_t distance = read(CLOCK_TAI) - read(CLOCK_REALTIME);
    int64_t half = distance < 0 ? -SECOND_NS / 2 : SECOND_NS / 2;
    return (distance + half) / SECOND_NS * SECOND_NS;
}

bool ktsn_clock_to_tai(struct ktsn_clocks *clocks, ktsn_clock_reader *read, clockid_t clock,
                       int64_t instant_ns, int64_t *tai_ns) {
    int64_t offset;
    switch (clock) {
    case CLOCK_TAI:
        offset = 0;
        break;
    case CLOCK_REALTIME:
        offset = realtime_offset(read);
        break;
    case CLOCK_MONOTONIC:
        offset = offset_of(&clocks->monotonic, read, clock);
        break;
    case CLOCK_BOOTTIME:
        offset = offset_of(&clocks->boottime, read, clock);
        break;
    default:
        return false;
    }
    if (__builtin_add_overflow(instant_ns, offset, tai_ns))
        *tai_ns = offset < 0 ? INT64_MIN : INT64_MAX;
    return true;
}
