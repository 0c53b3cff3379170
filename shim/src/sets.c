#include "sets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "channel.h"
#include "kernel.h"

#define WRITABLE (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

/* What a report socket's copy asks for, and the socket's own registrations never do alone: so an
 * event that is no more than this is known for the copy's. */
#define REPORTS EPOLLRDNORM

#ifndef SO_SELECT_ERR_QUEUE
#define SO_SELECT_ERR_QUEUE 45
#endif

/* How a registration behaves, as opposed to what it asks for; not so the kernel's own bits. */
#define MANNERS (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)

/* What the kernel reports without being asked. */
#define ALWAYS (EPOLLERR | EPOLLHUP)

static long kernel_epoll_ctl(int set, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return KTSN_SYSCALL(SYS_epoll_ctl, set, operation, fd, &event);
}

bool ktsn_space_copy(struct ktsn_space_copy *copy, int space, uint64_t cookie) {
    int fd = copy->fd;
    /* Where the program has closed it behind the library's back, the number is the program's. */
    bool own = fd > 0 && kernel_cookie(fd) == copy->cookie;
    if (own && copy->cookie == cookie)
        return true;
    long made = own ? KTSN_SYSCALL(SYS_dup3, space, fd, O_CLOEXEC) : ktsn_own_duplicate(space);
    if (made <= 0)
        return false;
    copy->fd = (int)made;
    copy->cookie = cookie;
    return true;
}

/* ---- the table ---- */

static struct ktsn_registration *find(struct ktsn_sets *sets, int set, int fd) {
    for (int i = 0; i < sets->count; i++) {
        struct ktsn_registration *registration = &sets->registrations[i];
        if (registration->cookie != 0 && registration->set == set && registration->fd == fd)
            return registration;
    }
    return NULL;
}

static struct ktsn_registration *add(struct ktsn_sets *sets) {
    for (int i = 0; i < sets->count; i++) {
        if (sets->registrations[i].cookie == 0)
            return &sets->registrations[i];
    }
    return sets->count < KTSN_REGISTRATIONS ? &sets->registrations[sets->count++] : NULL;
}

/* ---- diverting ---- */

/* Has the kernel watch the socket for these events; -errno if it is not registered any more. */
static long watch(const struct ktsn_registration *registration, uint32_t events) {
    int set = registration->set;
    int fd = registration->fd;
    if (kernel_cookie(fd) != registration->cookie)
        return -EBADF;
    if ((registration->events & EPOLLEXCLUSIVE) == 0)
        return kernel_epoll_ctl(set, EPOLL_CTL_MOD, fd, events, registration->data);
    /* Such a registration can't be modified. */
    long result = kernel_epoll_ctl(set, EPOLL_CTL_DEL, fd, 0, 0);
    return result < 0 ? result
                      : kernel_epoll_ctl(set, EPOLL_CTL_ADD, fd, events, registration->data);
}

static void take_out(int set, const struct ktsn_space_copy *copy) {
    int fd = copy->fd;
    if (fd > 0 && kernel_cookie(fd) == copy->cookie)
        kernel_epoll_ctl(set, EPOLL_CTL_DEL, fd, 0, 0);
}

static void remove_copy(const struct ktsn_registration *registration) {
    take_out(registration->set, &registration->copy);
}

static void remove_reports(struct ktsn_registration *registration) {
    if (registration->reporting)
        take_out(registration->set, &registration->reports);
    registration->reporting = false;
}

static bool put_in(int set, int fd, uint32_t events, uint64_t data) {
    long result = kernel_epoll_ctl(set, EPOLL_CTL_ADD, fd, events, data);
    if (result == -EEXIST)
        result = kernel_epoll_ctl(set, EPOLL_CTL_MOD, fd, events, data);
    return result == 0;
}

/* All who wait for the space socket wait for different sockets: exclusive, one would sleep on. */
static bool watch_copy(const struct ktsn_registration *registration) {
    return put_in(registration->set, registration->copy.fd,
                  registration->events & (WRITABLE | EPOLLET | EPOLLONESHOT), registration->data);
}

static void begin_reports(struct ktsn_registration *registration, int reports,
                          uint64_t reports_cookie) {
    if (registration->reporting && registration->reports.cookie != reports_cookie)
        remove_reports(registration);
    if (!registration->diverted && !registration->reporting)
        registration->process = getpid();
    registration->reporting =
        ktsn_space_copy(&registration->reports, reports, reports_cookie) &&
        put_in(registration->set, registration->reports.fd,
               REPORTS | (registration->events & (EPOLLET | EPOLLONESHOT)), registration->data);
}

