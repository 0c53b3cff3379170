/*
 * The launcher: one thread that waits for each frame's instant and gives it to its port (port.h).
 *
 * Frames that wait are kept in order of their instants; the planner may submit one that goes before
 * others. The thread sleeps until a margin before the next instant and spins from there: a timer
 * alone is tens of microseconds late, and a real-time thread that only spins would be throttled by
 * the kernel. The margin follows the lateness of the wake-ups that it sees (margin.h). Spinning has
 * a budget (budget.h): what it does not cover leaves by timer, late by as much as the host's
 * wake-ups are.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "budget.h"
#include "clock.h"
#include "error.h"
#include "ktsn_native.h"
#include "margin.h"
#include "port.h"

enum { MASK = KTSN_LAUNCH_RING - 1 };

/* A frame of 64 KiB at 1 Mb/s. Whoever believes that the link is busy for longer has a clock that
 * was set. */
#define LONGEST_FRAME_NS INT64_C(600000000)

/* After so long without sleep a real-time launcher rests: the planner may share its processor. */
#define BUSY_NS INT64_C(2000000)

enum { RETRY_NS = 20000, KTSN_QUEUES = 8 };

/* So little is spun through unless the purse is overdrawn: a sleep costs more. */
#define SHORT_NS INT64_C(3000)

/* So many spins of the longest margin can be saved up. */
#define PURSE_MARGINS 2

/* How often it is looked how much the planner has worked. */
#define LOOK_NS INT64_C(1000000)

/* How many of the frames that wait are looked at for one that is to be met by spinning. */
#define LOOK_AHEAD 64

/* What leaves by timer anyway shares a wake-up with what comes within so long: on a processor that
 * both use, a wake-up takes more from the planner than the frame itself. */
#define GATHER_NS INT64_C(100000)

/* So many frames go to a port at once, and no longer than that on the link: the one that is planned
 * for may be slower than what is behind the port. */
enum { BURST = 256 };
#define BURST_NS GATHER_NS

enum command { RUN = 0, RETURN_ALL = 1, STOP = 2 };

/* What belongs to the running thread alone. */
struct run {
    struct ktsn_launcher *shared;
    /* In the order of their instants, from head to tail. Twice the room, so that the rest moves to
     * the front only once in a while. */
    struct ktsn_launch waiting[2 * KTSN_LAUNCH_RING];
    uint32_t head;
    uint32_t tail;
    int64_t link_free_ns; /* when the last frame's last octet has left */
    /* Per queue: what was submitted before the planner had collected up to here comes back. */
    uint64_t known_from[KTSN_QUEUES];
    struct margin margin;
    struct budget budget;
    int64_t looked_ns; /* when it was looked last how much the planner has worked */
    int32_t planner;   /* which thread that was */
    int64_t worked_ns; /* how much that was, since it began */
    bool spun;         /* the instant that has come was met by spinning */
    int64_t rest_ns;   /* how long to rest then; 0: never */
    int64_t rested_ns; /* the end of the last sleep */
};

