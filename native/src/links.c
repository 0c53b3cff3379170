/* What rtnetlink does not do with network interfaces: by ioctl, on the same socket. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "error.h"
#include "ktsn_native.h"

int ktsn_netlink_namespace(int socket) {
    int space = ioctl(socket, SIOCGSKNS);
    return space >= 0 ? space
                      : ktsn_fail(errno, "a socket's network namespace: %s", strerror(errno));
}

int ktsn_netlink_checksum_off(int socket, const char *interface_name) {
    struct ethtool_value off = {.cmd = ETHTOOL_STXCSUM, .data = 0};
    struct ifreq request = {.ifr_data = (void *)&off};
    if (strlen(interface_name) >= sizeof request.ifr_name)
        return ktsn_fail(ENAMETOOLONG, "the interface name '%s' is too long", interface_name);
    strcpy(request.ifr_name, interface_name);
    return ioctl(socket, SIOCETHTOOL, &request) == 0
               ? 0
               : ktsn_fail(errno, "checksum offload of %s: %s", interface_name, strerror(errno));
}