static void restore(struct ktsn_registration *registration) {
    registration->spent = false;
    if (!registration->diverted)
        return;
    registration->diverted = false;
    remove_copy(registration);
    if (watch(registration, registration->events) < 0)
        registration->cookie = 0;
}

/* The socket is watched without EPOLLOUT already, or is not registered any more. */
static void begin_copy(struct ktsn_registration *registration, int space, uint64_t space_cookie) {
    if (registration->diverted && registration->copy.cookie != space_cookie)
        remove_copy(registration);
    if (!registration->diverted && !registration->reporting)
        registration->process = getpid();
    registration->diverted =
        ktsn_space_copy(&registration->copy, space, space_cookie) && watch_copy(registration);
    if (!registration->diverted)
        watch(registration, registration->events);
}

static bool armed(const struct ktsn_registration *registration);

/* The socket is not in the set any more. */
static void drop(struct ktsn_registration *registration) {
    if (registration->diverted)
        remove_copy(registration);
    remove_reports(registration);
    registration->diverted = false;
    registration->cookie = 0;
}

static void divert(struct ktsn_registration *registration, int space, uint64_t space_cookie) {
    if ((registration->events & WRITABLE) == 0 || registration->spent)
        return;
    /* To watch it means to arm it. */
    if ((registration->events & EPOLLONESHOT) != 0 &&
        (registration->diverted || !armed(registration)))
        return;
    if (watch(registration, registration->events & ~(uint32_t)WRITABLE) < 0) {
        drop(registration);
        return;
    }
    begin_copy(registration, space, space_cookie);
}

void ktsn_sets_divert(struct ktsn_sets *sets, uint64_t cookie, int space, uint64_t space_cookie) {
    for (int i = 0; i < sets->count; i++) {
        if (sets->registrations[i].cookie == cookie)
            divert(&sets->registrations[i], space, space_cookie);
    }
}

void ktsn_sets_restore(struct ktsn_sets *sets, uint64_t cookie) {
    for (int i = 0; i < sets->count; i++) {
        if (sets->registrations[i].cookie == cookie)
            restore(&sets->registrations[i]);
    }
}

void ktsn_sets_report(struct ktsn_sets *sets, uint64_t cookie, int reports,
                      uint64_t reports_cookie) {
    for (int i = 0; i < sets->count; i++) {
        struct ktsn_registration *registration = &sets->registrations[i];
        if (registration->cookie != cookie)
            continue;
        if (reports < 0)
            remove_reports(registration);
        else if (!registration->spent &&
                 ((registration->events & EPOLLONESHOT) == 0 || armed(registration)))
            begin_reports(registration, reports, reports_cookie);
    }
}

static void let_go(struct ktsn_registration *registration) {
    /* A child shares the set with its parent, who still waits. */
    if (registration->process != getppid()) {
        restore(registration);
        remove_reports(registration);
    }
    registration->diverted = false;
    registration->reporting = false;
    registration->cookie = 0;
}

void ktsn_sets_forget(struct ktsn_sets *sets, uint64_t cookie) {
    for (int i = 0; i < sets->count; i++) {
        if (sets->registrations[i].cookie == cookie)
            let_go(&sets->registrations[i]);
    }
}

/* ---- what the kernel says of a set ---- */

struct reader {
    int fd;
    size_t at, end;
    char buffer[1024];
};

/* One line of a set's fdinfo: a registration. */
struct told {
    uint64_t fd, events, data, inode;
};

