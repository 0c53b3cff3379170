/* All that the library remembers, in one place. */
#ifndef KTSN_CORE_H
#define KTSN_CORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "clock.h"
#include "flow.h"

#define KTSN_MEMOS 1024

/* What the kernel does not tell about a socket; found by cookie, forgotten when another takes its
 * place. */
struct ktsn_memo {
    _Atomic uint64_t cookie;
    _Atomic uint32_t multicast_interface; /* from IP_MULTICAST_IF, or 0 */
    atomic_bool stamps;                   /* SO_TXTIME was set */
    atomic_bool more;                     /* MSG_MORE may have left data in it */
};

struct ktsn_core {
    _Atomic uint32_t *life; /* in memory that a fork wipes; NULL before initialization */
    void *untouchable;      /* 64 KiB that nobody can read */
    struct ktsn_channels channels;
    struct ktsn_clocks clocks;
    struct ktsn_flow_table flows;
    struct ktsn_memo memos[KTSN_MEMOS];
};

extern struct ktsn_core ktsn_core;

/*
 * Tells whether the library can be used: it is initialized, and in the child of a fork it has put
 * itself in order. Every entry into the library asks this first. Async-signal-safe.
 */
bool ktsn_core_ready(void);

#endif
