#include "claimant.h"

#include <pthread.h>
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

#pragma weak pthread_mutex_init
#pragma weak pthread_mutex_lock
#pragma weak pthread_mutex_unlock
#pragma weak pthread_mutexattr_init
#pragma weak pthread_mutexattr_setpshared
#pragma weak pthread_mutexattr_setrobust

static struct robust_list_head *kept_by_the_kernel(void) {
    struct robust_list_head *head = NULL;
    size_t length = 0;
    if (KTSN_SYSCALL(SYS_get_robust_list, 0, &head, &length) < 0 || length != sizeof *head)
        return NULL;
    return head;
}

/* musl names a thread's list to the kernel with the first robust mutex that the thread locks, if it
 * could be another process's as well.
 */
static void lock_a_robust_mutex(void) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    if (!pthread_mutexattr_init || !pthread_mutexattr_setpshared || !pthread_mutexattr_setrobust ||
        !pthread_mutex_init || !pthread_mutex_lock || !pthread_mutex_unlock)
        return;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attributes);
    if (pthread_mutex_lock(&mutex) == 0)
        pthread_mutex_unlock(&mutex);
}

struct ktsn_claimant ktsn_claimant_self(void) {
    uint32_t forks = atomic_load_explicit(&ktsn_core.forks, memory_order_relaxed) + 1;
    if (__builtin_expect(known.forks == forks, true))
        return (struct ktsn_claimant){.thread = known.thread, .pending = known.pending};

    /* A child that shares this memory (vfork) is another thread, of which the kernel keeps no list.
     */
    bool own_memory = getpid() == ktsn_core.channels.owner;
    struct robust_list_head *head = kept_by_the_kernel();
    if (head == NULL && own_memory) {
        lock_a_robust_mutex();
        head = kept_by_the_kernel();
    }
    struct ktsn_claimant self = {.thread = (uint32_t)KTSN_SYSCALL(SYS_gettid), .pending = head};
    if (own_memory) {
        known.thread = self.thread;
        known.pending = self.pending;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        known.forks = forks;
    }
    return self;
}
