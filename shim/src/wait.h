/*
 * Waiting for writability: a socket to which sendmsg said EAGAIN, because the ring is full, is not
 * writable until there is space, whatever the kernel thinks of it.
 *
 * What a program waits on meanwhile is the channel's space socket (ktsn_channel.h), a descriptor of
 * the kernel's like any other: poll and select get one more entry, and into each epoll set that
 * watches the socket goes a duplicate of the space socket, with the same data, while the socket's
 * own registration is kept without EPOLLOUT. So nesting, threads, children, timeouts and signals
 * remain the kernel's. With the first datagram that is taken again, everything is put back.
 *
 * Likewise waiting for the error queue: what KTSNd reports of a socket's datagrams comes through a
 * report socket (ktsn_channel.h), which is readable while there is something. It is one more entry
 * to poll and select, and a duplicate of it is in each epoll set that watches the socket, with the
 * same data; what is readable there is POLLERR to the program.
 *
 * A process of which no socket was ever blocked, or has reports, pays one load and a branch for
 * each call (and one more where it adds to an epoll set). All others take a lock; its holder runs
 * with all signals blocked, so that a handler can wait for it, too.
 */
#ifndef KTSN_WAIT_H
#define KTSN_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "sets.h"

/* How many sockets of a process are known to have been blocked, or to have reports. The least
 * recent makes room. */
#define KTSN_WAIT_SOCKETS 1024

/* The library's descriptors for waiting: two in each registration, one of a socket, and the bell.
 */
#define KTSN_WAIT_DESCRIPTORS (2 * KTSN_REGISTRATIONS + KTSN_WAIT_SOCKETS + 1)

struct ktsn_wait_socket {
    _Atomic uint64_t cookie; /* 0: none */
    atomic_bool blocked;
    atomic_int fd;                 /* at which it became known */
    struct ktsn_space_copy report; /* its report socket, if it has one */
    atomic_uint serial;            /* of the channel on which that was asked for */
    _Atomic int64_t asked_ns;      /* CLOCK_MONOTONIC; when, if in vain */
};

struct ktsn_waiting {
    atomic_int known;   /* entries of sockets, of which no more than the first are in use */
    atomic_int blocked; /* how many of them are blocked */
    atomic_int special; /* how often one of them is blocked or has reports */
    atomic_int lock;
    unsigned int turn;
    struct ktsn_space_copy bell; /* what poll and select wait on; never closed, only replaced */
    struct ktsn_wait_socket sockets[KTSN_WAIT_SOCKETS];
    struct ktsn_sets sets;
};

/* The child of a fork, before anything else. */
void ktsn_wait_after_fork(struct ktsn_waiting *waiting);

/* What became of an attempt to be told of space. */
enum ktsn_await { KTSN_AWAIT_DONE, KTSN_AWAIT_BEGUN, KTSN_AWAIT_FAILED };

/*
 * Has KTSNd make the space socket writable when there is space. Look for space once more after
 * this. BEGUN: nobody else waited, so the planner may sleep without knowing of it: wake it. Inside
 * the channel only.
 */
enum ktsn_await ktsn_wait_for_space(struct ktsn_channel *channel);

/* A send on this socket was refused for lack of space. Inside the channel only. Async-signal-safe.
 */
void ktsn_wait_block(struct ktsn_channel *channel, int fd, uint64_t cookie);

/* A datagram of this socket was taken, by whichever path. Async-signal-safe. */
void ktsn_wait_unblock(int fd);

/*
 * Sees to it that reports come for this socket, if they can; returns whether they do. May take
 * 200 ms the first time. Inside the channel only. Async-signal-safe.
 */
bool ktsn_wait_for_reports(struct ktsn_channel *channel, int fd, uint64_t cookie);

/* What is to be known of a socket before it is waited for. */
struct ktsn_wait_state {
    bool blocked;
    int reports; /* its report socket, or -1 */
};

/* Returns the state of the socket behind a descriptor. Preserves errno. Async-signal-safe. */
struct ktsn_wait_state ktsn_wait_state(int fd);

/* The descriptor that is writable when a blocked socket may be tried again. */
int ktsn_wait_bell(void);

/* ---- epoll ---- */

/* As epoll_ctl. Returns -errno. */
int ktsn_wait_epoll_ctl(int set, int operation, int fd, struct epoll_event *event);

/* Puts in order what epoll_wait has reported; returns how many events remain. Preserves errno. */
int ktsn_wait_settle(int set, struct epoll_event *events, int count);

/* ---- descriptors ---- */

/* The program is about to close or replace these. Preserves errno. Async-signal-safe. */
void ktsn_wait_closing(unsigned int first, unsigned int last);

/* Adds the library's own descriptors to a list in ascending order; returns its length. */
int ktsn_wait_descriptors(int *list, int count);

bool ktsn_wait_owns(int fd);

/* Moves the library off a descriptor that the program is about to replace. */
void ktsn_wait_vacate(int fd);

/* As ktsn_wait_vacate, but makes no system call: the library does without the descriptor. */
void ktsn_wait_abandon(int fd);

#endif
