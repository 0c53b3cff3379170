/*
 * prctl, and libc's syscall: how a program puts itself into a seccomp sandbox. Its author allowed
 * the calls that the program makes, not the library's: from then on the library makes none.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../core.h"
#include "../original.h"

/* Runs a call that installs a filter if it succeeds. Known before it does: another thread may be
 * subject to it at once. */
#define IN_SANDBOX(call)                                                                           \
    ({                                                                                             \
        bool before_ = ktsn_core_sandbox(true);                                                    \
        __typeof__(call) result_ = (call);                                                         \
        if (result_ != 0 && !before_)                                                              \
            ktsn_core_sandbox(false);                                                              \
        result_;                                                                                   \
    })

KTSN_EXPORT int prctl(int option, ...) {
    unsigned long argument[4];
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        argument[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    int (*original)(int, ...) = ktsn_original()->prctl;
    if (option == PR_SET_SECCOMP)
        return IN_SANDBOX(original(option, argument[0], argument[1], argument[2], argument[3]));
    return original(option, argument[0], argument[1], argument[2], argument[3]);
}

#if defined(__x86_64__) || defined(__aarch64__)

/* Straight into the kernel: the library's own system calls come this way, too. Returns -errno. */
static long enter(const long argument[7]) {
#if defined(__x86_64__)
    long result;
    register long fourth __asm__("r10") = argument[4];
    register long fifth __asm__("r8") = argument[5];
    register long sixth __asm__("r9") = argument[6];
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(argument[0]), "D"(argument[1]), "S"(argument[2]), "d"(argument[3]),
                       "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory", "cc");
    return result;
#else
    register long number __asm__("x8") = argument[0];
    register long first __asm__("x0") = argument[1];
    register long second __asm__("x1") = argument[2];
    register long third __asm__("x2") = argument[3];
    register long fourth __asm__("x3") = argument[4];
    register long fifth __asm__("x4") = argument[5];
    register long sixth __asm__("x5") = argument[6];
    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(number), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory", "cc");
    return first;
#endif
}

static bool installs_filter(long number, long first, long second) {
    return (number == SYS_seccomp &&
            (first == SECCOMP_SET_MODE_STRICT || first == SECCOMP_SET_MODE_FILTER)) ||
           (number == SYS_prctl && first == PR_SET_SECCOMP && second != 0);
}

/* Reads six arguments whatever was passed, as the C library's own does. */
__attribute__((no_sanitize("address"))) KTSN_EXPORT long syscall(long number, ...) {
    long argument[7] = {number};
    va_list arguments;
    va_start(arguments, number);
    for (int i = 1; i < 7; i++)
        argument[i] = va_arg(arguments, long);
    va_end(arguments);
    long result = __builtin_expect(installs_filter(number, argument[1], argument[2]), false)
                      ? IN_SANDBOX(enter(argument))
                      : enter(argument);
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

#endif
