/*
 * Packet sockets: the same program's frames once with the kernel and once with the library, octet
 * by octet, with what its calls return. The pod's interface is tsn0, beside it is side0; the far
 * ends of both, in one other namespace, show what has gone the kernel's way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "daemon.h"
#include "world.h"

#define PATIENCE_MS 10000
#define FRAMES 512

static struct {
    const char *plain, *programs;
    char library[512];
    char directory[64], path[96];
    int far;
    uint32_t interface;
} world;

/* What a program printed, and the frames that left. */
static struct run {
    char lines[FRAMES][256];
    int line_count;
    struct sent {
        uint8_t octets[2048];
        size_t length;
    } frames[FRAMES];
    int frame_count;
} kernel_s, library_s;

static void enter_far(int home, pid_t holder) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/ns/net", (int)holder);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(setns(fd, CLONE_NEWNET), 0);
    close(fd);
    const int on = 1;
    world.far = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    CHECK(world.far >= 0);
    CHECK_EQUAL(setsockopt(world.far, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on), 0);
    const int room = 8 << 20;
    CHECK_EQUAL(setsockopt(world.far, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
    CHECK_EQUAL(setns(home, CLONE_NEWNET), 0);
}

static void make_network(void) {
    int ready[2];
    char octet;
    enter_network();
    CHECK_EQUAL(pipe2(ready, O_CLOEXEC), 0);
    pid_t holder = fork();
    if (holder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    CHECK_EQUAL(read(ready[0], &octet, 1), 1);
    /* No IPv6, so that nobody but the test sends. */
    command("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
    command("nsenter -t %d -n sysctl -qw net.ipv6.conf.default.disable_ipv6=1", (int)holder);
    command("ip link add tsn0 index 77 address 02:00:00:00:00:02 type veth peer name far0 netns %d",
            (int)holder);
    command("ip link add side0 type veth peer name far1 netns %d", (int)holder);
    command("nsenter -t %d -n sh -c 'ip link set far0 up; ip link set far1 up'", (int)holder);
    command("ip link set tsn0 up; ip link set side0 up");
    world.interface = if_nametoindex("tsn0");
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    enter_far(home, holder);
    close(home);
}

/* Puts a tag back that the receiving kernel has taken out of a frame. */
static void restore_tag(struct msghdr *message, struct sent *frame) {
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
         header = CMSG_NXTHDR(message, header)) {
        struct tpacket_auxdata data;
        if (header->cmsg_level != SOL_PACKET || header->cmsg_type != PACKET_AUXDATA)
            continue;
        memcpy(&data, CMSG_DATA(header), sizeof data);
        if ((data.tp_status & TP_STATUS_VLAN_VALID) == 0)
            return;
        const uint16_t tag[2] = {htons(data.tp_vlan_tpid), htons(data.tp_vlan_tci)};
        memmove(frame->octets + 16, frame->octets + 12, frame->length - 12);
        memcpy(frame->octets + 12, tag, sizeof tag);
        frame->length += sizeof tag;
    }
}

/* Receives what has gone the kernel's way; false if nothing comes. */
static bool far_await(struct sent *frame, int timeout_ms) {
    struct pollfd descriptor = {.fd = world.far, .events = POLLIN};
    while (poll(&descriptor, 1, timeout_ms) > 0) {
        char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        struct sockaddr_ll from;
        struct iovec part = {frame->octets, sizeof frame->octets - 4};
        struct msghdr message = {.msg_name = &from,
                                 .msg_namelen = sizeof from,
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t length = recvmsg(world.far, &message, MSG_DONTWAIT);
        CHECK(length >= 0);
        if (from.sll_pkttype == PACKET_OUTGOING)
            continue;
        frame->length = (size_t)length;
        restore_tag(&message, frame);
        return true;
    }
    return false;
}

/* ---- running the program ---- */

static FILE *start(bool with_library, pid_t *process) {
    int output[2];
    CHECK_EQUAL(pipe2(output, O_CLOEXEC), 0);
    *process = fork();
    if (*process == 0) {
        char program[512];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(output[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        if (with_library && world.library[0] != '\0')
            setenv("LD_PRELOAD", world.library, 1);
        setenv("KTSN_SOCKET", world.path, 1);
        snprintf(program, sizeof program, "%s/frames", with_library ? world.programs : world.plain);
        execl(program, program, "tsn0", "side0", (char *)NULL);
        _exit(127);
    }
    close(output[1]);
    return fdopen(output[0], "r");
}

static void check_slot(const struct daemon_record *record, const char *name, uint32_t priority,
                       long long stamp) {
    const struct ktsn_slot *slot = &record->slot;
    if (slot->priority != priority || slot->launch_time_ns != stamp)
        fprintf(stderr, "%s: priority %u, stamp %lld\n", name, slot->priority,
                (long long)slot->launch_time_ns);
    CHECK_EQUAL(slot->priority, priority);
    CHECK_EQUAL(slot->launch_time_ns, stamp);
    CHECK_EQUAL(slot->family, AF_PACKET);
    CHECK_EQUAL(slot->flags, 0);
    CHECK_EQUAL(slot->source_port, 0);
    CHECK_EQUAL(slot->destination_port, 0);
    CHECK_EQUAL(memcmp(slot->destination, record->payload, 6), 0);
    CHECK_EQUAL(memcmp(slot->source, record->payload + 6, 6), 0);
    CHECK(slot->sent_ns > 0);
}

/* Takes the frames of a line's case from where they have to be. */
static void collect(struct run *run, struct daemon *daemon, const char *line) {
    char name[128], ways[16];
    unsigned int priority;
    long long stamp;
    CHECK_EQUAL(sscanf(line, "%127[^|]|%15[^|]|%u|%lld", name, ways, &priority, &stamp), 4);
    for (const char *way = ways; *way != '\0' && *way != '-'; way++) {
        struct sent *frame = &run->frames[run->frame_count++];
        CHECK(run->frame_count < FRAMES);
        if (daemon == NULL || *way == 'K') {
            if (!far_await(frame, PATIENCE_MS)) {
                fprintf(stderr, "no frame has gone the kernel's way: %s", line);
                exit(1);
            }
            continue;
        }
        struct daemon_record record;
        if (!daemon_take(daemon, &record)) {
            fprintf(stderr, "no frame is in the ring: %s", line);
            exit(1);
        }
        check_slot(&record, name, priority, stamp + (way - ways));
        frame->length = record.slot.length;
        memcpy(frame->octets, record.payload, frame->length);
    }
}

static void run_frames(struct run *run, struct daemon *daemon, bool with_library) {
    pid_t process;
    int status;
    FILE *output = start(with_library, &process);
    *run = (struct run){0};
    command("ip link set side0 up");
    while (fgets(run->lines[run->line_count], sizeof run->lines[0], output) != NULL) {
        if (run->lines[run->line_count][0] != '#')
            collect(run, daemon, run->lines[run->line_count]);
        run->line_count++;
        CHECK(run->line_count < FRAMES);
    }
    CHECK_EQUAL(waitpid(process, &status, 0), process);
    CHECK_EQUAL(status, 0);
    fclose(output);
    struct sent frame;
    struct daemon_record record;
    CHECK(!far_await(&frame, 0));
    CHECK(daemon == NULL || !daemon_take(daemon, &record));
}

static void compare(void) {
    CHECK_EQUAL(library_s.line_count, kernel_s.line_count);
    for (int i = 0; i < kernel_s.line_count; i++) {
        if (strcmp(library_s.lines[i], kernel_s.lines[i]) != 0) {
            fprintf(stderr, "kernel:  %slibrary: %s", kernel_s.lines[i], library_s.lines[i]);
            exit(1);
        }
    }
    CHECK_EQUAL(library_s.frame_count, kernel_s.frame_count);
    for (int i = 0; i < kernel_s.frame_count; i++) {
        const struct sent *one = &kernel_s.frames[i], *other = &library_s.frames[i];
        if (one->length != other->length || memcmp(one->octets, other->octets, one->length) != 0)
            fprintf(stderr, "frame %d of %zu octets is not the kernel's of %zu\n", i, other->length,
                    one->length);
        CHECK_EQUAL(other->length, one->length);
        CHECK_EQUAL(memcmp(one->octets, other->octets, one->length), 0);
    }
}

static struct daemon *start_daemon(uint32_t interface) {
    struct daemon_options options = {
        .slot_count = 256, .slot_octets = 2048, .interface_index = interface, .mtu = 1500};
    return daemon_start(world.path, &options);
}

/* ---- tests ---- */

static void should_send_to_the_octet_what_the_kernel_sends(void) {
    run_frames(&kernel_s, NULL, false);
    CHECK(kernel_s.frame_count > 70);
    struct daemon *daemon = start_daemon(world.interface);
    run_frames(&library_s, daemon, true);
    daemon_kill(daemon);
    compare();
}

static void should_leave_all_to_the_kernel_without_a_daemon(void) {
    unlink(world.path);
    run_frames(&library_s, NULL, true);
    compare();
}

static pid_t main_process;

static void tidy(void) {
    if (getpid() == main_process) {
        unlink(world.path);
        rmdir(world.directory);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: %s PLAIN-PROGRAMS PROGRAMS [LIBRARY]\n", argv[0]);
        return 2;
    }
    world.plain = argv[1];
    world.programs = argv[2];
    snprintf(world.library, sizeof world.library, "%s", argc > 3 ? argv[3] : "");
    make_network();
    snprintf(world.directory, sizeof world.directory, "/tmp/ktsn-packet-XXXXXX");
    CHECK(mkdtemp(world.directory) != NULL);
    main_process = getpid();
    atexit(tidy);
    snprintf(world.path, sizeof world.path, "%s/app.sock", world.directory);

    RUN(should_send_to_the_octet_what_the_kernel_sends);
    RUN(should_leave_all_to_the_kernel_without_a_daemon);
    return 0;
}
