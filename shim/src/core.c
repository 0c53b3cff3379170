#include "core.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "original.h"

#define UNTOUCHABLE_OCTETS 65536

/* Zero is what a fork leaves behind; a child that shares its parent's memory (vfork) sees ALIVE. */
enum life { WIPED = 0, AWAKENING = 1, ALIVE = 2 };

struct ktsn_core ktsn_core;

static bool awaken(void) {
    uint32_t expected = WIPED;
    /* Should another thread of the child be at it already: this one goes on with the kernel. */
    if (!atomic_compare_exchange_strong(ktsn_core.life, &expected, AWAKENING))
        return expected == ALIVE;
    ktsn_channels_after_fork(&ktsn_core.channels);
    ktsn_flows_clear(&ktsn_core.flows);
    atomic_store(ktsn_core.life, ALIVE);
    return true;
}

bool ktsn_core_ready(void) {
    if (__builtin_expect(ktsn_core.life == NULL, false))
        return false;
    if (__builtin_expect(atomic_load_explicit(ktsn_core.life, memory_order_acquire) == ALIVE, true))
        return true;
    return awaken();
}

static void after_fork(void) {
    ktsn_core_ready();
}

__attribute__((constructor)) static void initialize(void) {
    ktsn_original();
    const char *path = secure_getenv("KTSN_SOCKET");
    const char *verbose = secure_getenv("KTSN_VERBOSE");
    ktsn_channels_initialize(&ktsn_core.channels,
                             path != NULL && *path != '\0' ? path : KTSN_CHANNEL_SOCKET,
                             verbose != NULL && *verbose != '\0' && strcmp(verbose, "0") != 0);

    long page = sysconf(_SC_PAGESIZE);
    void *untouchable =
        mmap(NULL, UNTOUCHABLE_OCTETS, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *life =
        mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (untouchable == MAP_FAILED || life == MAP_FAILED ||
        madvise(life, (size_t)page, MADV_WIPEONFORK) != 0)
        return; /* everything goes to the kernel */
    ktsn_core.untouchable = untouchable;
    *(_Atomic uint32_t *)life = ALIVE;
    ktsn_core.life = life;
    /* Not needed for the library to work, but then no second thread of the child can be first. */
    pthread_atfork(NULL, NULL, after_fork);
}
