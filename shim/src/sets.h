/*
 * The epoll sets in which sockets are registered that are blocked, or have reports. What is
 * registered is read from /proc/thread-self/fdinfo when a socket becomes known, and from then on
 * followed through epoll_ctl. Only the holder of the lock in wait.h may come here, except for
 * ktsn_sets_note.
 */
#ifndef KTSN_SETS_H
#define KTSN_SETS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#define KTSN_REGISTRATIONS 1024

/* Epoll sets beyond this descriptor are not known. */
#define KTSN_SET_DESCRIPTORS 65536

/* A duplicate of a channel's space socket, or of a socket's report socket. */
struct ktsn_space_copy {
    atomic_int fd;   /* 0: none yet */
    uint64_t cookie; /* of the socket that it was made of */
};

/* What a socket's registrations are joined by; -1: not. */
struct ktsn_beside {
    int space; /* the socket is blocked */
    uint64_t space_cookie;
    int reports;
    uint64_t reports_cookie;
};

/* A socket's registration in an epoll set. */
struct ktsn_registration {
    _Atomic uint64_t cookie; /* of the socket; 0: free */
    atomic_int set;
    atomic_int fd;
    uint32_t events; /* as the program asked */
    uint64_t data;
    bool diverted;  /* EPOLLOUT comes from the copy */
    bool reporting; /* so does EPOLLERR, from the other one */
    bool spent;     /* EPOLLONESHOT: it has fired while it was either */
    pid_t process;  /* that has made it so */
    struct ktsn_space_copy copy;
    struct ktsn_space_copy reports;
};

struct ktsn_sets {
    atomic_int count; /* all registrations from here on are free */
    struct ktsn_registration registrations[KTSN_REGISTRATIONS];
    _Atomic uint64_t seen[KTSN_SET_DESCRIPTORS / 64]; /* descriptors of epoll sets */
};

/* Makes a copy be one of this socket, with the same number as before. */
bool ktsn_space_copy(struct ktsn_space_copy *copy, int space, uint64_t cookie);

/* Notes that a descriptor is an epoll set. Any thread, any time. */
static inline void ktsn_sets_note(struct ktsn_sets *sets, int set) {
    if ((unsigned int)set >= KTSN_SET_DESCRIPTORS)
        return;
    _Atomic uint64_t *word = &sets->seen[set / 64];
    uint64_t bit = UINT64_C(1) << set % 64;
    if ((atomic_load_explicit(word, memory_order_relaxed) & bit) == 0)
        atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
}

/* Finds the registrations of a socket in all sets. */
void ktsn_sets_find(struct ktsn_sets *sets, uint64_t cookie, int fd);

/* Diverts a socket's registrations to a space socket, as far as they ask for EPOLLOUT. */
void ktsn_sets_divert(struct ktsn_sets *sets, uint64_t cookie, int space, uint64_t space_cookie);

/* Has a socket's registrations report what its report socket has to tell; not any more if that is
 * -1. */
void ktsn_sets_report(struct ktsn_sets *sets, uint64_t cookie, int reports,
                      uint64_t reports_cookie);

/* Puts a socket's registrations back. */
void ktsn_sets_restore(struct ktsn_sets *sets, uint64_t cookie);

/* Puts a socket's registrations back and forgets them. */
void ktsn_sets_forget(struct ktsn_sets *sets, uint64_t cookie);

/* epoll_ctl for a socket that is known. Returns 0 or -errno. */
int ktsn_sets_change(struct ktsn_sets *sets, int set, int operation, int fd, uint64_t cookie,
                     const struct epoll_event *event, const struct ktsn_beside *beside);

/* One event for each socket, and none for one that has fired its only one. */
int ktsn_sets_settle(struct ktsn_sets *sets, int set, struct epoll_event *events, int count);

/* The program is about to close these: nothing of its sockets and sets may outlast them. */
void ktsn_sets_closing(struct ktsn_sets *sets, unsigned int first, unsigned int last);

/* Moves a copy off a descriptor. */
void ktsn_sets_vacate(struct ktsn_sets *sets, int fd);

#endif
