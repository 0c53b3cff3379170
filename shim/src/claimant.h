/*
 * The calling thread as the owner of a slot. The kernel knows its pending operation, as with a
 * robust futex: should the thread end in whatever way while it owns the slot, the kernel says so in
 * the slot.
 */
#ifndef KTSN_CLAIMANT_H
#define KTSN_CLAIMANT_H

#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>

struct ktsn_claimant {
    uint32_t thread;                  /* its number, as the kernel knows it in its namespace */
    struct robust_list_head *pending; /* NULL: the kernel would not notice its end */
    struct robust_list *before;       /* what was pending when this began */
};

/* Any thread, also in a signal handler that interrupts another of its claims. */
struct ktsn_claimant ktsn_claimant_self(void);

/* From here on the kernel marks this owner, if the thread's number stands there when it ends. */
static inline void ktsn_claimant_begin(struct ktsn_claimant *claimant, uint32_t *owner) {
    if (claimant->pending == NULL)
        return;
    claimant->before = claimant->pending->list_op_pending;
    claimant->pending->list_op_pending =
        (struct robust_list *)((char *)owner - claimant->pending->futex_offset);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void ktsn_claimant_end(const struct ktsn_claimant *claimant) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (claimant->pending != NULL)
        claimant->pending->list_op_pending = claimant->before;
}

#endif
