/*
 * The launcher's budget for spinning: a share of its processor, as a purse per queue. The planner
 * works on the same processor, and is paid from the same share.
 *
 * What time earns goes to the highest queue that has frames until its purse is full, what is left
 * to the next one below: precision is bought first where it is worth the most. A spin is begun only
 * if the purse holds all of it; the other frames leave by timer.
 */
#ifndef KTSN_BUDGET_H
#define KTSN_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BUDGET_QUEUES = 8, BUDGET_WHOLE = 1000 };

/* A queue without a frame for so long earns nothing. */
#define BUDGET_REMEMBERS_NS INT64_C(100000000)

struct budget {
    int64_t permille; /* of the processor's time; BUDGET_WHOLE: as much as is wanted */
    int64_t purse_max_ns;
    int64_t earned_until_ns;
    int64_t owed_ns; /* what the planner has worked, and nothing was earned for yet */
    int64_t purse_ns[BUDGET_QUEUES]; /* negative: overdrawn */
    int64_t seen_ns[BUDGET_QUEUES];  /* when a frame was there the last time */
};

static inline void budget_begin(struct budget *budget, int permille, int64_t purse_max_ns,
                                int64_t now_ns) {
    memset(budget, 0, sizeof *budget);
    budget->permille = permille < 0 ? 0 : permille > BUDGET_WHOLE ? BUDGET_WHOLE : permille;
    budget->purse_max_ns = purse_max_ns;
    budget->earned_until_ns = now_ns;
    for (int queue = 0; queue < BUDGET_QUEUES; queue++) {
        budget->purse_ns[queue] = purse_max_ns;
        budget->seen_ns[queue] = INT64_MIN;
    }
}

static inline void budget_earn(struct budget *budget, int64_t now_ns) {
    int64_t passed_ns = now_ns - budget->earned_until_ns;
    budget->earned_until_ns = now_ns;
    if (passed_ns <= 0)
        return; /* the clock was set back */
    if (passed_ns > BUDGET_REMEMBERS_NS)
        passed_ns = BUDGET_REMEMBERS_NS;
    int64_t earned_ns = passed_ns * budget->permille / 1000;
    int64_t paid_ns = earned_ns < budget->owed_ns ? earned_ns : budget->owed_ns;
    budget->owed_ns -= paid_ns;
    earned_ns -= paid_ns;
    for (int queue = BUDGET_QUEUES - 1; queue >= 0 && earned_ns > 0; queue--) {
        int64_t silent_ns = 0;
        if (__builtin_sub_overflow(now_ns, budget->seen_ns[queue], &silent_ns) ||
            silent_ns > BUDGET_REMEMBERS_NS)
            continue;
        int64_t room_ns = budget->purse_max_ns - budget->purse_ns[queue];
        int64_t put_ns = earned_ns < room_ns ? earned_ns : room_ns;
        budget->purse_ns[queue] += put_ns;
        earned_ns -= put_ns;
    }
}

/* The planner has worked. No more is owed than it takes a tenth of a second to earn, so that a long
 * piece of its work is forgotten soon. */
static inline void budget_owe(struct budget *budget, int64_t worked_ns) {
    int64_t most_ns = BUDGET_REMEMBERS_NS * budget->permille / 1000;
    budget->owed_ns += worked_ns;
    if (budget->owed_ns > most_ns)
        budget->owed_ns = most_ns;
}

static inline void budget_see(struct budget *budget, uint32_t queue, int64_t now_ns) {
    budget->seen_ns[queue & (BUDGET_QUEUES - 1)] = now_ns;
}

/* Tells whether a spin can be paid that begins in some time, by what is earned until then at best.
 */
static inline bool budget_affords(const struct budget *budget, uint32_t queue, int64_t spin_ns,
                                  int64_t begins_in_ns) {
    if (budget->permille == BUDGET_WHOLE)
        return true;
    int64_t purse_ns = budget->purse_ns[queue & (BUDGET_QUEUES - 1)];
    if (begins_in_ns > BUDGET_REMEMBERS_NS)
        begins_in_ns = BUDGET_REMEMBERS_NS;
    if (begins_in_ns > 0)
        purse_ns += begins_in_ns * budget->permille / 1000;
    return (purse_ns < budget->purse_max_ns ? purse_ns : budget->purse_max_ns) >= spin_ns;
}

/* For a spin that is shorter than a sleep: as long as the purse holds anything, for where instants
 * follow each other that closely, one such spin would follow the other without end. */
static inline bool budget_holds(const struct budget *budget, uint32_t queue) {
    return budget->permille == BUDGET_WHOLE || budget->purse_ns[queue & (BUDGET_QUEUES - 1)] > 0;
}

/* For a frame that a timer would miss: what it takes may be owed, up to a full purse. */
static inline bool budget_lends(const struct budget *budget, uint32_t queue) {
    return budget->permille == BUDGET_WHOLE ||
           budget->purse_ns[queue & (BUDGET_QUEUES - 1)] > -budget->purse_max_ns;
}

static inline void budget_spend(struct budget *budget, uint32_t queue, int64_t spun_ns) {
    budget->purse_ns[queue & (BUDGET_QUEUES - 1)] -= spun_ns;
}

#endif
