#include "wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>

#include "core.h"
#include "kernel.h"

/* How long a socket does without reports after KTSNd has not given it any. */
#define ASK_INTERVAL_NS INT64_C(1000000000)

/* ---- the lock ---- */

enum { FREE = 0, HELD = 1, CONTENDED = 2 };

struct hold {
    uint64_t signals; /* that were blocked before */
    int saved_errno;
};

static void acquire(struct ktsn_waiting *waiting, struct hold *hold) {
    const uint64_t all = UINT64_MAX;
    int expected = FREE;
    hold->saved_errno = errno;
    KTSN_SYSCALL(SYS_rt_sigprocmask, SIG_BLOCK, &all, &hold->signals, sizeof all);
    if (atomic_compare_exchange_strong(&waiting->lock, &expected, HELD))
        return;
    while (atomic_exchange(&waiting->lock, CONTENDED) != FREE)
        KTSN_SYSCALL(SYS_futex, &waiting->lock, FUTEX_WAIT_PRIVATE, CONTENDED, NULL, NULL, 0);
}

static void release(struct ktsn_waiting *waiting, const struct hold *hold) {
    if (atomic_exchange(&waiting->lock, FREE) == CONTENDED)
        KTSN_SYSCALL(SYS_futex, &waiting->lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    KTSN_SYSCALL(SYS_rt_sigprocmask, SIG_SETMASK, &hold->signals, NULL, sizeof hold->signals);
    errno = hold->saved_errno;
}

/* A child that shares this memory (vfork) has descriptors of its own: what it does to them is not
 * so here. */
static bool usable(void) {
    return ktsn_core_ready() && getpid() == ktsn_core.channels.owner;
}

void ktsn_wait_after_fork(struct ktsn_waiting *waiting) {
    waiting->lock = FREE;
}

/* ---- sockets ---- */

static struct ktsn_wait_socket *find(struct ktsn_waiting *waiting, uint64_t cookie) {
    int known = atomic_load_explicit(&waiting->known, memory_order_acquire);
    for (int i = 0; i < known && cookie != 0; i++) {
        if (atomic_load_explicit(&waiting->sockets[i].cookie, memory_order_relaxed) == cookie)
            return &waiting->sockets[i];
    }
    return NULL;
}

static void set_blocked(struct ktsn_waiting *waiting, struct ktsn_wait_socket *socket,
                        bool blocked) {
    if (atomic_exchange(&socket->blocked, blocked) == blocked)
        return;
    atomic_fetch_add(&waiting->blocked, blocked ? 1 : -1);
    atomic_fetch_add(&waiting->special, blocked ? 1 : -1);
}

/* The report socket of a socket, or -1. */
static int reports_of(const struct ktsn_wait_socket *socket) {
    int fd = atomic_load_explicit(&socket->report.fd, memory_order_acquire);
    return fd > 0 ? fd : -1;
}

static void end_reports(struct ktsn_waiting *waiting, struct ktsn_wait_socket *socket) {
    int fd = atomic_exchange(&socket->report.fd, 0);
    if (fd <= 0)
        return;
    atomic_fetch_add(&waiting->special, -1);
    /* Where the program has closed it behind the library's back, the number is the program's. */
    if (kernel_cookie(fd) == socket->report.cookie)
        kernel_close(fd);
}

static void forget(struct ktsn_waiting *waiting, struct ktsn_wait_socket *socket) {
    ktsn_sets_forget(&waiting->sets, socket->cookie);
    set_blocked(waiting, socket, false);
    end_reports(waiting, socket);
    socket->serial = 0;
    socket->cookie = 0;
}

/* A place for one more socket; the holder of the lock only. */
static struct ktsn_wait_socket *vacant(struct ktsn_waiting *waiting) {
    int known = waiting->known;
    for (int i = 0; i < known; i++) {
        if (waiting->sockets[i].cookie == 0)
            return &waiting->sockets[i];
    }
    if (known < KTSN_WAIT_SOCKETS) {
        atomic_store_explicit(&waiting->known, known + 1, memory_order_release);
        return &waiting->sockets[known];
    }
    struct ktsn_wait_socket *socket = &waiting->sockets[waiting->turn++ % KTSN_WAIT_SOCKETS];
    forget(waiting, socket);
    return socket;
}

/* The entry of a socket, made if there is none; the holder of the lock only. */
static struct ktsn_wait_socket *meet(struct ktsn_waiting *waiting, int fd, uint64_t cookie) {
    struct ktsn_wait_socket *socket = find(waiting, cookie);
    if (socket == NULL) {
        socket = vacant(waiting);
        socket->fd = fd;
        socket->cookie = cookie;
        ktsn_sets_find(&waiting->sets, cookie, fd);
    }
    return socket;
}

enum ktsn_await ktsn_wait_for_space(struct ktsn_channel *channel) {
    int space = channel->space;
    enum ktsn_await result = KTSN_AWAIT_DONE;
    if (space < 0)
        return KTSN_AWAIT_FAILED;
    if (kernel_poll(space, POLLOUT, 0) != 0) {
        struct ktsn_filler filler = {
            .round = __atomic_load_n(&channel->status->space_round, __ATOMIC_ACQUIRE)};
        long sent = kernel_send(space, &filler, sizeof filler, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && sent != -EAGAIN)
            return KTSN_AWAIT_FAILED;
        result = KTSN_AWAIT_BEGUN;
    }
    if (__atomic_load_n(&channel->ring->space_awaited, __ATOMIC_SEQ_CST) == 0) {
        __atomic_store_n(&channel->ring->space_awaited, 1, __ATOMIC_SEQ_CST);
        result = KTSN_AWAIT_BEGUN;
    }
    /* Pairs with KTSNd's fence between making slots free and reading the word. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return result;
}

void ktsn_wait_block(struct ktsn_channel *channel, int fd, uint64_t cookie) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    int space = channel->space;
    struct hold hold;
    if (cookie == 0 || space < 0 || !usable())
        return;
    acquire(waiting, &hold);
    uint64_t space_cookie = kernel_cookie(space);
    if (ktsn_space_copy(&waiting->bell, space, space_cookie)) {
        struct ktsn_wait_socket *socket = meet(waiting, fd, cookie);
        set_blocked(waiting, socket, true);
        ktsn_sets_divert(&waiting->sets, cookie, space, space_cookie);
    }
    release(waiting, &hold);
}

void ktsn_wait_unblock(int fd) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    struct hold hold;
    if (!ktsn_core_ready())
        return;
    uint64_t cookie = kernel_cookie(fd);
    struct ktsn_wait_socket *socket = find(waiting, cookie);
    if (socket == NULL || !socket->blocked || !usable())
        return;
    acquire(waiting, &hold);
    if (socket->cookie == cookie) {
        set_blocked(waiting, socket, false);
        ktsn_sets_restore(&waiting->sets, cookie);
    }
    release(waiting, &hold);
}

/* Tells whether it is settled for now if a socket's reports come through this channel. */
static bool is_asked(const struct ktsn_wait_socket *socket, uint32_t serial) {
    if (socket == NULL || socket->serial != serial)
        return false;
    return reports_of(socket) >= 0 ||
           kernel_clock(CLOCK_MONOTONIC) - socket->asked_ns < ASK_INTERVAL_NS;
}

/* The holder of the lock only. */
static void ask_for_reports(struct ktsn_waiting *waiting, struct ktsn_wait_socket *socket,
                            uint32_t serial) {
    int asked = ktsn_channel_ask_reports(&ktsn_core.channels, socket->cookie);
    ktsn_sets_report(&waiting->sets, socket->cookie, -1, 0);
    end_reports(waiting, socket);
    socket->serial = serial;
    socket->asked_ns = kernel_clock(CLOCK_MONOTONIC);
    if (asked <= 0)
        return;
    socket->report.cookie = kernel_cookie(asked);
    atomic_store_explicit(&socket->report.fd, asked, memory_order_release);
    atomic_fetch_add(&waiting->special, 1);
    ktsn_sets_report(&waiting->sets, socket->cookie, asked, socket->report.cookie);
}

bool ktsn_wait_for_reports(struct ktsn_channel *channel, int fd, uint64_t cookie) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    struct ktsn_wait_socket *socket = find(waiting, cookie);
    struct hold hold;
    if (__builtin_expect(is_asked(socket, channel->serial), true))
        return reports_of(socket) >= 0;
    if (cookie == 0 || !usable())
        return false;
    acquire(waiting, &hold);
    socket = meet(waiting, fd, cookie);
    if (!is_asked(socket, channel->serial))
        ask_for_reports(waiting, socket, channel->serial);
    bool come = reports_of(socket) >= 0;
    release(waiting, &hold);
    return come;
}

struct ktsn_wait_state ktsn_wait_state(int fd) {
    struct ktsn_wait_state state = {.blocked = false, .reports = -1};
    if (!ktsn_core_ready())
        return state;
    int saved_errno = errno;
    const struct ktsn_wait_socket *socket = find(&ktsn_core.waiting, kernel_cookie(fd));
    errno = saved_errno;
    if (socket != NULL) {
        state.blocked = socket->blocked;
        state.reports = reports_of(socket);
    }
    return state;
}

int ktsn_wait_bell(void) {
    return ktsn_core.waiting.bell.fd;
}

/* ---- epoll ---- */

int ktsn_wait_epoll_ctl(int set, int operation, int fd, struct epoll_event *event) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    uint64_t cookie = ktsn_core_ready() ? kernel_cookie(fd) : 0;
    struct hold hold;
    if (find(waiting, cookie) == NULL || !usable() || (event == NULL && operation != EPOLL_CTL_DEL))
        return (int)KTSN_SYSCALL(SYS_epoll_ctl, set, operation, fd, event);
    acquire(waiting, &hold);
    const struct ktsn_wait_socket *socket = find(waiting, cookie);
    struct ktsn_beside beside = {.space = -1, .reports = -1};
    if (socket != NULL && socket->blocked) {
        beside.space = waiting->bell.fd;
        beside.space_cookie = waiting->bell.cookie;
    }
    if (socket != NULL) {
        beside.reports = reports_of(socket);
        beside.reports_cookie = socket->report.cookie;
    }
    int result = ktsn_sets_change(&waiting->sets, set, operation, fd, cookie, event, &beside);
    release(waiting, &hold);
    return result;
}

