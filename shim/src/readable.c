#include "readable.h"

#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "kernel.h"

/* The kernel keeps mappings farther away from the main thread's stack than this. */
#define STACK_OCTETS (UINT64_C(64) << 20)

/* The main thread's stack ends here; the dynamic linker's. */
extern void *__libc_stack_end __attribute__((weak));

static struct {
    uintptr_t variables_begin, variables_end;
    /* The lowest address in the heap that is known to be readable: all from there to its end is. */
    _Atomic uintptr_t heap_begin;
} known = {.heap_begin = UINTPTR_MAX};

void ktsn_readable_initialize(void) {
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uintptr_t base = 0;
    for (size_t i = 0; headers != NULL && i < count; i++) {
        if (headers[i].p_type == PT_PHDR)
            base = (uintptr_t)headers - headers[i].p_vaddr;
    }
    for (size_t i = 0; headers != NULL && i < count; i++) {
        uintptr_t end = base + headers[i].p_vaddr + headers[i].p_memsz;
        if (headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_W) != 0 &&
            end > known.variables_end) {
            known.variables_begin = base + headers[i].p_vaddr;
            known.variables_end = end;
        }
    }
}

/* A system call that reads eight octets and then refuses what it was asked for. It would take the
 * first ones of all memory for no question at all. */
static bool ask(uintptr_t page) {
    return KTSN_SYSCALL(SYS_rt_sigprocmask, -1, page + 8, NULL, sizeof(uint64_t)) != -EFAULT;
}

static bool within(uintptr_t begin, uintptr_t end, uintptr_t lowest, uintptr_t beyond) {
    return begin >= lowest && end <= beyond;
}

static bool is_known(uintptr_t begin, uintptr_t end) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t stack_end = &__libc_stack_end != NULL ? (uintptr_t)__libc_stack_end : 0;
    return within(begin, end, known.variables_begin, known.variables_end) ||
           (here < stack_end && stack_end - here < STACK_OCTETS &&
            within(begin, end, here, stack_end)) ||
           within(begin, end, atomic_load_explicit(&known.heap_begin, memory_order_relaxed),
                  (uintptr_t)sbrk(0));
}

/* The heap is one piece from its beginning, which nobody tells, to its end. */
static void learn(uintptr_t begin, uintptr_t end) {
    uintptr_t lowest = atomic_load_explicit(&known.heap_begin, memory_order_relaxed);
    if (begin >= known.variables_end && begin < lowest && end <= (uintptr_t)sbrk(0))
        atomic_store_explicit(&known.heap_begin, begin, memory_order_relaxed);
}

bool ktsn_readable_elsewhere(uintptr_t begin, uintptr_t end) {
    if (is_known(begin, end))
        return true;
    for (uintptr_t page = begin & ~(KTSN_PAGE_OCTETS - 1); page < end; page += KTSN_PAGE_OCTETS) {
        if (!ask(page))
            return false;
    }
    learn(begin, end);
    return true;
}
