/*
 * Launch times of any socket clock, converted to TAI.
 *
 * The distance between two clocks of one kernel is constant but for steps (settimeofday, a leap
 * second, a suspend). It is measured by reading the other clock before and after TAI, and kept as
 * long as each new measurement allows it, so that successive datagrams do not jitter by the width
 * of a measurement; a step shows in the next measurement and is taken over at once.
 */
#ifndef KTSN_CLOCK_H
#define KTSN_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Reads a clock, in nanoseconds. */
typedef int64_t ktsn_clock_reader(clockid_t clock);

/* Kept distances TAI - clock in nanoseconds; zero-filled means nothing is known. */
struct ktsn_clocks {
    struct ktsn_clock_offset {
        _Atomic int64_t offset_ns;
        atomic_bool known;
    } monotonic, boottime;
};

/*
 * Converts an instant of CLOCK_TAI, REALTIME, MONOTONIC or BOOTTIME to TAI, saturating. Returns
 * false for any other clock. Any thread; no lock.
 */
bool ktsn_clock_to_tai(struct ktsn_clocks *clocks, ktsn_clock_reader *read, clockid_t clock,
                       int64_t instant_ns, int64_t *tai_ns);

#endif