static inline uint64_t load_acquire(const uint64_t *value) {
    return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

static inline void store_release(uint64_t *value, uint64_t next) {
    __atomic_store_n(value, next, __ATOMIC_RELEASE);
}

static _Atomic int64_t clock_shift_ns;

int64_t ktsn_now(void) {
    return ktsn_clock(CLOCK_TAI) + atomic_load_explicit(&clock_shift_ns, memory_order_relaxed);
}

void ktsn_shift_clock(int64_t shift_ns) {
    atomic_store(&clock_shift_ns, shift_ns);
}

/* A launcher's memory that was given back. */
static struct ktsn_launcher *_Atomic spare;

struct ktsn_launcher *ktsn_launcher_new(void) {
    struct ktsn_launcher *launcher = atomic_exchange(&spare, NULL);
    if (launcher) {
        memset(launcher, 0, sizeof *launcher);
    } else {
        launcher = mmap(NULL, sizeof *launcher, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (launcher == MAP_FAILED)
            return NULL;
        mlock(launcher, sizeof *launcher); /* best effort: populated anyway */
    }
    launcher->asleep_until_ns = INT64_MIN;
    return launcher;
}

void ktsn_launcher_free(struct ktsn_launcher *launcher) {
    struct ktsn_launcher *other = atomic_exchange(&spare, launcher);
    if (other)
        munmap(other, sizeof *other);
}

void ktsn_launcher_wake(struct ktsn_launcher *launcher) {
    __atomic_add_fetch(&launcher->wake, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &launcher->wake, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void complete(struct run *run, const struct ktsn_launch *launch, uint32_t outcome,
                     int64_t actual_ns) {
    struct ktsn_launcher *shared = run->shared;
    uint64_t position = shared->completed;
    /* Never full: the planner submits no more than it has collected, plus the ring's size. */
    struct ktsn_completion *completion = &shared->completion[position & MASK];
    completion->number = launch->number;
    completion->outcome = (uint16_t)outcome;
    completion->spun = outcome == KTSN_SENT && run->spun;
    completion->actual_ns = actual_ns;
    completion->instant_ns = launch->instant_ns;
    completion->frame = launch->frame;
    store_release(&shared->completed, position + 1);
}

/* Takes what the planner submitted, each to its place: usually behind all others. */
static void take(struct run *run) {
    struct ktsn_launcher *shared = run->shared;
    uint64_t submitted = load_acquire(&shared->submitted);
    uint64_t taken = shared->taken;
    while (taken != submitted) {
        const struct ktsn_launch *launch = &shared->submission[taken & MASK];
        if (launch->collected < run->known_from[launch->queue & (KTSN_QUEUES - 1)]) {
            complete(run, launch, KTSN_RETURNED, ktsn_now());
            run->known_from[launch->queue & (KTSN_QUEUES - 1)] = shared->completed;
            taken++;
            continue;
        }
        if (run->tail == 2 * KTSN_LAUNCH_RING) {
            memmove(run->waiting, run->waiting + run->head,
                    (run->tail - run->head) * sizeof *run->waiting);
            run->tail -= run->head;
            run->head = 0;
        }
        uint32_t place = run->tail++;
        while (place > run->head && run->waiting[place - 1].instant_ns > launch->instant_ns) {
            run->waiting[place] = run->waiting[place - 1];
            place--;
        }
        run->waiting[place] = *launch;
        budget_see(&run->budget, launch->queue, launch->instant_ns);
        taken++;
    }
    store_release(&shared->taken, taken);
}

static void return_all(struct run *run) {
    take(run);
    int64_t now = ktsn_now();
    while (run->head < run->tail)
        complete(run, &run->waiting[run->head++], KTSN_RETURNED, now);
}

/*
 * Sleeps until the instant, or until the planner wakes us. Announces the sleep first and looks at
 * the submissions once more, so that none is overlooked.
 */
static void sleep_until(struct run *run, int64_t until_ns) {
    struct ktsn_launcher *shared = run->shared;
    uint32_t wake = __atomic_load_n(&shared->wake, __ATOMIC_ACQUIRE);
    __atomic_store_n(&shared->asleep_until_ns, until_ns, __ATOMIC_SEQ_CST);
    if (load_acquire(&shared->submitted) == shared->taken &&
        __atomic_load_n(&shared->command, __ATOMIC_SEQ_CST) == RUN) {
        int64_t begin = ktsn_clock(CLOCK_MONOTONIC);
        struct timespec deadline, *timeout = NULL;
        int64_t until_monotonic = 0;
        if (until_ns != INT64_MAX) {
            int64_t rest = until_ns - ktsn_now();
            /* At most a second at a time: the clock may be set while we sleep. */
            rest = rest > 1000000000 ? 1000000000 : rest;
            until_monotonic = begin + (rest > 0 ? rest : 0);
            deadline.tv_sec = until_monotonic / 1000000000;
            deadline.tv_nsec = until_monotonic % 1000000000;
            timeout = &deadline;
        }
        long result = syscall(SYS_futex, &shared->wake, FUTEX_WAIT_BITSET_PRIVATE, wake, timeout,
                              NULL, FUTEX_BITSET_MATCH_ANY);
        int64_t end = ktsn_clock(CLOCK_MONOTONIC);
        if (result == -1 && errno == ETIMEDOUT) {
            margin_see(&run->margin, end - until_monotonic);
            __atomic_store_n(&shared->margin_ns, run->margin.usual_ns, __ATOMIC_RELAXED);
        }
        run->rested_ns = ktsn_now();
        __atomic_store_n(&shared->slept_ns, shared->slept_ns + (uint64_t)(end - begin),
                         __ATOMIC_RELAXED);
    }
    __atomic_store_n(&shared->asleep_until_ns, INT64_MIN, __ATOMIC_SEQ_CST);
}

static inline int disturbed(struct ktsn_launcher *shared) {
    return load_acquire(&shared->submitted) != shared->taken ||
           __atomic_load_n(&shared->command, __ATOMIC_ACQUIRE) != RUN;
}

/* A frame was missed: those of its queue that wait here must not overtake it. */
static void hold_back(struct run *run, uint32_t queue) {
    uint32_t kept = run->head;
    int64_t now = ktsn_now();
    for (uint32_t place = run->head; place < run->tail; place++) {
        if (run->waiting[place].queue == queue)
            complete(run, &run->waiting[place], KTSN_RETURNED, now);
        else
            run->waiting[kept++] = run->waiting[place];
    }
    run->tail = kept;
    /* Only who knows of all that came back may submit: each of them goes first. */
    run->known_from[queue & (KTSN_QUEUES - 1)] = run->shared->completed;
    if (run->shared->bell > 0)
        eventfd_write(run->shared->bell, 1); /* fails only if it has been rung very often */
}

static inline struct ktsn_port *port_of(const struct ktsn_launch *launch) {
    return (struct ktsn_port *)(uintptr_t)launch->port;
}

static inline bool dated_by_port(const struct ktsn_launch *launch) {
    return (port_of(launch)->capabilities & KTSN_PORT_DATES_FRAMES) != 0;
}

/*
 * When the port is to have a frame: at its instant, behind the frame before it on the link; by a
 * timer some time ahead, if the port meets the instant by itself.
 */
static int64_t due_ns(const struct run *run, const struct ktsn_launch *launch) {
    if (dated_by_port(launch))
        return launch->instant_ns - run->margin.worst_ns;
    return launch->instant_ns > run->link_free_ns ? launch->instant_ns : run->link_free_ns;
}

/* Frames that leave together, the first of those that wait. */
struct burst {
    uint32_t count;
    int64_t start_ns[BURST]; /* when the link begins with each */
};

/*
 * Which frames leave now: the first one, and those behind it that would have left by now if each
 * had been in time, as far as the link takes them before their last instants.
 */
static void gather_burst(const struct run *run, int64_t now, struct burst *burst) {
    const struct ktsn_launch *first = &run->waiting[run->head];
    bool dated = dated_by_port(first);
    uint32_t waiting = run->tail - run->head;
    uint32_t most = waiting < BURST ? waiting : BURST;
    int64_t turn_ns = due_ns(run, first);
    int64_t start_ns = now;
    burst->count = 0;
    for (const struct ktsn_launch *launch = first; burst->count < most; launch++) {
        if (launch->instant_ns > turn_ns)
            turn_ns = launch->instant_ns;
        if (dated && launch->instant_ns > start_ns)
            start_ns = launch->instant_ns;
        bool later = dated ? due_ns(run, launch) > now : turn_ns > now || start_ns - now > BURST_NS;
        if ((later && launch != first) || launch->port != first->port ||
            launch->not_after_ns < start_ns)
            break;
        burst->start_ns[burst->count++] = start_ns;
        turn_ns += launch->duration_ns;
        start_ns += launch->duration_ns;
    }
}

/* The next frame does not leave. */
static void give_up(struct run *run, uint32_t outcome, int64_t now) {
    const struct ktsn_launch *next = &run->waiting[run->head++];
    complete(run, next, outcome, now);
    if (outcome == KTSN_MISSED)
        hold_back(run, next->queue);
}

/* Offers a burst to its port; returns how many frames it took. */
static uint32_t offer(const struct run *run, const struct burst *burst) {
    const struct ktsn_launch *launch = &run->waiting[run->head];
    struct ktsn_port *port = port_of(launch);
    uint32_t sent = 0, taken;
    do {
        uint32_t rest = burst->count - sent;
        taken = port->operations->send(port, &launch[sent], rest);
        sent += taken < rest ? taken : rest;
    } while (taken > 0 && sent < burst->count);
    return sent;
}

/* The port has taken the first frames of a burst. */
static void sent(struct run *run, const struct burst *burst, uint32_t count) {
    const struct ktsn_launch *launch = &run->waiting[run->head];
    for (uint32_t i = 0; i < count; i++)
        complete(run, &launch[i], KTSN_SENT, burst->start_ns[i]);
    run->link_free_ns = burst->start_ns[count - 1] + launch[count - 1].duration_ns;
    run->head += count;
}

/* Sends the next frame, whose instant is there, and those that leave with it. */
static void launch_next(struct run *run, int64_t now) {
    uint32_t outcome = KTSN_MISSED;
    for (;;) {
        struct burst burst;
        gather_burst(run, now, &burst);
        if (burst.count == 0)
            break; /* its last instant has passed */
        outcome = KTSN_REFUSED;
        const struct ktsn_port *port = port_of(&run->waiting[run->head]);
        if (!atomic_load_explicit(&port->link_up, memory_order_acquire))
            break;
        uint32_t taken = offer(run, &burst);
        if (taken > 0) {
            sent(run, &burst, taken);
            return;
        }
        /* The device's ring is full: try until the last instant, but let others run meanwhile, the
         * switch that must empty the ring for one. */
        if (__atomic_load_n(&run->shared->command, __ATOMIC_ACQUIRE) != RUN)
            break;
        nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
        now = ktsn_now();
    }
    give_up(run, outcome, now);
}

/* When a frame whose instant is not met by spinning leaves: soon after, and in its window. */
static int64_t gathered(const struct run *run, const struct ktsn_launch *launch, int64_t target,
                        int64_t now) {
    if (run->rested_ns > now)
        return target; /* the clock was set back */
    int64_t latest = launch->not_after_ns - run->margin.worst_ns;
    int64_t together = run->rested_ns + GATHER_NS;
    if (together > latest)
        together = latest;
    return together > target ? together : target;
}

/* Until when to sleep; if that is not in the future: for which queue to spin. */
struct pause {
    int64_t until_ns;
    uint32_t queue;
};

/*
 * The first frame need not be the one that decides: one behind it, of a stricter queue, may be
 * worth a spin that begins earlier than the first one's timer.
 */
static struct pause next_pause(const struct run *run, int64_t now) {
    struct pause pause = {.until_ns = INT64_MAX};
    uint32_t end = run->tail - run->head > LOOK_AHEAD ? run->head + LOOK_AHEAD : run->tail;
    for (uint32_t place = run->head; place < end; place++) {
        const struct ktsn_launch *launch = &run->waiting[place];
        int64_t target = due_ns(run, launch);
        if (target - run->margin.worst_ns >= pause.until_ns)
            break; /* none behind it can come earlier: they are in order */
        if (dated_by_port(launch)) {
            if (target < pause.until_ns)
                pause = (struct pause){.until_ns = target, .queue = launch->queue};
            continue;
        }
        bool timer_would_miss = launch->not_after_ns - target < run->margin.worst_ns;
        int64_t margin = timer_would_miss ? run->margin.worst_ns : run->margin.usual_ns;
        int64_t spin = target - now < margin ? target - now : margin;
        bool precise = (spin <= SHORT_NS && budget_holds(&run->budget, launch->queue)) ||
                       budget_affords(&run->budget, launch->queue, spin, target - margin - now) ||
                       (timer_would_miss && budget_lends(&run->budget, launch->queue));
        int64_t until = precise ? target - margin : gathered(run, launch, target, now);
        if (until < pause.until_ns)
            pause = (struct pause){.until_ns = until, .queue = launch->queue};
    }
    return pause;
}

/* Charges the budget with what the planner has worked. */
static void charge(struct run *run, int64_t now) {
    if (run->budget.permille == BUDGET_WHOLE ||
        (now - run->looked_ns < LOOK_NS && now >= run->looked_ns))
        return;
    run->looked_ns = now;
    int32_t planner = __atomic_load_n(&run->shared->planner, __ATOMIC_RELAXED);
    /* The clock of a thread's processor time, as the kernel numbers it. */
    clockid_t clock = (clockid_t)(~(uint32_t)planner << 3 | 6);
    struct timespec worked;
    if (planner == 0 || clock_gettime(clock, &worked) != 0) {
        run->planner = 0;
        return;
    }
    int64_t worked_ns = (int64_t)worked.tv_sec * 1000000000 + worked.tv_nsec;
    if (planner == run->planner)
        budget_owe(&run->budget, worked_ns - run->worked_ns);
    run->planner = planner;
    run->worked_ns = worked_ns;
}

/* Waits for the next frame and sends it; comes back early when something new was submitted. */
static void serve(struct run *run) {
    struct ktsn_launcher *shared = run->shared;
    int64_t target = due_ns(run, &run->waiting[run->head]);
    int64_t now = ktsn_now();
    if (run->link_free_ns - now > LONGEST_FRAME_NS) { /* the clock was set back */
        run->link_free_ns = now;
        return;
    }
    charge(run, now);
    budget_earn(&run->budget, now);
    run->spun = false;
    if (now < target) {
        struct pause pause = next_pause(run, now);
        if (pause.until_ns > now) {
            sleep_until(run, pause.until_ns);
            return;
        }
        if (run->rest_ns > 0 && (now - run->rested_ns > BUSY_NS || now < run->rested_ns)) {
            nanosleep(&(struct timespec){.tv_nsec = run->rest_ns}, NULL);
            run->rested_ns = ktsn_now();
            return;
        }
        int64_t begin = now;
        while (now < target) {
            if (disturbed(shared))
                break;
            now = ktsn_now();
        }
        budget_spend(&run->budget, pause.queue, now - begin);
        __atomic_store_n(&shared->spun_ns, shared->spun_ns + (uint64_t)(now - begin),
                         __ATOMIC_RELAXED);
        run->spun = true;
    }
    if (now >= target)
        launch_next(run, now);
}

int ktsn_launcher_run(struct ktsn_launcher *launcher, int cpu, int priority, int64_t margin_min_ns,
                      int64_t margin_max_ns, int64_t rest_ns, int spin_permille) {
    int result = ktsn_thread_place(cpu, priority);
    if (result < 0)
        return result;
    pthread_setname_np(pthread_self(), "ktsn-launcher");
    struct run *run = mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (run == MAP_FAILED)
        return ktsn_fail(ENOMEM, "no memory for the launcher");
    mlock(run, sizeof *run);
    run->shared = launcher;
    margin_begin(&run->margin, margin_min_ns, margin_max_ns);
    run->rest_ns = priority > 0 ? rest_ns : 0;
    run->rested_ns = ktsn_now();
    budget_begin(&run->budget, spin_permille, PURSE_MARGINS * margin_max_ns, run->rested_ns);
    launcher->margin_ns = run->margin.usual_ns;
    __atomic_store_n(&launcher->running, 1, __ATOMIC_SEQ_CST);

    for (;;) {
        take(run);
        uint32_t command = __atomic_load_n(&launcher->command, __ATOMIC_ACQUIRE);
        if (command != RUN) {
            return_all(run);
            if (command == STOP)
                break;
            uint32_t done = RETURN_ALL; /* unless it was told to stop meanwhile */
            __atomic_compare_exchange_n(&launcher->command, &done, RUN, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST);
            __atomic_add_fetch(&launcher->drained, 1, __ATOMIC_SEQ_CST);
        } else if (run->head == run->tail) {
            sleep_until(run, INT64_MAX);
        } else {
            serve(run);
        }
    }
    __atomic_store_n(&launcher->running, 0, __ATOMIC_SEQ_CST);
    munmap(run, sizeof *run);
    return 0;
}