int ktsn_wait_settle(int set, struct epoll_event *events, int count) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    struct hold hold;
    if (!usable())
        return count;
    acquire(waiting, &hold);
    count = ktsn_sets_settle(&waiting->sets, set, events, count);
    release(waiting, &hold);
    return count;
}

/* ---- descriptors ---- */

static bool within(int fd, unsigned int first, unsigned int last) {
    return (unsigned int)fd >= first && (unsigned int)fd <= last;
}

/* Most that is closed is of no concern here: looked at without the lock. */
static bool concerned(const struct ktsn_waiting *waiting, unsigned int first, unsigned int last) {
    for (int i = 0; i < waiting->known; i++) {
        if (waiting->sockets[i].cookie != 0 && within(waiting->sockets[i].fd, first, last))
            return true;
    }
    for (int i = 0; i < waiting->sets.count; i++) {
        const struct ktsn_registration *registration = &waiting->sets.registrations[i];
        if (registration->cookie != 0 &&
            (within(registration->fd, first, last) || within(registration->set, first, last)))
            return true;
    }
    return false;
}

void ktsn_wait_closing(unsigned int first, unsigned int last) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    struct hold hold;
    if (!concerned(waiting, first, last) || !usable())
        return;
    acquire(waiting, &hold);
    for (int i = 0; i < waiting->known; i++) {
        struct ktsn_wait_socket *socket = &waiting->sockets[i];
        /* One that has other descriptors will be blocked again, if it is. */
        if (socket->cookie != 0 && within(socket->fd, first, last))
            forget(waiting, socket);
    }
    ktsn_sets_closing(&waiting->sets, first, last);
    release(waiting, &hold);
}

