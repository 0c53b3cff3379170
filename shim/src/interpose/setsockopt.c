/* setsockopt: the kernel decides; what it accepted may matter to the datagrams that follow. */
#include <errno.h>
#include <netinet/in.h>

#include "../core.h"
#include "../kernel.h"
#include "../numbers.h"
#include "../reports.h"
#include "../socket.h"
#include "../timestamps.h"
#include "../txtime.h"
#include "calls.h"

static bool is_timestamping(int level, int name) {
    return level == SOL_SOCKET &&
           (name == KTSN_SO_TIMESTAMPING_OLD || name == KTSN_SO_TIMESTAMPING_NEW);
}

/* What no getsockopt tells, or what the library's work begins with. */
static void accepted(int fd, int level, int name, const void *value, socklen_t length) {
    if (level == SOL_SOCKET && name == SO_TXTIME)
        ktsn_socket_stamps(fd);
    else if (level == IPPROTO_IP && name == IP_MULTICAST_IF)
        ktsn_socket_multicast_interface(fd, value, length);
    else if (level == IPPROTO_IPV6 && (name == IPV6_PKTINFO || name == IPV6_MTU))
        ktsn_socket_ipv6_option(fd, name, value, length);
}

static bool is_noted(int level, int name) {
    switch (level) {
    case SOL_SOCKET:
        return name == SO_TXTIME;
    case IPPROTO_IP:
        return name == IP_MULTICAST_IF;
    case IPPROTO_IPV6:
        return name == IPV6_PKTINFO || name == IPV6_MTU;
    }
    return false;
}

int ktsn_call_setsockopt(const struct ktsn_original *via, int fd, int level, int name,
                         const void *value, socklen_t length) {
    int saved_errno = errno;
    bool in_use = !ktsn_core_idle() && ktsn_socket_in_use(fd);
    int timestamping = !ktsn_core_idle() && is_timestamping(level, name) && ktsn_core_ready()
                           ? kernel_option(fd, SOL_SOCKET, KTSN_SO_TIMESTAMPING_OLD)
                           : 0;
    errno = saved_errno;
    int result = via->setsockopt(fd, level, name, value, length);
    bool stamping = level == SOL_SOCKET && name == SO_TXTIME;
    bool granted = false;
    if (stamping && result != 0 && errno == EPERM) {
        granted = ktsn_txtime_grant(fd, value, length);
        errno = granted ? saved_errno : EPERM;
        result = granted ? 0 : result;
    }
    if (result != 0)
        return result;
    saved_errno = errno;
    accepted(fd, level, name, value, length);
    if (stamping && !granted)
        ktsn_txtime_told(fd);
    if (is_timestamping(level, name) && !ktsn_core_idle())
        ktsn_numbers_restart(fd, timestamping > 0 ? (uint32_t)timestamping : 0);
    if (stamping || is_timestamping(level, name))
        ktsn_reports_expect(fd);
    if (in_use)
        ktsn_socket_changed(fd);
    errno = saved_errno;
    return result;
}

KTSN_EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    return ktsn_core_idle() && !is_noted(level, name)
               ? ktsn_original()->setsockopt(fd, level, name, value, length)
               : ktsn_call_setsockopt(ktsn_original(), fd, level, name, value, length);
}
