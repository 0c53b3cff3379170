#include "core.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "original.h"
#include "readable.h"

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
    ktsn_packets_clear(&ktsn_core.packets);
    ktsn_core.forks++;
    ktsn_wait_after_fork(&ktsn_core.waiting);
    atomic_store(ktsn_core.life, ALIVE);
    return true;
}

bool ktsn_core_ready(void) {
    uint32_t engagement = atomic_load_explicit(&ktsn_core.engagement, memory_order_acquire);
    if (__builtin_expect((engagement & (KTSN_STAMPING | KTSN_SANDBOXED)) != KTSN_STAMPING, false))
        return false;
    if (__builtin_expect(atomic_load_explicit(ktsn_core.life, memory_order_acquire) == ALIVE, true))
        return true;
    return awaken();
}

/* Two threads may be first: whoever comes second gives its memory back. */
static bool make_memory(void) {
    long page = sysconf(_SC_PAGESIZE);
    void *untouchable =
        mmap(NULL, UNTOUCHABLE_OCTETS, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *life =
        mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool usable = untouchable != MAP_FAILED && life != MAP_FAILED &&
                  madvise(life, (size_t)page, MADV_WIPEONFORK) == 0;
    void *no_untouchable = NULL;
    _Atomic uint32_t *no_life = NULL;
    if (usable)
        *(_Atomic uint32_t *)life = ALIVE;
    if (untouchable != MAP_FAILED &&
        (!usable ||
         !atomic_compare_exchange_strong(&ktsn_core.untouchable, &no_untouchable, untouchable)))
        munmap(untouchable, UNTOUCHABLE_OCTETS);
    if (life != MAP_FAILED && (!usable || !atomic_compare_exchange_strong(
                                              &ktsn_core.life, &no_life, (_Atomic uint32_t *)life)))
        munmap(life, (size_t)page);
    return usable;
}

bool ktsn_core_engage(void) {
    uint32_t engagement = atomic_load_explicit(&ktsn_core.engagement, memory_order_relaxed);
    if (__builtin_expect((engagement & KTSN_STAMPING) != 0, true))
        return ktsn_core_ready();
    if (ktsn_core.libc == KTSN_LIBC_UNKNOWN || (engagement & KTSN_SANDBOXED) != 0 ||
        (ktsn_core.life == NULL && !make_memory()))
        return false; /* everything goes to the kernel */
    atomic_fetch_or(&ktsn_core.engagement, KTSN_STAMPING);
    return ktsn_core_ready();
}

bool ktsn_core_sandbox(bool installed) {
    uint32_t before = installed
                          ? atomic_fetch_or(&ktsn_core.engagement, KTSN_SANDBOXED)
                          : atomic_fetch_and(&ktsn_core.engagement, ~(uint32_t)KTSN_SANDBOXED);
    return (before & KTSN_SANDBOXED) != 0;
}

static void after_fork(void) {
    ktsn_core_ready();
}

/* Makes no system call: this is every program's start, and it may begin in a sandbox. */
__attribute__((constructor)) static void initialize(void) {
    enum ktsn_libc libc = ktsn_libc_recognise();
    if (libc == KTSN_LIBC_UNKNOWN)
        return;
    ktsn_original_find();
    ktsn_readable_initialize();
    const char *path = secure_getenv("KTSN_SOCKET");
    const char *verbose = secure_getenv("KTSN_VERBOSE");
    ktsn_channels_initialize(&ktsn_core.channels,
                             path != NULL && *path != '\0' ? path : KTSN_CHANNEL_SOCKET,
                             verbose != NULL && *verbose != '\0' && strcmp(verbose, "0") != 0);
    /* Not needed for the library to work, but then no second thread of the child can be first. */
    ktsn_at_fork(after_fork);
    ktsn_core.libc = libc;
}
