/* What others send to a pod's netlink socket. Needs root: only root may send to others there. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "ktsn_native.h"

static const char here[] = "/proc/thread-self/ns/net";

static int sender(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    CHECK(fd >= 0, "%s", strerror(errno));
    return fd;
}

static int send_to(int fd, uint32_t id, uint32_t groups) {
    struct nlmsghdr message = {.nlmsg_len = sizeof message, .nlmsg_type = NLMSG_NOOP};
    struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = id, .nl_groups = groups};
    ssize_t sent = sendto(fd, &message, sizeof message, 0, (struct sockaddr *)&to, sizeof to);
    return sent < 0 ? -errno : 0;
}

static uint32_t id_of(int fd) {
    struct sockaddr_nl name = {0};
    socklen_t length = sizeof name;
    CHECK(getsockname(fd, (struct sockaddr *)&name, &length) == 0, "%s", strerror(errno));
    return name.nl_pid;
}

static void should_take_nothing_that_is_sent_to_it_alone(void) {
    int own = ktsn_netlink_open(here, RTMGRP_LINK);
    CHECK(own >= 0, "%s", ktsn_error());
    int foreign = sender();
    int result = send_to(foreign, id_of(own), 0);
    CHECK(result == -ECONNREFUSED, "%d", result);
    close(foreign);
    close(own);
}

static void should_return_while_others_go_on_sending(void) {
    char buffer[8192];
    int own = ktsn_netlink_open(here, RTMGRP_LINK);
    CHECK(own >= 0, "%s", ktsn_error());
    int foreign = sender();
    int waiting = 0;
    while (waiting < 200 && send_to(foreign, 0, RTMGRP_LINK) != -ENOBUFS)
        waiting++;
    CHECK(waiting == 200, "only %d messages wait", waiting);
    int octets = ktsn_netlink_receive(own, buffer, sizeof buffer);
    CHECK(octets == 0, "%d", octets);
    CHECK(recv(own, buffer, sizeof buffer, MSG_DONTWAIT) > 0,
          "it has read all of what others sent at once");
    int calls = 0;
    while (recv(own, buffer, 1, MSG_DONTWAIT | MSG_PEEK) > 0 && calls < 200) {
        octets = ktsn_netlink_receive(own, buffer, sizeof buffer);
        CHECK(octets == 0, "%d", octets);
        calls++;
    }
    CHECK(calls > 0 && calls < 200, "%d calls", calls);
    close(foreign);
    close(own);
}

static void should_still_hear_the_kernel_behind_what_others_sent(void) {
    char buffer[8192];
    int own = ktsn_netlink_open(here, RTMGRP_LINK);
    CHECK(own >= 0, "%s", ktsn_error());
    int foreign = sender();
    for (int i = 0; i < 3; i++)
        send_to(foreign, 0, RTMGRP_LINK);
    struct {
        struct nlmsghdr header;
        struct ifinfomsg interface;
    } ask = {.header = {.nlmsg_len = sizeof ask,
                        .nlmsg_type = RTM_GETLINK,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                        .nlmsg_seq = 7}};
    CHECK(ktsn_netlink_send(own, &ask, sizeof ask) == (int)sizeof ask, "%s", ktsn_error());
    int octets = ktsn_netlink_receive(own, buffer, sizeof buffer);
    struct nlmsghdr first;
    CHECK(octets > (int)sizeof first, "%d", octets);
    memcpy(&first, buffer, sizeof first);
    CHECK(first.nlmsg_type == RTM_NEWLINK && first.nlmsg_seq == 7, "type %u", first.nlmsg_type);
    close(foreign);
    close(own);
}

int main(void) {
    if (unshare(CLONE_NEWNET) != 0) {
        perror("a network namespace of its own, for which this test needs root");
        return 1;
    }
    RUN(should_take_nothing_that_is_sent_to_it_alone);
    RUN(should_return_while_others_go_on_sending);
    RUN(should_still_hear_the_kernel_behind_what_others_sent);
    return REPORT();
}
