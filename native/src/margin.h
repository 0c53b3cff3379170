/*
 * How long before an instant the launcher stops sleeping: as long as wake-ups are late.
 *
 * usual_ns covers all but the latest few of a hundred wake-ups. It is what a frame gets that may
 * leave somewhat later: to meet the rarest lateness as well would take several times the processor
 * time. worst_ns rises to each lateness at once and sinks slowly; it is for a frame whose window
 * would be missed.
 */
#ifndef KTSN_MARGIN_H
#define KTSN_MARGIN_H

#include <stdint.h>

/* usual_ns sinks by this part of itself with each wake-up in time, and rises by so many times that
 * with each one that is later: it comes to rest where one in so many is. */
enum { MARGIN_PART = 2048, MARGIN_ONE_IN = 50 };

struct margin {
    int64_t usual_ns;
    int64_t worst_ns;
    int64_t min_ns;
    int64_t max_ns;
};

static inline int64_t margin_within(const struct margin *margin, int64_t ns) {
    return ns < margin->min_ns ? margin->min_ns : ns > margin->max_ns ? margin->max_ns : ns;
}

static inline void margin_begin(struct margin *margin, int64_t min_ns, int64_t max_ns) {
    *margin =
        (struct margin){.usual_ns = max_ns, .worst_ns = max_ns, .min_ns = min_ns, .max_ns = max_ns};
}

/* A wake-up was so late. The least margin stands for what waking up takes itself. */
static inline void margin_see(struct margin *margin, int64_t late_ns) {
    int64_t step_ns = margin->usual_ns / MARGIN_PART + 1;
    int64_t wanted_ns = late_ns + margin->min_ns;
    margin->usual_ns = margin_within(margin, margin->usual_ns + (wanted_ns > margin->usual_ns
                                                                     ? (MARGIN_ONE_IN - 1) * step_ns
                                                                     : -step_ns));
    int64_t sunk_ns = margin->worst_ns - margin->worst_ns / 256;
    margin->worst_ns = margin_within(margin, wanted_ns > sunk_ns ? wanted_ns : sunk_ns);
}

#endif
