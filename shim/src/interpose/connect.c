/* connect, shutdown: both change where a socket's datagrams go, even when they fail. */
#include <errno.h>

#include "../core.h"
#include "../original.h"
#include "../socket.h"

KTSN_EXPORT int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length) {
    if (ktsn_core_idle())
        return ktsn_original()->connect(fd, address.__sockaddr__, length);
    int saved_errno = errno;
    bool in_use = ktsn_socket_in_use(fd);
    errno = saved_errno;
    int result = ktsn_original()->connect(fd, address.__sockaddr__, length);
    saved_errno = errno;
    if (in_use)
        ktsn_socket_changed(fd);
    if (result == 0)
        ktsn_socket_connected(fd);
    errno = saved_errno;
    return result;
}

KTSN_EXPORT int __connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
    __attribute__((alias("connect")));

KTSN_EXPORT int shutdown(int fd, int how) {
    int result = ktsn_original()->shutdown(fd, how);
    if (ktsn_core_idle())
        return result;
    int saved_errno = errno;
    if (ktsn_socket_in_use(fd))
        ktsn_socket_changed(fd);
    errno = saved_errno;
    return result;
}
