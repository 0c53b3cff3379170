/*
 * Shows what the kernel's actions do with frames that come at chosen times. A table of cases on
 * standard input:
 *
 *   case NAME
 *   base MS               the base time: that long after the next full millisecond (or before)
 *   tc WORD...            run by tc, with the base time in place of BASE, of the interface IN
 *   frame AT_US OCTETS D  that long after the base time, a frame with so many octets behind its
 *                         Ethernet header is sent to 02:00:00:00:01:D
 *   end
 *
 * For each case it prints its base time, when tc began and had ended, and of each frame when it was
 * about to be sent, when it had been, and whether it came through; times are TAI nanoseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AVTP 0x22f0
#define HEADER_OCTETS 14
#define MAX_FRAMES 256
#define QUIET_MS 50

static struct {
    int64_t before_ns, after_ns;
    bool passed;
} frames[MAX_FRAMES];

static int frame_count;
static int sender, receiver;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void run(const char *command) {
    if (system(command) != 0) {
        printf("failed: %s\n", command);
        exit(1);
    }
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_TAI, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void wait_until(int64_t instant_ns) {
    struct timespec instant = {instant_ns / 1000000000, instant_ns % 1000000000};
    while (clock_nanosleep(CLOCK_TAI, TIMER_ABSTIME, &instant, NULL) == EINTR)
        ;
}

static int packet_socket(const char *interface, int protocol) {
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons((uint16_t)protocol),
                                  .sll_ifindex = (int)if_nametoindex(interface)};
    const int room = 4 << 20;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die(interface);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    return fd;
}

static void send_frame(int64_t at_ns, int octets, int destination) {
    unsigned char frame[2048] = {2, 0, 0, 0, 1, (unsigned char)destination, 2, 0, 0, 0, 0, 1};
    frame[12] = AVTP >> 8;
    frame[13] = AVTP & 0xff;
    frame[HEADER_OCTETS] = (unsigned char)frame_count;
    if (frame_count == MAX_FRAMES || octets < 1 || octets > (int)sizeof frame - HEADER_OCTETS) {
        printf("failed: frame %d of %d octets\n", frame_count, octets);
        exit(1);
    }
    wait_until(at_ns);
    frames[frame_count].passed = false;
    frames[frame_count].before_ns = now_ns();
    ssize_t sent = send(sender, frame, (size_t)(HEADER_OCTETS + octets), 0);
    frames[frame_count++].after_ns = now_ns();
    if (sent != HEADER_OCTETS + octets)
        die("send");
}

/* Those behind which nothing comes any more have not come through. */
static void receive(void) {
    struct pollfd descriptor = {.fd = receiver, .events = POLLIN};
    while (poll(&descriptor, 1, QUIET_MS) > 0) {
        unsigned char frame[2048];
        if (recv(receiver, frame, sizeof frame, 0) > HEADER_OCTETS)
            frames[frame[HEADER_OCTETS]].passed = true;
    }
}

/* Puts the base time where a line says so, and runs it. */
static void run_tc(const char *words, int64_t base_ns) {
    char line[5000];
    const char *mark = strstr(words, "BASE");
    if (mark == NULL)
        snprintf(line, sizeof line, "exec tc %s", words);
    else
        snprintf(line, sizeof line, "exec tc %.*s%lld%s", (int)(mark - words), words,
                 (long long)base_ns, mark + strlen("BASE"));
    run(line);
}

static void end_case(void) {
    receive();
    for (int i = 0; i < frame_count; i++) {
        printf("frame %d %lld %lld %s\n", i, (long long)frames[i].before_ns,
               (long long)frames[i].after_ns, frames[i].passed ? "passed" : "dropped");
    }
    run("exec tc filter del dev in0 ingress");
    frame_count = 0;
}

int main(void) {
    char line[4096];
    int64_t base_ns = 0;
    long long at_us, base_ms;
    int octets, destination;
    /* Nobody but this program is to send. */
    run("for all in all default; do echo 1 >/proc/sys/net/ipv6/conf/$all/disable_ipv6; done");
    run("ip link add out0 type veth peer name in0");
    run("ip link set out0 up && ip link set in0 up promisc on");
    run("tc qdisc add dev in0 clsact");
    sender = packet_socket("out0", 0);
    receiver = packet_socket("in0", AVTP);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "base %lld", &base_ms) == 1) {
            base_ns = (now_ns() / 1000000 + 1 + base_ms) * 1000000;
            printf("base %lld\n", (long long)base_ns);
        } else if (strncmp(line, "tc ", 3) == 0) {
            long long began_ns = now_ns();
            run_tc(line + 3, base_ns);
            printf("asked %lld %lld\n", began_ns, (long long)now_ns());
        } else if (sscanf(line, "frame %lld %d %d", &at_us, &octets, &destination) == 3) {
            send_frame(base_ns + at_us * 1000, octets, destination);
        } else if (strcmp(line, "end") == 0) {
            end_case();
        } else {
            printf("%s\n", line);
        }
        fflush(stdout);
    }
    return 0;
}
