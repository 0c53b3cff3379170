/* sendmsg, sendmmsg: the calls that can carry a transmission time. */
#include <errno.h>

#include "../original.h"
#include "../socket.h"
#include "../transmit.h"

/* As in the kernel. */
#define MAX_MESSAGES 1024

KTSN_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    long result = ktsn_transmit(fd, message, flags);
    if (result == KTSN_TAKE_KERNEL) {
        result = ktsn_original()->sendmsg(fd, message, flags);
        ktsn_socket_note_more(fd, flags);
        return result;
    }
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
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
static bool send_run(int fd, struct mmsghdr *messages, unsigned int *next, unsigned int count,
                     int flags) {
    unsigned int end = *next + 1;
    while (end < count && !ktsn_message_stamped(&messages[end].msg_hdr))
        end++;
    int sent = ktsn_original()->sendmmsg(fd, messages + *next, end - *next, flags);
    ktsn_socket_note_more(fd, flags);
    if (sent > 0)
        *next += (unsigned int)sent;
    return *next == end;
}

KTSN_EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    if (count > MAX_MESSAGES)
        count = MAX_MESSAGES;
    if (messages == NULL || !any_stamped(messages, 0, count)) {
        int sent = ktsn_original()->sendmmsg(fd, messages, count, flags);
        ktsn_socket_note_more(fd, flags);
        return sent;
    }
    unsigned int next = 0;
    while (next < count) {
        long result = ktsn_transmit(fd, &messages[next].msg_hdr, flags);
        if (result == KTSN_TAKE_KERNEL) {
            if (!send_run(fd, messages, &next, count, flags))
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
