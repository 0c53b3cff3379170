/*
 * Memory of the program that the library is about to read. The kernel answers a bad pointer with
 * EFAULT: so such a message is the kernel's to judge, and never read here.
 */
#ifndef KTSN_READABLE_H
#define KTSN_READABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Learns where the program's memory lies. Once, in the main thread. */
void ktsn_readable_initialize(void);

/* As ktsn_readable, for what lies elsewhere. */
bool ktsn_readable_elsewhere(uintptr_t begin, uintptr_t end);

/* The smallest page of any machine: a larger one only means a question too many. */
#define KTSN_PAGE_OCTETS UINT64_C(4096)

/*
 * Tells whether memory can be read. Asks the kernel, one system call a page, unless the answer is
 * known: next to the caller on the stack, in the main thread's stack, in the program's variables
 * and in the heap. Async-signal-safe.
 */
static inline bool ktsn_readable(const void *memory, size_t octets) {
    uintptr_t begin = (uintptr_t)memory, end;
    if (__builtin_add_overflow(begin, octets, &end))
        return false;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(KTSN_PAGE_OCTETS - 1);
    if (__builtin_expect(begin >= here && end <= here + 2 * KTSN_PAGE_OCTETS, true))
        return true;
    return octets == 0 || ktsn_readable_elsewhere(begin, end);
}

#endif
