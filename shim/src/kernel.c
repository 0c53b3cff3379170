#include "kernel.h"

#include <stdatomic.h>
#include <sys/utsname.h>

static int number_at(const char **at) {
    int number = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        number = number * 10 + **at - '0';
    return number;
}

bool kernel_is_since(int major, int minor) {
    static atomic_int known; /* major << 16 | minor */
    int release = atomic_load_explicit(&known, memory_order_relaxed);
    struct utsname system;
    if (release == 0 && KTSN_SYSCALL(SYS_uname, &system) == 0) {
        const char *at = system.release;
        release = number_at(&at) << 16;
        at += *at == '.';
        release |= number_at(&at);
        atomic_store_explicit(&known, release, memory_order_relaxed);
    }
    return release >= (major << 16 | minor);
}
