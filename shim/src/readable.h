/*
 * Memory of the program that the library is about to read. The kernel answers a bad pointer with
 * EFAULT: so such a message is the kernel's to judge, and never read here.
 */
#ifndef KTSN_READABLE_H
#define KTSN_READABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Learns where the program's memory lies. Once, in the main thread. */
void ktsn_readable_initialize(void);

/*
 * Tells whether memory can be read. Asks the kernel, one system call a page, unless the answer is
 * known: next to the caller on the stack, in the main thread's stack, in the program's variables
 * and in the heap. Pages that were elsewhere are in memory afterwards. Async-signal-safe.
 */
bool ktsn_readable(const void *memory, size_t octets);

#endif
