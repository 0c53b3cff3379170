/*
 * Words that one thread replaces while others read them: a reader takes all of one version or
 * nothing, nobody waits, and of two writers that meet one does without. A writer that a fork left
 * behind has left the version odd: the child zeroes it.
 */
#ifndef KTSN_VERSIONED_H
#define KTSN_VERSIONED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool ktsn_versioned_read(_Atomic uint32_t *version, _Atomic uint64_t *words,
                                       size_t count, uint64_t *copy) {
    uint32_t before = atomic_load_explicit(version, memory_order_acquire);
    if ((before & 1) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        copy[i] = atomic_load_explicit(&words[i], memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(version, memory_order_relaxed) == before;
}

static inline void ktsn_versioned_write(_Atomic uint32_t *version, _Atomic uint64_t *words,
                                        size_t count, const uint64_t *copy) {
    uint32_t before = atomic_load_explicit(version, memory_order_relaxed);
    if ((before & 1) != 0 ||
        !atomic_compare_exchange_strong_explicit(version, &before, before + 1, memory_order_acquire,
                                                 memory_order_relaxed))
        return;
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < count; i++)
        atomic_store_explicit(&words[i], copy[i], memory_order_relaxed);
    atomic_store_explicit(version, before + 2, memory_order_release);
}

#endif
