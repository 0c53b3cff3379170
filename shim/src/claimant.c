#include "claimant.h"

#include <stdbool.h>
#include <stddef.h>

#include "core.h"
#include "kernel.h"

static_assert(KTSN_SLOT_ORPHANED == FUTEX_OWNER_DIED, "the kernel's mark");
static_assert(KTSN_SLOT_PUBLISHED < FUTEX_OWNER_DIED, "no thread has this number");

/* Asking the kernel takes two system calls: once in a thread's life, and again in a fork's child.
 */
static _Thread_local struct {
    uint32_t forks; /* ktsn_core.forks, and 1: zero means that nothing is known */
    uint32_t thread;
    struct robust_list_head *pending;
} known;

struct ktsn_claimant ktsn_claimant_self(void) {
    uint32_t forks = atomic_load_explicit(&ktsn_core.forks, memory_order_relaxed) + 1;
    if (__builtin_expect(known.forks == forks, true))
        return (struct ktsn_claimant){.thread = known.thread, .pending = known.pending};

    struct robust_list_head *head = NULL;
    size_t length = 0;
    if (KTSN_SYSCALL(SYS_get_robust_list, 0, &head, &length) < 0 || length != sizeof *head)
        head = NULL;
    struct ktsn_claimant self = {.thread = (uint32_t)KTSN_SYSCALL(SYS_gettid), .pending = head};
    /* A child that shares this memory (vfork) is another thread, of which the kernel keeps no list.
     */
    if (getpid() == ktsn_core.channels.owner) {
        known.thread = self.thread;
        known.pending = self.pending;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        known.forks = forks;
    }
    return self;
}
