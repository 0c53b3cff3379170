/* dup2, dup3: a program may take any number for its own; the library makes room. */
#include <errno.h>
#include <unistd.h>

#include "../core.h"
#include "../original.h"
#include "../socket.h"

static void make_room(int from, int to) {
    if (ktsn_core_idle() || from == to || to < 0)
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

KTSN_EXPORT int dup2(int from, int to) {
    make_room(from, to);
    return ktsn_original()->dup2(from, to);
}

KTSN_EXPORT int __dup2(int from, int to) __THROW __attribute__((alias("dup2")));

KTSN_EXPORT int dup3(int from, int to, int flags) {
    make_room(from, to);
    return ktsn_original()->dup3(from, to, flags);
}
