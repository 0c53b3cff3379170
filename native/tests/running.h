/* A launcher that runs in a thread of the test's. */
#ifndef KTSN_RUNNING_H
#define KTSN_RUNNING_H

#include <pthread.h>
#include <unistd.h>

#include "check.h"
#include "ktsn_native.h"

static struct ktsn_launcher *launcher;
static pthread_t launcher_thread;

/* How the next one runs: between which margins, and how much of the time it may spin. */
static int64_t margin_min_ns = 50000, margin_max_ns = 250000;
static int spin_permille = 1000;

static void *run_launcher(void *unused) {
    (void)unused;
    /* Not real-time: a test machine may have one CPU for everything. */
    CHECK(ktsn_launcher_run(launcher, -1, 0, margin_min_ns, margin_max_ns, 0, spin_permille) == 0,
          "%s", ktsn_error());
    return NULL;
}

/* Makes a launcher; returns when it runs. */
static inline void start_launcher(void) {
    launcher = ktsn_launcher_new();
    pthread_create(&launcher_thread, NULL, run_launcher, NULL);
    while (!__atomic_load_n(&launcher->running, __ATOMIC_SEQ_CST))
        usleep(100);
}

/* Ends the launcher; what it says can still be read, until it is freed. */
static inline void stop_launcher(void) {
    __atomic_store_n(&launcher->command, 2, __ATOMIC_SEQ_CST);
    ktsn_launcher_wake(launcher);
    pthread_join(launcher_thread, NULL);
}

#endif
