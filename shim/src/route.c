#include "route.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel.h"
#include "namespace.h"

/* What the kernel looks at of an IPv4 TOS octet; it refuses the ECN bits in a query. */
#define DSCP_MASK 0xfc

struct request {
    struct nlmsghdr header;
    struct rtmsg route;
    char attributes[192];
};

static void add(struct request *request, uint16_t type, const void *value, size_t length) {
    struct rtattr attribute = {.rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(length)};
    char *end = (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);
    memcpy(end, &attribute, sizeof attribute);
    memcpy(end + RTA_LENGTH(0), value, length);
    request->header.nlmsg_len =
        NLMSG_ALIGN(request->header.nlmsg_len) + (uint32_t)RTA_SPACE(length);
}

static void compose(const struct ktsn_route_query *query, struct request *request) {
    size_t octets = ktsn_address_octets(query->family);
    unsigned char bits = (unsigned char)(octets * 8);
    uint8_t tos = query->family == AF_INET ? query->tos & DSCP_MASK : query->tos;
    *request = (struct request){
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof request->route),
                   .nlmsg_type = RTM_GETROUTE,
                   .nlmsg_flags = NLM_F_REQUEST,
                   .nlmsg_seq = 1},
        .route = {.rtm_family = (unsigned char)query->family, .rtm_dst_len = bits, .rtm_tos = tos}};
    const uint8_t protocol = IPPROTO_UDP;
    const uint16_t destination_port = htons(query->destination_port);
    const uint16_t source_port = htons(query->source_port);
    add(request, RTA_DST, &query->destination, octets);
    if (!ktsn_address_is_any(&query->source)) {
        request->route.rtm_src_len = bits;
        add(request, RTA_SRC, &query->source, octets);
    }
    if (query->interface_index != 0)
        add(request, RTA_OIF, &query->interface_index, sizeof query->interface_index);
    if (query->mark != 0)
        add(request, RTA_MARK, &query->mark, sizeof query->mark);
    add(request, RTA_UID, &query->user, sizeof query->user);
    add(request, RTA_IP_PROTO, &protocol, sizeof protocol);
    add(request, RTA_DPORT, &destination_port, sizeof destination_port);
    if (source_port != 0)
        add(request, RTA_SPORT, &source_port, sizeof source_port);
}

static uint32_t word(const struct rtattr *attribute) {
    uint32_t value = 0;
    if (RTA_PAYLOAD(attribute) >= sizeof value)
        memcpy(&value, RTA_DATA(attribute), sizeof value);
    return value;
}

static struct ktsn_address address(const struct rtattr *attribute) {
    struct ktsn_address value = {{0}};
    if (RTA_PAYLOAD(attribute) <= sizeof value)
        memcpy(&value, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
    return value;
}

static void read_metrics(const struct rtattr *metrics, struct ktsn_route *route) {
    int left = (int)RTA_PAYLOAD(metrics);
    const struct rtattr *metric = RTA_DATA(metrics);
    for (; RTA_OK(metric, left); metric = RTA_NEXT(metric, left)) {
        if (metric->rta_type == RTAX_MTU)
            route->mtu = word(metric);
        else if (metric->rta_type == RTAX_HOPLIMIT || metric->rta_type == RTAX_LOCK)
            route->special |= word(metric) != 0;
    }
}

static int read_answer(const struct nlmsghdr *header, long length, struct ktsn_route *route) {
    *route = (struct ktsn_route){.type = RTN_UNREACHABLE};
    if (!NLMSG_OK(header, (unsigned long)length))
        return -EPROTO;
    if (header->nlmsg_type == NLMSG_ERROR)
        return 0; /* the kernel says why when the program sends */
    if (header->nlmsg_type != RTM_NEWROUTE ||
        header->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
        return -EPROTO;
    const struct rtmsg *message = NLMSG_DATA(header);
    route->type = message->rtm_type;
    int left = (int)RTM_PAYLOAD(header);
    const struct rtattr *attribute = RTM_RTA(message);
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        switch (attribute->rta_type) {
        case RTA_OIF:
            route->interface_index = word(attribute);
            break;
        case RTA_PREFSRC:
            route->source = address(attribute);
            break;
        case RTA_GATEWAY:
            route->next_hop = address(attribute);
            break;
        case RTA_METRICS:
            read_metrics(attribute, route);
            break;
        case RTA_ENCAP:
        case RTA_VIA: /* a neighbour of another family */
            route->special = true;
            break;
        }
    }
    return 0;
}

int ktsn_route_find(int fd, const struct ktsn_route_query *query, struct ktsn_route *route) {
    struct request request;
    union {
        struct nlmsghdr header;
        char room[2048];
    } answer;
    long netlink = KTSN_SYSCALL(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0)
        return (int)netlink;
    long result = -EXDEV;
    if (ktsn_namespace_same(fd, (int)netlink, query->home_interface)) {
        compose(query, &request);
        result = kernel_send((int)netlink, &request, request.header.nlmsg_len, 0);
        /* rtnetlink answers before the request returns, so there is nothing to wait for. */
        if (result >= 0)
            result = KTSN_SYSCALL(SYS_recvfrom, netlink, &answer, sizeof answer, MSG_DONTWAIT, NULL,
                                  NULL);
        if (result >= 0)
            result = read_answer(&answer.header, result, route);
    }
    kernel_close((int)netlink);
    return (int)result;
}
