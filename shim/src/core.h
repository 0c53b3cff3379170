/* All that the library remembers, in one place. */
#ifndef KTSN_CORE_H
#define KTSN_CORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "clock.h"
#include "flow.h"
#include "libc.h"
#include "packet.h"
#include "wait.h"

#define KTSN_MEMOS 1024
#define KTSN_NOTES 256

/*
 * What the library has to do with this process, as bits. While none is set, an intercepted call
 * looks at this word and passes the call on: no system call of the library's own, which a sandbox
 * might punish.
 */
enum ktsn_engagement {
    KTSN_STAMPING = 1u << 0,  /* the process has asked for transmission times */
    KTSN_NOTED = 1u << 1,     /* there are notes about sockets */
    KTSN_SANDBOXED = 1u << 2, /* the process has installed a seccomp filter: hands off */
};

/* What the kernel does not tell about a socket; found by cookie, forgotten when another takes its
 * place. */
struct ktsn_memo {
    _Atomic uint64_t cookie;
    _Atomic uint32_t multicast_interface; /* from IP_MULTICAST_IF, or 0 */
    atomic_bool sticky;                   /* IPV6_PKTINFO names an interface */
    atomic_bool fragments;                /* IPV6_MTU is set */
    _Atomic uint32_t clock;               /* see txtime.c; 0: as the kernel says */
    _Atomic uint32_t next_number;         /* of its timestamps, as far as is known here */
    atomic_bool copied;                   /* a send with MSG_ZEROCOPY was, see zerocopy.h */
    atomic_bool numbered;                 /* its timestamps are numbered */
    atomic_bool stamps;                   /* SO_TXTIME was set */
    atomic_bool more;                     /* MSG_MORE may have left data in it */
};

struct ktsn_core {
    _Atomic uint32_t engagement; /* ktsn_engagement */
    enum ktsn_libc libc;         /* unknown until the constructor has run: then nothing is done */
    _Atomic(_Atomic uint32_t *) life; /* in memory that a fork wipes; NULL before engagement */
    _Atomic uint32_t forks;      /* how many there were between the first process and this one */
    _Atomic(void *) untouchable; /* 64 KiB that nobody can read; NULL before engagement */
    struct ktsn_channels channels;
    struct ktsn_clocks clocks;
    struct ktsn_flow_table flows;
    struct ktsn_packet_table packets;
    struct ktsn_memo memos[KTSN_MEMOS];
    atomic_bool copied;                 /* there is a socket of which that is so */
    atomic_bool numbers;                /* there is a socket whose timestamps are numbered */
    _Atomic uint64_t notes[KTSN_NOTES]; /* about sockets by number, see socket.c */
    struct ktsn_waiting waiting;
};

extern struct ktsn_core ktsn_core;

/* Tells whether the library has nothing to do with this process yet: one load. */
static inline bool ktsn_core_idle(void) {
    return __builtin_expect(atomic_load_explicit(&ktsn_core.engagement, memory_order_relaxed) == 0,
                            true);
}

/*
 * Tells whether the library is at work: this process stamps and is in no sandbox, and in the child
 * of a fork the library has put itself in order. Whatever makes system calls of its own asks this
 * first. Async-signal-safe.
 */
bool ktsn_core_ready(void);

/* The process stamps: gets to work, if it has not. Returns as ktsn_core_ready. Async-signal-safe.
 */
bool ktsn_core_engage(void);

/* The process installs, or has installed, a seccomp filter; returns what was known before. */
bool ktsn_core_sandbox(bool installed);

#endif
