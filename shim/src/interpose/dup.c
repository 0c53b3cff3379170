/* dup2, dup3: a program may take any number for its own; the library makes room. */
#include <errno.h>
#include <unistd.h>

#include "../core.h"
#include "../socket.h"
#include "calls.h"

static void make_room(int from, int to) {
    if (from == to || to < 0)
        return;
    if ((ktsn_core.engagement & KTSN_NOTED) != 0)
        ktsn_socket_forget((unsigned int)to, (unsigned int)to);
    int saved_errno = errno;
    bool ready = ktsn_core_ready();
    if (ktsn_channels_own(&ktsn_core.channels, to)) {
        if (ready)
            ktsn_channels_vacate(&ktsn_core.channels, to);
        else
            ktsn_channels_abandon(&ktsn_core.channels, to);
    }
    if (ktsn_core.waiting.known > 0)
        ktsn_wait_closing((unsigned int)to, (unsigned int)to);
    if (ktsn_wait_owns(to)) {
        if (ready)
            ktsn_wait_vacate(to);
        else
            ktsn_wait_abandon(to);
    }
    errno = saved_errno;
}

int ktsn_call_dup2(const struct ktsn_original *via, int from, int to) {
    make_room(from, to);
    return via->dup2(from, to);
}

int ktsn_call_dup3(const struct ktsn_original *via, int from, int to, int flags) {
    make_room(from, to);
    return via->dup3(from, to, flags);
}

KTSN_EXPORT int dup2(int from, int to) {
    return ktsn_core_idle() ? ktsn_original()->dup2(from, to)
                            : ktsn_call_dup2(ktsn_original(), from, to);
}

KTSN_EXPORT int __dup2(int from, int to) __THROW __attribute__((alias("dup2")));

KTSN_EXPORT int dup3(int from, int to, int flags) {
    return ktsn_core_idle() ? ktsn_original()->dup3(from, to, flags)
                            : ktsn_call_dup3(ktsn_original(), from, to, flags);
}