static bool open_set(struct reader *reader, int set) {
    char name[64];
    snprintf(name, sizeof name, "/proc/thread-self/fdinfo/%d", set);
    reader->at = reader->end = 0;
    reader->fd = (int)KTSN_SYSCALL(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
    return reader->fd >= 0;
}

static bool read_line(struct reader *reader, char *line, size_t size) {
    for (size_t length = 0;;) {
        if (reader->at == reader->end) {
            long octets = KTSN_SYSCALL(SYS_read, reader->fd, reader->buffer, sizeof reader->buffer);
            if (octets <= 0)
                return false;
            reader->at = 0;
            reader->end = (size_t)octets;
        }
        char octet = reader->buffer[reader->at++];
        if (octet == '\n') {
            line[length] = '\0';
            return true;
        }
        if (length + 1 < size)
            line[length++] = octet;
    }
}

static bool read_number(const char *line, const char *name, unsigned int base, uint64_t *number) {
    const char *at = strstr(line, name);
    if (at == NULL)
        return false;
    at += strlen(name);
    while (*at == ' ')
        at++;
    for (*number = 0;; at++) {
        unsigned int digit = *at >= '0' && *at <= '9'   ? (unsigned int)(*at - '0')
                             : *at >= 'a' && *at <= 'f' ? (unsigned int)(*at - 'a' + 10)
                                                        : UINT_MAX;
        if (digit >= base)
            return true;
        *number = *number * base + digit;
    }
}

static bool read_told(struct reader *reader, struct told *told) {
    char line[128];
    while (read_line(reader, line, sizeof line)) {
        /* Kernels before 4.13 don't tell the inode. */
        if (!read_number(line, " ino:", 16, &told->inode))
            told->inode = 0;
        if (read_number(line, "tfd:", 10, &told->fd) &&
            read_number(line, "events:", 16, &told->events) &&
            read_number(line, "data:", 16, &told->data))
            return true;
    }
    return false;
}

static void find_in(struct ktsn_sets *sets, int set, uint64_t cookie, uint64_t inode) {
    struct reader reader;
    struct told told;
    if (!open_set(&reader, set))
        return;
    while (read_told(&reader, &told)) {
        int fd = (int)told.fd;
        if ((told.inode != 0 && told.inode != inode) || kernel_cookie(fd) != cookie ||
            find(sets, set, fd) != NULL)
            continue;
        struct ktsn_registration *registration = add(sets);
        if (registration == NULL)
            break;
        registration->cookie = cookie;
        registration->set = set;
        registration->fd = fd;
        registration->events = (uint32_t)told.events;
        registration->data = told.data;
        registration->diverted = false;
        registration->reporting = false;
        registration->spent = false;
    }
    kernel_close(reader.fd);
}

void ktsn_sets_find(struct ktsn_sets *sets, uint64_t cookie, int fd) {
    struct stat file;
    if (KTSN_SYSCALL(SYS_fstat, fd, &file) < 0)
        return;
    for (int word = 0; word < KTSN_SET_DESCRIPTORS / 64; word++) {
        uint64_t seen = atomic_load_explicit(&sets->seen[word], memory_order_relaxed);
        for (; seen != 0; seen &= seen - 1)
            find_in(sets, word * 64 + __builtin_ctzll(seen), cookie, file.st_ino);
    }
}

/* Tells whether a registration with EPOLLONESHOT would fire. */
static bool armed(const struct ktsn_registration *registration) {
    struct reader reader;
    struct told told;
    bool found = false;
    if (!open_set(&reader, registration->set))
        return false;
    while (!found && read_told(&reader, &told))
        found =
            (int)told.fd == registration->fd && (told.events & ~(uint64_t)(MANNERS | ALWAYS)) != 0;
    kernel_close(reader.fd);
    return found;
}

/* ---- epoll_ctl and epoll_wait ---- */

int ktsn_sets_change(struct ktsn_sets *sets, int set, int operation, int fd, uint64_t cookie,
                     const struct epoll_event *event, const struct ktsn_beside *beside) {
    struct ktsn_registration *registration = find(sets, set, fd);
    /* An earlier socket of this number has been closed without a word. */
    if (registration != NULL && registration->cookie != cookie) {
        drop(registration);
        registration = NULL;
    }
    if (operation == EPOLL_CTL_DEL) {
        long result = kernel_epoll_ctl(set, operation, fd, 0, 0);
        if (registration != NULL && result == 0)
            drop(registration);
        return (int)result;
    }
    bool added = registration == NULL;
    if (added)
        registration = add(sets);
    if (registration == NULL)
        return (int)kernel_epoll_ctl(set, operation, fd, event->events, event->data.u64);
    bool divert = beside->space >= 0 && (event->events & WRITABLE) != 0;
    uint32_t events = divert ? event->events & ~(uint32_t)WRITABLE : event->events;
    long result = kernel_epoll_ctl(set, operation, fd, events, event->data.u64);
    if (result < 0) {
        if (added)
            registration->cookie = 0;
        return (int)result;
    }
    if (added) {
        registration->diverted = false;
        registration->reporting = false;
    } else if (registration->diverted && !divert) {
        remove_copy(registration);
    }
    registration->cookie = cookie;
    registration->set = set;
    registration->fd = fd;
    registration->events = event->events;
    registration->data = event->data.u64;
    registration->spent = false;
    if (divert)
        begin_copy(registration, beside->space, beside->space_cookie);
    else
        registration->diverted = false;
    if (beside->reports >= 0)
        begin_reports(registration, beside->reports, beside->reports_cookie);
    return 0;
}

/* All parts of a registration with EPOLLONESHOT fire at most once. */
static void spend(struct ktsn_registration *registration) {
    if (registration->diverted)
        remove_copy(registration);
    remove_reports(registration);
    watch(registration, EPOLLONESHOT);
    registration->diverted = false;
    registration->spent = true;
}

/* Whose event it is. One of a report socket says so itself, whichever descriptor the set has here.
 */
static struct ktsn_registration *find_event(struct ktsn_sets *sets, int set,
                                            const struct epoll_event *event) {
    bool reports = event->events == REPORTS;
    for (int i = 0; i < sets->count; i++) {
        struct ktsn_registration *registration = &sets->registrations[i];
        if (registration->cookie == 0 || registration->data != event->data.u64)
            continue;
        if (reports ? registration->reporting
                    : registration->set == set && (registration->diverted ||
                                                   registration->reporting || registration->spent))
            return registration;
    }
    return NULL;
}

/* What the report socket's copy has to say, in the socket's words. */
static uint32_t errors_of(const struct ktsn_registration *registration) {
    if ((registration->events & EPOLLPRI) != 0 &&
        kernel_option(registration->fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE) > 0)
        return EPOLLERR | EPOLLPRI;
    return EPOLLERR;
}

/* Adds what follows for the same socket to an event; returns how many events remain. */
static int join(const struct ktsn_registration *registration, struct epoll_event *events, int at,
                int count) {
    int kept = at + 1;
    for (int i = at + 1; i < count; i++) {
        if (events[i].data.u64 != events[at].data.u64)
            events[kept++] = events[i];
        else if (registration->reporting && events[i].events == REPORTS)
            events[at].events |= errors_of(registration);
        else
            events[at].events |= events[i].events;
    }
    return kept;
}

int ktsn_sets_settle(struct ktsn_sets *sets, int set, struct epoll_event *events, int count) {
    for (int at = 0; at < count;) {
        struct ktsn_registration *registration = find_event(sets, set, &events[at]);
        bool valid = true;
        if (registration != NULL) {
            bool from_copy = (events[at].events & ~(uint32_t)WRITABLE) == 0;
            if (registration->reporting && events[at].events == REPORTS) {
                events[at].events = errors_of(registration);
                from_copy = true;
            }
            count = join(registration, events, at, count);
            valid = !registration->spent;
            if (valid && from_copy && kernel_cookie(registration->fd) != registration->cookie) {
                /* Closed without a word: to the program there is no such socket any more. */
                valid = false;
                drop(registration);
            } else if (valid && (registration->events & EPOLLONESHOT) != 0) {
                spend(registration);
            }
        }
        if (valid)
            at++;
        else
            memmove(&events[at], &events[at + 1], (size_t)(--count - at) * sizeof *events);
    }
    return count;
}

/* ---- descriptors ---- */

void ktsn_sets_closing(struct ktsn_sets *sets, unsigned int first, unsigned int last) {
    for (int i = 0; i < sets->count; i++) {
        struct ktsn_registration *registration = &sets->registrations[i];
        unsigned int fd = (unsigned int)registration->fd;
        unsigned int set = (unsigned int)registration->set;
        if (registration->cookie != 0 &&
            ((fd >= first && fd <= last) || (set >= first && set <= last)))
            let_go(registration);
    }
}

void ktsn_sets_vacate(struct ktsn_sets *sets, int fd) {
    for (int i = 0; i < sets->count; i++) {
        struct ktsn_registration *registration = &sets->registrations[i];
        if (registration->reports.fd == fd) {
            bool reporting = registration->cookie != 0 && registration->reporting;
            remove_reports(registration);
            int moved = ktsn_own_duplicate(fd);
            registration->reports.fd = moved > 0 ? moved : 0;
            if (reporting && moved > 0)
                begin_reports(registration, moved, registration->reports.cookie);
        }
        if (registration->copy.fd != fd)
            continue;
        if (registration->cookie != 0 && registration->diverted)
            remove_copy(registration);
        int moved = ktsn_own_duplicate(fd);
        registration->copy.fd = moved > 0 ? moved : 0;
        if (registration->cookie != 0 && registration->diverted && moved > 0)
            watch_copy(registration);
    }
}
