/*
 * Straight into the kernel: no symbol of the C library, no errno, no cancellation point. Returns
 * -errno.
 */
#ifndef KTSN_ENTER_H
#define KTSN_ENTER_H

#include <sys/syscall.h>

#if defined(__x86_64__)

static inline long ktsn_enter(long number, long first, long second, long third, long fourth,
                              long fifth, long sixth) {
    long result;
    register long r10 __asm__("r10") = fourth;
    register long r8 __asm__("r8") = fifth;
    register long r9 __asm__("r9") = sixth;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory", "cc");
    return result;
}

/* Has the kernel make a thread that runs the function on this stack and ends. It shares the
 * caller's thread-local variables. Returns its number, or -errno. */
static inline long ktsn_enter_thread(void (*function)(void *), void *argument, void *stack_end,
                                     long flags) {
    long result;
    void **stack = stack_end;
    *--stack = (void *)function;
    *--stack = argument;
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "pop %%rdi\n\t"
                     "pop %%rax\n\t"
                     "call *%%rax\n\t"
                     "mov %[exit], %%eax\n\t"
                     "xor %%edi, %%edi\n\t"
                     "syscall\n"
                     "1:"
                     : "=a"(result)
                     : "0"(SYS_clone), "D"(flags), "S"(stack), "d"(0), "r"(r10),
                       "r"(r8), [exit] "i"(SYS_exit)
                     : "rcx", "r11", "memory", "cc");
    return result;
}

#elif defined(__aarch64__)

static inline long ktsn_enter(long number, long first, long second, long third, long fourth,
                              long fifth, long sixth) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = third;
    register long x3 __asm__("x3") = fourth;
    register long x4 __asm__("x4") = fifth;
    register long x5 __asm__("x5") = sixth;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}

static inline long ktsn_enter_thread(void (*function)(void *), void *argument, void *stack_end,
                                     long flags) {
    void **stack = stack_end;
    *--stack = (void *)function;
    *--stack = argument;
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = flags;
    register void *x1 __asm__("x1") = stack;
    register long x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, 0\n\t"
                     "ldp x0, x1, [sp], 16\n\t"
                     "blr x1\n\t"
                     "mov x0, 0\n\t"
                     "mov x8, %[exit]\n\t"
                     "svc 0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [exit] "i"(SYS_exit)
                     : "x30", "memory", "cc");
    return x0;
}

#else

#error "the kernel's entrance is written for x86-64 and arm64"

#endif

/* A system call with up to six arguments, of whatever types. */
#define KTSN_SYSCALL(...) KTSN_ENTER_FILLED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define KTSN_ENTER_FILLED(number, first, second, third, fourth, fifth, sixth, ...)                 \
    ktsn_enter((number), (long)(first), (long)(second), (long)(third), (long)(fourth),             \
               (long)(fifth), (long)(sixth))

#endif
