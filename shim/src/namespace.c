#include "namespace.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kernel.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define MAC_OCTETS 6

uint64_t ktsn_namespace_cookie(int fd) {
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    return kernel_getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) < 0 ? 0 : cookie;
}

static bool read_link(int fd, uint32_t interface_index, struct ifreq *link) {
    memset(link, 0, sizeof *link);
    link->ifr_ifindex = (int)interface_index;
    return KTSN_SYSCALL(SYS_ioctl, fd, SIOCGIFNAME, link) == 0 &&
           KTSN_SYSCALL(SYS_ioctl, fd, SIOCGIFHWADDR, link) == 0;
}

bool ktsn_namespace_same_link(int one, int other, uint32_t interface_index) {
    struct ifreq links[2];
    return read_link(one, interface_index, &links[0]) &&
           read_link(other, interface_index, &links[1]) &&
           memcmp(links[0].ifr_hwaddr.sa_data, links[1].ifr_hwaddr.sa_data, MAC_OCTETS) == 0;
}

bool ktsn_namespace_same(int one, int other, uint32_t interface_index) {
    uint64_t cookie = ktsn_namespace_cookie(one);
    if (cookie == 0)
        return ktsn_namespace_same_link(one, other, interface_index);
    return cookie == ktsn_namespace_cookie(other);
}
