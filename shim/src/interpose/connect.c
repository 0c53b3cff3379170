/* connect, shutdown: both change where a socket's datagrams go, even when they fail. */
#include <errno.h>

#include "../core.h"
#include "../socket.h"
#include "calls.h"

int ktsn_call_connect(const struct ktsn_original *via, int fd, const struct sockaddr *address,
                      socklen_t length) {
    int saved_errno = errno;
    bool in_use = ktsn_socket_in_use(fd);
    errno = saved_errno;
    int result = via->connect(fd, address, length);
    saved_errno = errno;
    if (in_use)
        ktsn_socket_changed(fd);
    if (result == 0)
        ktsn_socket_connected(fd);
    errno = saved_errno;
    return result;
}

int ktsn_call_shutdown(const struct ktsn_original *via, int fd, int how) {
    int result = via->shutdown(fd, how);
    int saved_errno = errno;
    if (ktsn_socket_in_use(fd))
        ktsn_socket_changed(fd);
    errno = saved_errno;
    return result;
}

KTSN_EXPORT int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length) {
    return ktsn_core_idle() ? ktsn_original()->connect(fd, address.__sockaddr__, length)
                            : ktsn_call_connect(ktsn_original(), fd, address.__sockaddr__, length);
}

KTSN_EXPORT int __connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
    __attribute__((alias("connect")));

KTSN_EXPORT int shutdown(int fd, int how) {
    return ktsn_core_idle() ? ktsn_original()->shutdown(fd, how)
                            : ktsn_call_shutdown(ktsn_original(), fd, how);
}
