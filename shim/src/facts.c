#include "facts.h"

#include <netinet/udp.h>
#include <sys/stat.h>

#include "kernel.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#endif
#ifndef IP_UNICAST_IF
#define IP_UNICAST_IF 50
#endif

/* linux/in6.h, which can't be included beside netinet/in.h. */
#define KTSN_IPV6_FLOWINFO_SEND 33
#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70
#endif
#ifndef IPV6_ADDR_PREFERENCES
#define IPV6_ADDR_PREFERENCES 72
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif

/* IPV6_ADDR_PREFERENCES of a socket that has none of its own: what the system prefers, and a home
 * address. */
#define NO_PREFERENCES 0x500

static bool is_udp_of(int fd, int domain) {
    return (domain == AF_INET || domain == AF_INET6) &&
           kernel_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM &&
           kernel_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP;
}

bool ktsn_facts_is_udp(int fd) {
    return is_udp_of(fd, kernel_option(fd, SOL_SOCKET, SO_DOMAIN));
}

static bool read_endpoint(int fd, long call, struct ktsn_endpoint *endpoint) {
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } name = {0};
    socklen_t length = sizeof name;
    *endpoint = (struct ktsn_endpoint){0};
    if (KTSN_SYSCALL(call, fd, &name, &length) != 0)
        return false;
    endpoint->family = name.any.sa_family;
    if (name.any.sa_family == AF_INET) {
        endpoint->address = ktsn_address_ipv4(name.ipv4.sin_addr);
        endpoint->port = ntohs(name.ipv4.sin_port);
        return true;
    }
    endpoint->port = ntohs(name.ipv6.sin6_port);
    endpoint->flow_info = ntohl(name.ipv6.sin6_flowinfo);
    if (IN6_IS_ADDR_V4MAPPED(&name.ipv6.sin6_addr)) {
        endpoint->family = AF_INET;
        endpoint->address = ktsn_address_unmapped(&name.ipv6.sin6_addr);
    } else {
        endpoint->address = ktsn_address_ipv6(&name.ipv6.sin6_addr);
    }
    return name.any.sa_family == AF_INET6;
}

bool ktsn_facts_read_names(int fd, struct ktsn_facts *facts) {
    facts->domain = kernel_option(fd, SOL_SOCKET, SO_DOMAIN);
    facts->connected = read_endpoint(fd, SYS_getpeername, &facts->peer);
    return read_endpoint(fd, SYS_getsockname, &facts->local);
}

static bool has_option(int fd, int level, int name) {
    char value[64];
    socklen_t length = sizeof value;
    return kernel_getsockopt(fd, level, name, value, &length) != 0 || length != 0;
}

static bool read_ipv4(int fd, struct ktsn_facts *facts) {
    struct in_addr source = {0};
    socklen_t length = sizeof source;
    bool complete = kernel_getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &source, &length) == 0;
    int no_checksum = kernel_option(fd, SOL_SOCKET, SO_NO_CHECK);
    int receive_errors = kernel_option(fd, IPPROTO_IP, IP_RECVERR);
    int discovery = kernel_option(fd, IPPROTO_IP, IP_MTU_DISCOVER);
    facts->multicast_source = ktsn_address_ipv4(source);
    facts->tos = kernel_option(fd, IPPROTO_IP, IP_TOS);
    facts->ttl = kernel_option(fd, IPPROTO_IP, IP_TTL);
    facts->multicast_ttl = kernel_option(fd, IPPROTO_IP, IP_MULTICAST_TTL);
    facts->unicast_interface = ntohl((uint32_t)kernel_option(fd, IPPROTO_IP, IP_UNICAST_IF));
    facts->no_checksum = no_checksum > 0;
    facts->errors = facts->connected || receive_errors > 0;
    facts->dont_fragment = discovery == IP_PMTUDISC_WANT || discovery == IP_PMTUDISC_DO ||
                           discovery == IP_PMTUDISC_PROBE;
    facts->plain = facts->plain && !has_option(fd, IPPROTO_IP, IP_OPTIONS);
    return complete && no_checksum >= 0 && receive_errors >= 0 && discovery >= 0 &&
           facts->tos >= 0 && facts->ttl >= 0 && facts->multicast_ttl >= 0;
}

static bool read_ipv6(int fd, struct ktsn_facts *facts) {
    int no_checksum = kernel_option(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX);
    int receive_errors = kernel_option(fd, IPPROTO_IPV6, IPV6_RECVERR);
    int multicast_interface = kernel_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF);
    facts->tos = kernel_option(fd, IPPROTO_IPV6, IPV6_TCLASS);
    facts->ttl = kernel_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
    facts->multicast_ttl = kernel_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS);
    facts->unicast_interface = ntohl((uint32_t)kernel_option(fd, IPPROTO_IPV6, IPV6_UNICAST_IF));
    facts->multicast_interface = (uint32_t)multicast_interface;
    facts->no_checksum = no_checksum > 0;
    facts->errors = facts->connected || receive_errors > 0;
    facts->sends_flow = kernel_option(fd, IPPROTO_IPV6, KTSN_IPV6_FLOWINFO_SEND) > 0;
    facts->labels_flow = kernel_option(fd, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL) > 0;
    facts->plain =
        facts->plain && kernel_option(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES) == NO_PREFERENCES &&
        !has_option(fd, IPPROTO_IPV6, IPV6_HOPOPTS) &&
        !has_option(fd, IPPROTO_IPV6, IPV6_RTHDRDSTOPTS) &&
        !has_option(fd, IPPROTO_IPV6, IPV6_RTHDR) && !has_option(fd, IPPROTO_IPV6, IPV6_DSTOPTS);
    return no_checksum >= 0 && receive_errors >= 0 && multicast_interface >= 0 && facts->tos >= 0 &&
           facts->ttl >= 0 && facts->multicast_ttl >= 0;
}

bool ktsn_facts_read(int fd, int family, struct ktsn_facts *facts) {
    socklen_t length = sizeof facts->txtime;
    bool complete = kernel_getsockopt(fd, SOL_SOCKET, SO_TXTIME, &facts->txtime, &length) == 0;
    length = sizeof facts->priority;
    complete =
        complete && kernel_getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &facts->priority, &length) == 0;
    int timestamping = kernel_option(fd, SOL_SOCKET, SO_TIMESTAMPING);
    facts->timestamping = timestamping > 0 ? (uint32_t)timestamping : 0;
    int segment = kernel_option(fd, IPPROTO_UDP, UDP_SEGMENT);
    facts->segment = segment > 0 ? (uint32_t)segment : 0;
    facts->zerocopy = kernel_option(fd, SOL_SOCKET, SO_ZEROCOPY) > 0;
    struct stat owner = {0};
    complete = complete && KTSN_SYSCALL(SYS_fstat, fd, &owner) == 0;
    facts->user = owner.st_uid;

    /* An error is negative; interface indices and marks are read as unsigned. */
    int bound = kernel_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX);
    facts->mark = (uint32_t)kernel_option(fd, SOL_SOCKET, SO_MARK);
    facts->bound_interface = (uint32_t)bound;
    facts->plain = kernel_option(fd, IPPROTO_UDP, UDP_CORK) == 0 &&
                   kernel_option(fd, SOL_SOCKET, SO_DONTROUTE) == 0;
    return complete && bound >= 0 &&
           (family == AF_INET6 ? read_ipv6(fd, facts) : read_ipv4(fd, facts));
}
