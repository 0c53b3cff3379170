/* Clocks, in nanoseconds. */
#ifndef KTSN_CLOCK_H
#define KTSN_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t ktsn_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
