/* dup2, dup3: a program may take any number for its own; the library makes room. */
#include <errno.h>
#include <unistd.h>

#include "../core.h"
#include "../original.h"

static void make_room(int from, int to) {
    if (from == to || !ktsn_core_ready() || !ktsn_channels_own(&ktsn_core.channels, to))
        return;
    int saved_errno = errno;
    ktsn_channels_vacate(&ktsn_core.channels, to);
    errno = saved_errno;
}

KTSN_EXPORT int dup2(int from, int to) {
    make_room(from, to);
    return ktsn_original()->dup2(from, to);
}

KTSN_EXPORT int __dup2(int from, int to) __THROW __attribute__((alias("dup2")));

KTSN_EXPORT int dup3(int from, int to, int flags) {
    make_room(from, to);
    return ktsn_original()->dup3(from, to, flags);
}
