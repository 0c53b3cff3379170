/* The budget for spinning, by hand: no clock, no thread. */
#include <stdio.h>

#include "budget.h"
#include "check.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

static struct budget budget;

static void begin(int permille) {
    budget_begin(&budget, permille, 500 * US, 0);
}

/* A millisecond passes in which these queues have frames. */
static void pass(int64_t *now, uint32_t high, uint32_t low) {
    *now += MS;
    budget_see(&budget, high, *now);
    budget_see(&budget, low, *now);
    budget_earn(&budget, *now);
}

static void should_spend_no_more_than_its_share(void) {
    begin(300);
    int64_t now = 0;
    int64_t spun = 0;
    for (int i = 0; i < 1000; i++) {
        pass(&now, 7, 7);
        for (int spin = 0; spin < 10; spin++)
            if (budget_affords(&budget, 7, 100 * US, 0)) {
                budget_spend(&budget, 7, 100 * US);
                spun += 100 * US;
            }
    }
    CHECK(spun <= 300 * MS + 500 * US, "%lld ns of a second", (long long)spun);
    CHECK(spun >= 299 * MS, "only %lld ns of a second", (long long)spun);
}

static void should_pay_the_planner_from_the_same_share(void) {
    begin(400);
    int64_t now = 0;
    int64_t spun = 0;
    for (int i = 0; i < 1000; i++) {
        budget_owe(&budget, 150 * US);
        pass(&now, 7, 7);
        for (int spin = 0; spin < 10; spin++)
            if (budget_affords(&budget, 7, 50 * US, 0)) {
                budget_spend(&budget, 7, 50 * US);
                spun += 50 * US;
            }
    }
    CHECK(spun <= 250 * MS + 500 * US, "%lld ns of a second", (long long)spun);
    CHECK(spun >= 249 * MS, "only %lld ns of a second", (long long)spun);
}

static void should_spin_again_soon_after_the_planner_has_worked_for_long(void) {
    begin(400);
    int64_t now = 0;
    budget_owe(&budget, 5000 * MS);
    int ms = 0;
    budget_spend(&budget, 7, 500 * US);
    do {
        pass(&now, 7, 7);
        ms++;
    } while (!budget_affords(&budget, 7, 200 * US, 0) && ms < 1000);
    CHECK(ms > 90 && ms <= 110, "after %d ms", ms);
}

static void should_serve_the_highest_queue_first(void) {
    begin(300);
    int64_t now = 0;
    int high = 0;
    int low = 0;
    for (int i = 0; i < 1000; i++) {
        pass(&now, 7, 0);
        for (int spin = 0; spin < 20; spin++)
            if (budget_affords(&budget, 0, 50 * US, 0)) {
                budget_spend(&budget, 0, 50 * US);
                low++;
            }
        if (budget_affords(&budget, 7, 200 * US, 0)) {
            budget_spend(&budget, 7, 200 * US);
            high++;
        }
    }
    CHECK(high == 1000, "%d of 1000", high);
    CHECK(low >= 1990 && low <= 2030, "%d, of what is left 2000 or a few more", low);
}

static void should_keep_nothing_for_a_queue_without_frames(void) {
    begin(300);
    budget.purse_ns[7] = 0;
    budget.purse_ns[0] = 0;
    int64_t now = MS;
    budget_see(&budget, 7, now);
    budget_earn(&budget, now);
    for (int i = 0; i < 200; i++)
        pass(&now, 0, 0);
    CHECK(budget.purse_ns[0] == 500 * US, "%lld", (long long)budget.purse_ns[0]);
}

static void should_save_up_no_more_than_a_purse_holds(void) {
    begin(900);
    budget_see(&budget, 3, 3600 * 1000 * MS);
    budget_earn(&budget, 3600 * 1000 * MS);
    CHECK(budget_affords(&budget, 3, 500 * US, 0), "empty");
    CHECK(!budget_affords(&budget, 3, 500 * US + 1, 0), "more than a purse");
}

static void should_count_on_what_it_earns_until_a_spin_begins(void) {
    begin(500);
    budget_spend(&budget, 7, 500 * US);
    CHECK(!budget_affords(&budget, 7, 200 * US, 399 * US), "too early");
    CHECK(budget_affords(&budget, 7, 200 * US, 400 * US), "it earns enough until then");
    CHECK(!budget_affords(&budget, 7, 501 * US, 3600 * 1000 * MS), "more than a purse");
}

static void should_owe_no_more_than_a_purse_for_what_a_timer_would_miss(void) {
    begin(0);
    for (int i = 0; i < 100 && budget_lends(&budget, 5); i++)
        budget_spend(&budget, 5, 100 * US);
    CHECK(budget.purse_ns[5] == -500 * US, "%lld", (long long)budget.purse_ns[5]);
}

static void should_begin_no_short_spin_from_a_purse_that_holds_nothing(void) {
    begin(0);
    int spins = 0;
    while (spins < 1000 && budget_holds(&budget, 5)) {
        budget_spend(&budget, 5, 2 * US);
        spins++;
    }
    CHECK(spins == 250, "%d spins of 2 us from a purse of 500 us", spins);
    CHECK(budget_holds(&budget, 6), "another queue's purse is empty");
    begin(1000);
    budget_spend(&budget, 5, 3600 * 1000 * MS);
    CHECK(budget_holds(&budget, 5), "limited, with the whole processor");
}

static void should_bear_a_clock_that_is_set_back(void) {
    begin(500);
    int64_t now = 10 * MS;
    pass(&now, 2, 2);
    budget_spend(&budget, 2, 400 * US);
    budget_earn(&budget, -3600 * 1000 * MS);
    now = -3600 * 1000 * MS;
    pass(&now, 2, 2);
    CHECK(budget.purse_ns[2] == 500 * US, "%lld", (long long)budget.purse_ns[2]);
}

static void should_have_no_limit_with_the_whole_processor(void) {
    begin(1000);
    budget_spend(&budget, 1, 3600 * 1000 * MS);
    CHECK(budget_affords(&budget, 1, INT64_MAX, 0) && budget_lends(&budget, 1), "limited");
}

int main(void) {
    RUN(should_spend_no_more_than_its_share);
    RUN(should_pay_the_planner_from_the_same_share);
    RUN(should_spin_again_soon_after_the_planner_has_worked_for_long);
    RUN(should_serve_the_highest_queue_first);
    RUN(should_keep_nothing_for_a_queue_without_frames);
    RUN(should_save_up_no_more_than_a_purse_holds);
    RUN(should_count_on_what_it_earns_until_a_spin_begins);
    RUN(should_owe_no_more_than_a_purse_for_what_a_timer_would_miss);
    RUN(should_begin_no_short_spin_from_a_purse_that_holds_nothing);
    RUN(should_bear_a_clock_that_is_set_back);
    RUN(should_have_no_limit_with_the_whole_processor);
    return REPORT();
}