/* The library's descriptor for waiting with this number of its own, or 0; numbers from 0 on. */
static atomic_int *own_descriptor(struct ktsn_waiting *waiting, int number) {
    if (number == 0)
        return &waiting->bell.fd;
    number -= 1;
    if (number < waiting->known)
        return &waiting->sockets[number].report.fd;
    number -= waiting->known;
    struct ktsn_registration *registration = &waiting->sets.registrations[number / 2];
    return number % 2 == 0 ? &registration->copy.fd : &registration->reports.fd;
}

static int own_count(const struct ktsn_waiting *waiting) {
    return 1 + waiting->known + 2 * waiting->sets.count;
}

int ktsn_wait_descriptors(int *list, int count) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    for (int i = 0, own = own_count(waiting); i < own; i++) {
        int fd = *own_descriptor(waiting, i);
        if (fd <= 0)
            continue;
        int at = count++;
        for (; at > 0 && list[at - 1] > fd; at--)
            list[at] = list[at - 1];
        list[at] = fd;
    }
    return count;
}

bool ktsn_wait_owns(int fd) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    if (fd <= 0)
        return false;
    for (int i = 0, own = own_count(waiting); i < own; i++) {
        if (atomic_load_explicit(own_descriptor(waiting, i), memory_order_relaxed) == fd)
            return true;
    }
    return false;
}

void ktsn_wait_abandon(int fd) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    for (int i = 0, own = own_count(waiting); i < own; i++) {
        int expected = fd;
        atomic_compare_exchange_strong(own_descriptor(waiting, i), &expected, 0);
    }
}

void ktsn_wait_vacate(int fd) {
    struct ktsn_waiting *waiting = &ktsn_core.waiting;
    struct hold hold;
    if (!usable())
        return;
    acquire(waiting, &hold);
    for (int i = 0; i <= waiting->known; i++) {
        atomic_int *own = own_descriptor(waiting, i);
        if (*own != fd)
            continue;
        int moved = ktsn_own_duplicate(fd);
        *own = moved > 0 ? moved : 0;
    }
    ktsn_sets_vacate(&waiting->sets, fd);
    release(waiting, &hold);
}
