/* sendmsg, sendmmsg: the calls that can carry a transmission time. */
#include <errno.h>

#include "../core.h"
#include "../musl.h"
#include "../numbers.h"
#include "../readable.h"
#include "../socket.h"
#include "../transmit.h"
#include "calls.h"

/* As in the kernel. */
#define MAX_MESSAGES 1024

/* As sendmsg; the kernel sends. */
static ssize_t send_by_kernel(const struct ktsn_original *via, int fd, const struct msghdr *message,
                              int flags) {
    struct ktsn_numbered numbered;
    ssize_t result;
    if (__builtin_expect(!atomic_load_explicit(&ktsn_core.numbers, memory_order_relaxed), true) ||
        !ktsn_numbers_add(fd, message, flags, &numbered)) {
        result = via->sendmsg(fd, message, flags);
    } else {
        result = via->sendmsg(fd, &numbered.message, flags);
        if (result < 0) {
            int saved_errno = errno;
            ktsn_numbers_return(&numbered);
            errno = saved_errno;
        }
    }
    ktsn_socket_note_more(fd, flags);
    return result;
}

/* What a transmission came to, or what the kernel says. */
static ssize_t sent(const struct ktsn_original *via, long result, int fd,
                    const struct msghdr *message, int flags) {
    if (result == KTSN_TAKE_KERNEL)
        return send_by_kernel(via, fd, message, flags);
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

/* Most messages have no control data, so no transmission time either. */
static bool is_bare(const struct msghdr *message) {
    return ktsn_readable(message, sizeof *message) && message->msg_control == NULL;
}

ssize_t ktsn_call_sendmsg(const struct ktsn_original *via, int fd, const struct msghdr *message,
                          int flags) {
    if (is_bare(message))
        return sent(via, KTSN_TAKE_KERNEL, fd, message, flags);
    return sent(via, ktsn_transmit(fd, message, flags), fd, message, flags);
}

KTSN_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    if (__builtin_expect(ktsn_core.libc == KTSN_LIBC_GLIBC, true))
        return ktsn_call_sendmsg(ktsn_original(), fd, message, flags);
    long result = ktsn_core.libc == KTSN_LIBC_MUSL ? ktsn_musl_transmit(fd, message, flags)
                                                   : KTSN_TAKE_KERNEL;
    return sent(ktsn_original(), result, fd, message, flags);
}

static bool any_stamped(const struct mmsghdr *messages, unsigned int first, unsigned int count) {
    for (unsigned int i = first; i < count; i++) {
        if (ktsn_message_stamped(&messages[i].msg_hdr))
            return true;
    }
    return false;
}

/* Has the kernel send the message at *next, with those behind it that have no transmission time,
 * and moves on behind what was sent. Returns false if the kernel stopped early. */
static bool send_run(const struct ktsn_original *via, int fd, struct mmsghdr *messages,
                     unsigned int *next, unsigned int count, int flags) {
    if (atomic_load_explicit(&ktsn_core.numbers, memory_order_relaxed)) {
        ssize_t octets = send_by_kernel(via, fd, &messages[*next].msg_hdr, flags);
        if (octets < 0)
            return false;
        messages[(*next)++].msg_len = (unsigned int)octets;
        return true;
    }
    unsigned int end = *next + 1;
    while (end < count && !ktsn_message_stamped(&messages[end].msg_hdr))
        end++;
    int count_sent = via->sendmmsg(fd, messages + *next, end - *next, flags);
    ktsn_socket_note_more(fd, flags);
    if (count_sent > 0)
        *next += (unsigned int)count_sent;
    return *next == end;
}

int ktsn_call_sendmmsg(const struct ktsn_original *via, int fd, struct mmsghdr *messages,
                       unsigned int count, int flags) {
    if (count > MAX_MESSAGES)
        count = MAX_MESSAGES;
    if (messages == NULL || (!any_stamped(messages, 0, count) &&
                             !atomic_load_explicit(&ktsn_core.numbers, memory_order_relaxed))) {
        int result = via->sendmmsg(fd, messages, count, flags);
        ktsn_socket_note_more(fd, flags);
        return result;
    }
    unsigned int next = 0;
    while (next < count) {
        long result = ktsn_transmit(fd, &messages[next].msg_hdr, flags);
        if (result == KTSN_TAKE_KERNEL) {
            if (!send_run(via, fd, messages, &next, count, flags))
                break;
        } else if (result < 0) {
            errno = (int)-result;
            break;
        } else {
            messages[next++].msg_len = (unsigned int)result;
        }
    }
    /* An error counts only if nothing was sent before it. */
    return next > 0 ? (int)next : -1;
}

/* As musl does it, whose layout is not the kernel's. */
static int send_each(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    if (count > MAX_MESSAGES)
        count = MAX_MESSAGES;
    for (unsigned int i = 0; i < count; i++) {
        ssize_t result = sendmsg(fd, &messages[i].msg_hdr, flags);
        if (result < 0)
            return i > 0 ? (int)i : -1;
        messages[i].msg_len = (unsigned int)result;
    }
    return (int)count;
}

KTSN_EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    switch (ktsn_core.libc) {
    case KTSN_LIBC_GLIBC:
        return ktsn_call_sendmmsg(ktsn_original(), fd, messages, count, flags);
    case KTSN_LIBC_MUSL:
        return send_each(fd, messages, count, flags);
    default:
        return ktsn_original()->sendmmsg(fd, messages, count, flags);
    }
}
