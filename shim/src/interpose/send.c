/* send, sendto: never a transmission time, but MSG_MORE changes what the next datagram is. */
#include "../socket.h"
#include "calls.h"

KTSN_EXPORT ssize_t send(int fd, const void *data, size_t length, int flags) {
    ssize_t result = ktsn_original()->send(fd, data, length, flags);
    ktsn_socket_note_more(fd, flags);
    return result;
}

ssize_t ktsn_call_sendto(const struct ktsn_original *via, int fd, const void *data, size_t length,
                         int flags, const struct sockaddr *address, socklen_t address_length) {
    ssize_t result = via->sendto(fd, data, length, flags, address, address_length);
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
