/* How long before an instant the launcher stops sleeping. */
#include "../src/margin.h"

#include "check.h"

enum { MIN = 40000, MAX = 250000 };

/* A wake-up is usually a little late, and one in so many is very late. */
static struct margin after(int wakeups, int64_t usual_ns, int64_t seldom_ns, int one_in) {
    struct margin margin;
    margin_begin(&margin, MIN, MAX);
    for (int i = 0; i < wakeups; i++)
        margin_see(&margin, i % one_in == one_in - 1 ? seldom_ns : usual_ns);
    return margin;
}

static void should_begin_with_the_greatest(void) {
    struct margin margin = after(0, 0, 0, 1);
    CHECK(margin.usual_ns == MAX, "usual %lld, worst %lld", (long long)margin.usual_ns,
          (long long)margin.worst_ns);
    CHECK(margin.worst_ns == MAX, "usual %lld, worst %lld", (long long)margin.usual_ns,
          (long long)margin.worst_ns);
}

static void should_come_down_to_what_is_usual(void) {
    struct margin margin = after(20000, 20000, 20000, 1);
    CHECK(margin.usual_ns >= 60000 && margin.usual_ns < 64000, "usual %lld, worst %lld",
          (long long)margin.usual_ns, (long long)margin.worst_ns);
    CHECK(margin.worst_ns == 60000, "usual %lld, worst %lld", (long long)margin.usual_ns,
          (long long)margin.worst_ns);
}

static void should_pay_nothing_for_what_is_seldom(void) {
    struct margin margin = after(20000, 20000, 200000, 4 * MARGIN_ONE_IN);
    CHECK(margin.usual_ns < 70000, "usual %lld, worst %lld", (long long)margin.usual_ns,
          (long long)margin.worst_ns);
    CHECK(margin.worst_ns > 100000, "usual %lld, worst %lld", (long long)margin.usual_ns,
          (long long)margin.worst_ns);
}

static void should_cover_what_is_frequent(void) {
    struct margin margin = after(20000, 20000, 150000, MARGIN_ONE_IN / 4);
    CHECK(margin.usual_ns > 180000, "usual %lld, worst %lld", (long long)margin.usual_ns,
          (long long)margin.worst_ns);
}

static void should_stay_within_its_limits(void) {
    struct margin late = after(20000, 5000000, 5000000, 1);
    CHECK(late.usual_ns == MAX && late.worst_ns == MAX, "usual %lld, worst %lld",
          (long long)late.usual_ns, (long long)late.worst_ns);
    struct margin early = after(200000, -5000, -5000, 1);
    CHECK(early.usual_ns == MIN && early.worst_ns == MIN, "usual %lld, worst %lld",
          (long long)early.usual_ns, (long long)early.worst_ns);
}

int main(void) {
    RUN(should_begin_with_the_greatest);
    RUN(should_come_down_to_what_is_usual);
    RUN(should_pay_nothing_for_what_is_seldom);
    RUN(should_cover_what_is_frequent);
    RUN(should_stay_within_its_limits);
    return REPORT();
}
