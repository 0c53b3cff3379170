/* send, sendto: never a transmission time, but MSG_MORE changes what the next datagram is, and
 * timestamps are numbered for both paths. */
#include <errno.h>

#include "../core.h"
#include "../numbers.h"
#include "../socket.h"
#include "calls.h"

/* Sends with a number what is to have one. */
static bool send_numbered(const struct ktsn_original *via, int fd, const void *data, size_t length,
                          int flags, const struct sockaddr *address, socklen_t address_length,
                          ssize_t *result) {
    if (__builtin_expect(!atomic_load_explicit(&ktsn_core.numbers, memory_order_relaxed), true))
        return false;
    struct iovec part = {.iov_base = (void *)data, .iov_len = length};
    struct msghdr message = {.msg_name = (void *)address,
                             .msg_namelen = address != NULL ? address_length : 0,
                             .msg_iov = &part,
                             .msg_iovlen = 1};
    struct ktsn_numbered numbered;
    int saved_errno = errno;
    bool adds = ktsn_numbers_add(fd, &message, flags, &numbered);
    errno = saved_errno;
    if (!adds)
        return false;
    *result = via->sendmsg(fd, &numbered.message, flags);
    saved_errno = errno;
    if (*result < 0)
        ktsn_numbers_return(&numbered);
    errno = saved_errno;
    return true;
}

KTSN_EXPORT ssize_t send(int fd, const void *data, size_t length, int flags) {
    ssize_t result;
    if (send_numbered(ktsn_original(), fd, data, length, flags, NULL, 0, &result))
        return result;
    result = ktsn_original()->send(fd, data, length, flags);
    ktsn_socket_note_more(fd, flags);
    return result;
}

ssize_t ktsn_call_sendto(const struct ktsn_original *via, int fd, const void *data, size_t length,
                         int flags, const struct sockaddr *address, socklen_t address_length) {
    ssize_t result;
    if (send_numbered(via, fd, data, length, flags, address, address_length, &result))
        return result;
    result = via->sendto(fd, data, length, flags, address, address_length);
    ktsn_socket_note_more(fd, flags);
    return result;
}

KTSN_EXPORT ssize_t sendto(int fd, const void *data, size_t length, int flags,
                           __CONST_SOCKADDR_ARG address, socklen_t address_length) {
    return ktsn_call_sendto(ktsn_original(), fd, data, length, flags, address.__sockaddr__,
                            address_length);
}

KTSN_EXPORT ssize_t __send(int fd, const void *data, size_t length, int flags)
    __attribute__((alias("send")));
