/*
 * prctl, and what of libc's syscall puts a program into a seccomp sandbox. Its author allowed the
 * calls that the program makes, not the library's: from then on the library makes none.
 */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../core.h"
#include "../enter.h"
#include "calls.h"

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

bool ktsn_is_sandboxing(const long argument[7]) {
    return (argument[0] == SYS_seccomp &&
            (argument[1] == SECCOMP_SET_MODE_STRICT || argument[1] == SECCOMP_SET_MODE_FILTER)) ||
           (argument[0] == SYS_prctl && argument[1] == PR_SET_SECCOMP && argument[2] != 0);
}

long ktsn_call_sandboxing(const long argument[7]) {
    return IN_SANDBOX(ktsn_enter(argument[0], argument[1], argument[2], argument[3], argument[4],
                                 argument[5], argument[6]));
}
