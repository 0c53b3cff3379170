/*
 * The library in ordinary programs, on a network of two namespaces: this process lives in the
 * pod's, with the interface tsn0 (10.77.0.2); the far end (10.77.0.3) is in another. What arrives
 * there has gone the kernel's way. Nothing has a name outside, so nothing remains.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "daemon.h"
#include "world.h"

#define PATIENCE_MS (world.patience_ms)

/* UDP_SEGMENT, which old headers lack. */
#define SEGMENT 103

/* UDP_CORK */
#define CORK 1

static struct {
    const char *plain;    /* programs without the library */
    const char *programs; /* programs with the library: preloaded, or linked into them */
    char library[512];    /* what to preload; empty: nothing */
    int patience_ms;
    const char *root; /* in which they run, or NULL: this process's; with its own C library */
    char directory[64];
    char path[96];
    int far_socket;
    uint32_t interface;
    struct daemon *daemon;
} world;

/* ---- the network ---- */

/* A process that does nothing but hold the far end's namespace. */
static pid_t hold_namespace(void) {
    int ready[2];
    char octet = 0;
    CHECK_EQUAL(pipe2(ready, O_CLOEXEC), 0);
    pid_t holder = fork();
    if (holder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    CHECK_EQUAL(read(ready[0], &octet, 1), 1);
    close(ready[0]);
    return holder;
}

static void enter_namespace(pid_t process) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/ns/net", (int)process);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_EQUAL(setns(fd, CLONE_NEWNET), 0);
    close(fd);
}

static void make_network(void) {
    enter_network();
    pid_t far = hold_namespace();
    command("ip link add tsn0 index 77 type veth peer name far0 netns %d", (int)far);
    command("ip addr add 10.77.0.2/16 broadcast 10.77.255.255 dev tsn0");
    command("ip link set tsn0 up");
    command("ip link add side0 type veth peer name side1");
    command("ip addr add 192.0.2.1/24 dev side0");
    command("ip link set side0 up");
    command("ip route add prohibit 198.51.100.0/24");
    command("ip route add 239.1.2.0/24 dev tsn0");
    command("nsenter -t %d -n sh -c 'ip link set lo up; ip addr add 10.77.0.3/16 dev far0; "
            "ip link set far0 up; sysctl -qw net.ipv4.icmp_ratelimit=0'",
            (int)far);
    world.interface = if_nametoindex("tsn0");

    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    enter_namespace(far);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9000)};
    world.far_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int room = 8 << 20;
    CHECK_EQUAL(setsockopt(world.far_socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
    CHECK_EQUAL(bind(world.far_socket, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQUAL(setns(home, CLONE_NEWNET), 0);
    close(home);
}

/* The length of the next datagram that took the kernel's way, or -1 if none comes. */
static long far_await(int timeout_ms) {
    static char payload[70000];
    struct pollfd descriptor = {.fd = world.far_socket, .events = POLLIN};
    if (poll(&descriptor, 1, timeout_ms) <= 0)
        return -1;
    return recv(world.far_socket, payload, sizeof payload, 0);
}

static void far_drain(void) {
    while (far_await(0) >= 0)
        ;
}

/* The first datagram finds the link up and the neighbour known, or the network is not usable. */
static void try_network(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9000)};
    inet_pton(AF_INET, "10.77.0.3", &address.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address), 1);
    CHECK_EQUAL(far_await(PATIENCE_MS), 1);
    close(fd);
}

static void start_daemon_with(uint32_t slot_count) {
    struct daemon_options options = {.slot_count = slot_count,
                                     .slot_octets = 2048,
                                     .interface_index = world.interface,
                                     .mtu = 1500};
    world.daemon = daemon_start(world.path, &options);
}

static void start_daemon(void) {
    start_daemon_with(64);
}

static void stop_daemon(void) {
    daemon_kill(world.daemon);
    world.daemon = NULL;
    unlink(world.path);
}

/* ---- talkers ---- */

/* The root of a program that this process starts; it has the library at the same place. */
static void enter_root(void) {
    if (world.root != NULL && (chroot(world.root) != 0 || chdir("/") != 0))
        _exit(126);
}

/* What programs find there besides what it has. */
static void furnish_root(void) {
    CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
    command("mount --make-rprivate /");
    command(
        "cd %s && mkdir -p tmp proc dev && mount --rbind /tmp tmp && mount -t proc proc proc && "
        "mount --bind /dev dev",
        world.root);
}

struct talker {
    pid_t process;
    FILE *input, *output;
};

static void preload(void) {
    if (world.library[0] != '\0')
        setenv("LD_PRELOAD", world.library, 1);
    setenv("KTSN_SOCKET", world.path, 1);
    /* A cancelled thread leaves its alternate signal stack in a state that the sanitizer misjudges.
     */
    setenv("ASAN_OPTIONS", "use_sigaltstack=0", 1);
}

static struct talker start_talker(void) {
    int input[2], output[2];
    CHECK_EQUAL(pipe2(input, O_CLOEXEC), 0);
    CHECK_EQUAL(pipe2(output, O_CLOEXEC), 0);
    pid_t process = fork();
    if (process == 0) {
        char program[512];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        preload();
        snprintf(program, sizeof program, "%s/talker", world.programs);
        enter_root();
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(input[0]);
    close(output[1]);
    return (struct talker){process, fdopen(input[1], "w"), fdopen(output[0], "r")};
}

static void tell(struct talker *talker, const char *format, va_list arguments) {
    vfprintf(talker->input, format, arguments);
    fputc('\n', talker->input);
    fflush(talker->input);
}

/* Waits for a line; a talker that hangs fails the test. */
static void hear(struct talker *talker, char *line, size_t size) {
    struct pollfd descriptor = {.fd = fileno(talker->output), .events = POLLIN};
    CHECK(poll(&descriptor, 1, PATIENCE_MS) == 1);
    CHECK(fgets(line, (int)size, talker->output) != NULL);
}

static long long result_of(const char *line) {
    long long result;
    int error;
    CHECK_EQUAL(sscanf(line, "%lld %d", &result, &error), 2);
    return result < 0 && error != 0 ? -error : result;
}

static long long heard(struct talker *talker) {
    char line[128];
    hear(talker, line, sizeof line);
    return result_of(line);
}

/* Has the talker do something; returns its result or -errno. */
__attribute__((format(printf, 2, 3))) static long long say(struct talker *talker,
                                                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(talker, format, arguments);
    va_end(arguments);
    return heard(talker);
}

__attribute__((format(printf, 2, 3))) static void say_only(struct talker *talker,
                                                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(talker, format, arguments);
    va_end(arguments);
}

static void end_talker(struct talker *talker) {
    int status;
    fclose(talker->input);
    CHECK_EQUAL(waitpid(talker->process, &status, 0), talker->process);
    CHECK_EQUAL(status, 0);
    fclose(talker->output);
}

/* A talker with one socket that stamps. */
static struct talker start_stamping(int clock, int flags) {
    struct talker talker = start_talker();
    CHECK(say(&talker, "socket") >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d %d", clock, flags), 0);
    return talker;
}

static struct daemon_record taken(void) {
    struct daemon_record record;
    CHECK(daemon_await(world.daemon, &record, PATIENCE_MS));
    return record;
}

static bool nothing_taken(void) {
    struct daemon_record record;
    return !daemon_take(world.daemon, &record);
}

static uint32_t word(const uint8_t address[16]) {
    uint32_t value;
    memcpy(&value, address, sizeof value);
    return ntohl(value);
}

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Finds the talker's descriptors of at least 500; those are the library's. */
static int own_descriptors(const struct talker *talker, int list[8]) {
    char name[64];
    int count = 0;
    snprintf(name, sizeof name, "/proc/%d/fd", (int)talker->process);
    DIR *directory = opendir(name);
    CHECK(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < 8;) {
        int fd = atoi(entry->d_name);
        if (fd >= 500)
            list[count++] = fd;
    }
    closedir(directory);
    return count;
}

/* ---- what goes into the ring ---- */

static void should_hand_over_a_datagram_with_all_its_fields(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 256 123456789 1"), 256);
    struct daemon_record record = taken();
    CHECK_EQUAL(record.slot.launch_time_ns, 123456789);
    CHECK_EQUAL(record.slot.family, AF_INET);
    CHECK_EQUAL(record.slot.flags, KTSN_SLOT_DONT_FRAGMENT);
    CHECK_EQUAL(record.slot.tos, 0);
    CHECK_EQUAL(record.slot.ttl, 64);
    CHECK_EQUAL(record.slot.priority, 0);
    CHECK_EQUAL(record.slot.source_port, say(&talker, "port"));
    CHECK_EQUAL(record.slot.destination_port, 9000);
    CHECK_EQUAL(record.slot.length, 256);
    CHECK_EQUAL(word(record.slot.source), 0x0a4d0002);
    CHECK_EQUAL(word(record.slot.destination), 0x0a4d0003);
    CHECK(record.slot.socket != 0);
    for (int i = 0; i < 256; i++)
        CHECK_EQUAL(record.payload[i], (7 + i) & 0xff);
    CHECK_EQUAL(far_await(0), -1);
    end_talker(&talker);
    stop_daemon();
}

static void should_take_every_size_and_every_vector(void) {
    static const int lengths[] = {0, 1, 2, 64, 1024, 1471, 1472};
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int parts = 1; parts <= 8; parts++) {
            CHECK_EQUAL(say(&talker, "stamp - 0 %d 1 %d", lengths[i], parts), lengths[i]);
            struct daemon_record record = taken();
            CHECK_EQUAL(record.slot.length, lengths[i]);
            CHECK_EQUAL(word(record.slot.destination), 0x0a4d0003);
            CHECK_EQUAL(record.slot.destination_port, 9000);
            for (int k = 0; k < lengths[i]; k++)
                CHECK_EQUAL(record.payload[k], (7 + k) & 0xff);
        }
    }
    end_talker(&talker);
    stop_daemon();
}

static void should_convert_every_clock(void) {
    start_daemon();
    static const clockid_t clocks[] = {CLOCK_TAI, CLOCK_REALTIME, CLOCK_MONOTONIC};
    for (int i = 0; i < 3; i++) {
        struct talker talker = start_stamping(clocks[i], 0);
        for (int round = 0; round < 20; round++) {
            int64_t before_ns = clock_ns(CLOCK_TAI);
            int64_t instant_ns = clock_ns(clocks[i]) + 1000000;
            int64_t after_ns = clock_ns(CLOCK_TAI);
            CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 %lld 1", (long long)instant_ns), 8);
            struct daemon_record record = taken();
            CHECK(record.slot.launch_time_ns >= before_ns + 1000000 - 1000);
            CHECK(record.slot.launch_time_ns <= after_ns + 1000000 + 1000);
            CHECK(record.slot.sent_ns >= after_ns);
            CHECK(record.slot.sent_ns <= clock_ns(CLOCK_TAI));
            /* By the clock of those who pace for the kernel's fq, the past means at once. */
            CHECK_EQUAL((record.slot.flags & KTSN_SLOT_PAST_IS_NOW) != 0,
                        clocks[i] == CLOCK_MONOTONIC);
        }
        end_talker(&talker);
    }
    stop_daemon();
}

static void should_keep_the_distance_between_monotonic_instants(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_MONOTONIC, 0);
    int64_t first_ns = 0;
    for (int i = 0; i < 100; i++) {
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 %d 1", i * 1000), 8);
        struct daemon_record record = taken();
        if (i == 0)
            first_ns = record.slot.launch_time_ns;
        CHECK_EQUAL(record.slot.launch_time_ns - first_ns, i * 1000);
    }
    end_talker(&talker);
    stop_daemon();
}

static void should_take_senseless_instants_as_past(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 0 1"), 8);
    CHECK_EQUAL(taken().slot.launch_time_ns, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 -5 1"), 8);
    CHECK_EQUAL(taken().slot.launch_time_ns, 0);
    end_talker(&talker);
    stop_daemon();
}

/* Beside musl nobody asks for reports: docs/libktsn.md. */
static uint8_t reports_asked_for(void) {
    bool musl = world.root != NULL && strstr(world.root, "musl") != NULL;
    return musl ? 0 : KTSN_SLOT_REPORT_ERRORS;
}

static void should_follow_the_socket_s_options(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    CHECK_EQUAL(say(&talker, "int %d %d %d", IPPROTO_IP, IP_TOS, 0xb8), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    struct daemon_record record = taken();
    CHECK_EQUAL(record.slot.tos, 0xb8);
    CHECK_EQUAL(record.slot.priority, 4);
    CHECK_EQUAL(say(&talker, "int %d %d %d", SOL_SOCKET, SO_PRIORITY, 6), 0);
    CHECK_EQUAL(say(&talker, "int %d %d %d", IPPROTO_IP, IP_TTL, 33), 0);
    CHECK_EQUAL(say(&talker, "int %d %d %d", SOL_SOCKET, SO_NO_CHECK, 1), 0);
    CHECK_EQUAL(say(&talker, "int %d %d %d", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT), 0);
    CHECK_EQUAL(say(&talker, "txtime %d %d", CLOCK_TAI, 3), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    record = taken();
    CHECK_EQUAL(record.slot.priority, 6);
    CHECK_EQUAL(record.slot.ttl, 33);
    CHECK_EQUAL(record.slot.flags,
                KTSN_SLOT_NO_CHECKSUM | KTSN_SLOT_DEADLINE_MODE | reports_asked_for());
    CHECK_EQUAL(say(&talker, "extra %d %d %d", IPPROTO_IP, IP_TOS, 0x08), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    record = taken();
    CHECK_EQUAL(record.slot.tos, 0x08);
    CHECK_EQUAL(record.slot.priority, 2);
    CHECK_EQUAL(say(&talker, "extra %d %d %d", IPPROTO_IP, IP_TTL, 5), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    record = taken();
    CHECK_EQUAL(record.slot.ttl, 5);
    CHECK_EQUAL(record.slot.tos, 0xb8);
    end_talker(&talker);
    stop_daemon();
}

static void should_see_a_change_that_another_process_made(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    say_only(&talker, "fork");
    CHECK(heard(&talker) >= 0);
    uint32_t epoch = daemon_ring(world.daemon)->socket_epoch;
    CHECK_EQUAL(say(&talker, "int %d %d %d", SOL_SOCKET, SO_PRIORITY, 5), 0);
    CHECK_EQUAL(daemon_ring(world.daemon)->socket_epoch, epoch + 1);
    end_talker(&talker);
    stop_daemon();
}

static void should_send_to_groups_and_broadcasts(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 239.1.2.3 9000 8 1 1"), 8);
    struct daemon_record record = taken();
    CHECK_EQUAL(record.slot.ttl, 1);
    CHECK_EQUAL(word(record.slot.source), 0x0a4d0002);
    CHECK_EQUAL(say(&talker, "int %d %d %d", IPPROTO_IP, IP_MULTICAST_TTL, 8), 0);
    CHECK_EQUAL(say(&talker, "multicast %u", world.interface), 0);
    CHECK_EQUAL(say(&talker, "stamp 239.99.2.3 9000 8 1 1"), 8);
    record = taken();
    CHECK_EQUAL(record.slot.ttl, 8);
    CHECK_EQUAL(word(record.slot.destination), 0xef630203);
    CHECK_EQUAL(say(&talker, "multicast %u", if_nametoindex("side0")), 0);
    CHECK_EQUAL(say(&talker, "stamp 239.1.2.3 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    CHECK_EQUAL(say(&talker, "stamp 10.77.255.255 9000 8 1 1"), -EACCES);
    CHECK_EQUAL(say(&talker, "int %d %d 1", SOL_SOCKET, SO_BROADCAST), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.255.255 9000 8 1 1"), 8);
    record = taken();
    CHECK_EQUAL(record.slot.ttl, 64);
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

static void should_send_several_at_once(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "many 10.77.0.3 9000 100 40 5000 1"), 40);
    for (int i = 0; i < 40; i++) {
        struct daemon_record record = taken();
        CHECK_EQUAL(record.slot.launch_time_ns, 5000 + i);
        CHECK_EQUAL(record.payload[0], i);
    }
    CHECK_EQUAL(say(&talker, "many 10.77.0.3 9000 100 40 5000 2"), 40);
    for (int i = 0; i < 40; i += 2) {
        CHECK_EQUAL(taken().slot.launch_time_ns, 5000 + i);
        CHECK_EQUAL(far_await(PATIENCE_MS), 100);
    }
    CHECK(nothing_taken());
    CHECK_EQUAL(far_await(0), -1);
    end_talker(&talker);
    stop_daemon();
}

static void should_hint_at_destinations_early(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_REALTIME, 0);
    CHECK_EQUAL(daemon_hints(world.daemon), 0);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    for (int i = 0; i < PATIENCE_MS && daemon_hints(world.daemon) == 0; i++)
        poll(NULL, 0, 1);
    CHECK_EQUAL(daemon_hints(world.daemon), 1);
    CHECK_EQUAL(ntohl(daemon_last_hint(world.daemon)), 0x0a4d0003);
    end_talker(&talker);
    stop_daemon();
}

/* ---- what remains the kernel's ---- */

static void should_leave_the_rest_to_the_kernel(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "plain 10.77.0.3 9000 50"), 50);
    CHECK_EQUAL(far_await(PATIENCE_MS), 50);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 1473 1 1"), 1473);
    CHECK_EQUAL(far_await(PATIENCE_MS), 1473);
    CHECK_EQUAL(say(&talker, "stamp 127.0.0.1 9000 8 1 1"), 8);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.2 9000 8 1 1"), 8);
    CHECK_EQUAL(say(&talker, "stamp 192.0.2.9 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    CHECK_EQUAL(say(&talker, "int %d %d %u", SOL_SOCKET, 62, if_nametoindex("side0")), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    CHECK_EQUAL(say(&talker, "int %d %d 0", SOL_SOCKET, 62), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    end_talker(&talker);
    stop_daemon();
}

/* What comes out of one call with segments: a length for each datagram, and what it begins with. */
struct pieces {
    int count;
    struct {
        long length;
        unsigned char first;
    } piece[160];
};

static struct pieces pieces_by_kernel(struct talker *talker, int length) {
    struct pieces pieces = {0};
    CHECK_EQUAL(say(talker, "plain 10.77.0.3 9000 %d", length), length);
    for (long left = length; left > 0; pieces.count++) {
        unsigned char payload[4096];
        struct pollfd descriptor = {.fd = world.far_socket, .events = POLLIN};
        CHECK_EQUAL(poll(&descriptor, 1, PATIENCE_MS), 1);
        ssize_t octets = recv(world.far_socket, payload, sizeof payload, 0);
        CHECK(octets > 0);
        pieces.piece[pieces.count].length = octets;
        pieces.piece[pieces.count].first = payload[0];
        left -= octets;
    }
    CHECK_EQUAL(far_await(0), -1);
    return pieces;
}

static void should_cut_into_segments_as_the_kernel_does(void) {
    static const int cuts[][2] = {{100, 4096}, {100, 4000}, {1472, 4096}, {1472, 1472}, {1, 64},
                                  {33, 32},    {33, 33},    {33, 34},     {1400, 2801}};
    start_daemon_with(512);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        int size = cuts[i][0], length = cuts[i][1];
        for (int by_control = 0; by_control < 2; by_control++) {
            CHECK_EQUAL(say(&talker, "int %d %d %d", IPPROTO_UDP, SEGMENT, size), 0);
            struct pieces kernel = pieces_by_kernel(&talker, length);
            if (by_control) {
                CHECK_EQUAL(say(&talker, "int %d %d %d", IPPROTO_UDP, SEGMENT, 55), 0);
                CHECK_EQUAL(say(&talker, "extra %d %d %d 2", IPPROTO_UDP, SEGMENT, size), 0);
            }
            CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 %d %d 8", length, 1000 + size), length);
            for (int k = 0; k < kernel.count; k++) {
                struct daemon_record record = taken();
                CHECK_EQUAL(record.slot.length, kernel.piece[k].length);
                CHECK_EQUAL(record.payload[0], kernel.piece[k].first);
                CHECK_EQUAL(record.payload[record.slot.length - 1],
                            (unsigned char)(kernel.piece[k].first + record.slot.length - 1));
                CHECK_EQUAL(record.slot.launch_time_ns, 1000 + size);
            }
            CHECK(nothing_taken());
            CHECK_EQUAL(far_await(0), -1);
            CHECK_EQUAL(say(&talker, "extra 0 0 0"), 0);
        }
    }
    /* 0 switches it off, for the socket and for a message. */
    CHECK_EQUAL(say(&talker, "int %d %d 0", IPPROTO_UDP, SEGMENT), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 1000 1 1"), 1000);
    CHECK_EQUAL(taken().slot.length, 1000);
    CHECK_EQUAL(say(&talker, "int %d %d 100", IPPROTO_UDP, SEGMENT), 0);
    CHECK_EQUAL(say(&talker, "extra %d %d 0 2", IPPROTO_UDP, SEGMENT), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 1000 1 1"), 1000);
    CHECK_EQUAL(taken().slot.length, 1000);
    end_talker(&talker);
    stop_daemon();
}

static void should_take_all_segments_or_none(void) {
    struct daemon_record record;
    start_daemon_with(64);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "int %d %d 10", IPPROTO_UDP, SEGMENT), 0);
    CHECK_EQUAL(say(&talker, "nonblock 1"), 0);
    /* 60 of 64. */
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 200 1 1"), 200);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 41 1 1"), -EAGAIN);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 40 1 1"), 40);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 1 1 1"), -EAGAIN);
    for (int i = 0; i < 64; i++)
        CHECK_EQUAL(taken().slot.length, 10);
    CHECK(nothing_taken());
    /* One that may wait waits for room for all. */
    CHECK_EQUAL(say(&talker, "nonblock 0"), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 200 1 1"), 200);
    say_only(&talker, "stamp 10.77.0.3 9000 200 1 1");
    for (int i = 0; i < 80; i++)
        CHECK_EQUAL(taken().slot.length, 10);
    CHECK_EQUAL(heard(&talker), 200);
    CHECK(!daemon_take(world.daemon, &record));
    /* What never has room is the kernel's. */
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 640 1 1"), 640);
    for (int i = 0; i < 64; i++)
        CHECK_EQUAL(far_await(PATIENCE_MS), 10);
    CHECK(nothing_taken());
    end_talker(&talker);
    stop_daemon();
}

/* Where several fill the queue at the same instant, what is left of a send is the kernel's. */
static void should_lose_no_segment_among_threads_and_processes(void) {
    enum { THREADS = 4, COUNT = 200, PROCESSES = 2, EACH = 4 };
    struct daemon_record record;
    int arrived = 0;
    start_daemon_with(16);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "int %d %d 2", IPPROTO_UDP, SEGMENT), 0);
    say_only(&talker, "flood %d %d %d", THREADS, COUNT, PROCESSES - 1);
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + PATIENCE_MS * INT64_C(1000000);
    while (arrived < THREADS * COUNT * PROCESSES * EACH) {
        CHECK(clock_ns(CLOCK_MONOTONIC) < until_ns);
        int before = arrived;
        while (far_await(0) == 2)
            arrived++;
        if (daemon_await(world.daemon, &record, 1)) {
            CHECK_EQUAL(record.slot.length, 2);
            arrived++;
        }
        if (arrived > before)
            until_ns = clock_ns(CLOCK_MONOTONIC) + PATIENCE_MS * INT64_C(1000000);
    }
    CHECK_EQUAL(heard(&talker), 0);
    CHECK(nothing_taken());
    CHECK_EQUAL(far_await(0), -1);
    end_talker(&talker);
    stop_daemon();
}

static void should_let_the_kernel_join_what_was_begun(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    CHECK_EQUAL(say(&talker, "more 10.77.0.3 9000"), 4);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 12);
    CHECK(nothing_taken());
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    end_talker(&talker);
    stop_daemon();
}

/* Whoever begins a datagram, the kernel joins what follows: one arrives, and nothing is handed
 * over. */
static void should_let_the_kernel_join_all_that_is_begun(void) {
    static const struct {
        const char *begin;
        int octets;
    } ways[] = {{"joined - 0 8", 8},
                {"joined 10.77.0.3 9000 1", 1},
                {"more 10.77.0.3 9000", 4},
                {"splice 1", 6},
                {"joined - 0 1472", 1472}};
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    for (int by_number = 0; by_number < 2; by_number++) {
        CHECK_EQUAL(say(&talker, "number %d", by_number), 0);
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
            taken();
            CHECK_EQUAL(say(&talker, "%s", ways[i].begin), ways[i].octets);
            CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
            CHECK_EQUAL(far_await(PATIENCE_MS), ways[i].octets + 8);
            /* Two are begun, and "write" completes them. */
            CHECK_EQUAL(say(&talker, "%s", ways[i].begin), ways[i].octets);
            CHECK_EQUAL(say(&talker, "%s", ways[i].begin), ways[i].octets);
            CHECK_EQUAL(say(&talker, "write"), 5);
            CHECK_EQUAL(far_await(PATIENCE_MS), 2 * ways[i].octets + 5);
            CHECK(nothing_taken());
        }
    }
    /* What is spliced whole is no beginning, nor is a file. */
    CHECK_EQUAL(say(&talker, "splice 0"), 6);
    CHECK_EQUAL(far_await(PATIENCE_MS), 6);
    CHECK_EQUAL(say(&talker, "file 100"), 100);
    CHECK_EQUAL(far_await(PATIENCE_MS), 100);
    CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
    taken();
    end_talker(&talker);
    stop_daemon();
}

static void should_join_what_is_corked_as_the_kernel_does(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
        taken();
        CHECK_EQUAL(say(&talker, "int %d %d 1", IPPROTO_UDP, CORK), 0);
        for (int part = 0; part < 3; part++)
            CHECK_EQUAL(say(&talker, "stamp - 0 %d 1 1", 100 + part), 100 + part);
        CHECK_EQUAL(say(&talker, "write"), 5);
        CHECK(nothing_taken());
        CHECK_EQUAL(far_await(0), -1);
        CHECK_EQUAL(say(&talker, "int %d %d 0", IPPROTO_UDP, CORK), 0);
        CHECK_EQUAL(far_await(PATIENCE_MS), 308);
        CHECK(nothing_taken());
    }
    /* With segments, as one send. */
    CHECK_EQUAL(say(&talker, "int %d %d 100", IPPROTO_UDP, SEGMENT), 0);
    CHECK_EQUAL(say(&talker, "int %d %d 1", IPPROTO_UDP, CORK), 0);
    CHECK_EQUAL(say(&talker, "stamp - 0 150 1 1"), 150);
    CHECK_EQUAL(say(&talker, "stamp - 0 150 1 1"), 150);
    CHECK_EQUAL(say(&talker, "int %d %d 0", IPPROTO_UDP, CORK), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(far_await(PATIENCE_MS), 100);
    CHECK(nothing_taken());
    end_talker(&talker);
    stop_daemon();
}

static void should_follow_the_routes(void) {
    start_daemon();
    struct ktsn_status *status = daemon_status(world.daemon);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.9 9000 8 1 1"), 8);
    taken();
    command("ip route add 10.77.0.9/32 dev side0");
    __atomic_add_fetch(&status->network_generation, 1, __ATOMIC_RELEASE);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.9 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    command("ip route del 10.77.0.9/32 dev side0");
    command("ip route add 10.77.0.9/32 dev tsn0 mtu 1000");
    __atomic_add_fetch(&status->network_generation, 1, __ATOMIC_RELEASE);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.9 9000 972 1 1"), 972);
    taken();
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.9 9000 973 1 1"), 973);
    CHECK(nothing_taken());
    command("ip route del 10.77.0.9/32 dev tsn0");
    end_talker(&talker);
    stop_daemon();
}

/* ---- the kernel's next hop ---- */

/* What the slot of a datagram to this address names. */
static uint32_t next_hop_to(struct talker *talker, const char *address) {
    CHECK_EQUAL(say(talker, "stamp %s 9000 8 1 1", address), 8);
    struct daemon_record record = taken();
    uint32_t next_hop;
    memcpy(&next_hop, record.slot.next_hop, sizeof next_hop);
    return ntohl(next_hop);
}

static void change_network(const char *change) {
    command("%s", change);
    __atomic_add_fetch(&daemon_status(world.daemon)->network_generation, 1, __ATOMIC_RELEASE);
}

static void should_name_the_next_hop_that_the_kernel_would_use(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(next_hop_to(&talker, "10.77.0.3"), 0x0a4d0003);
    change_network("ip route add 203.0.113.0/24 via 10.77.0.9");
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0009);
    change_network("ip route change 203.0.113.0/24 via 10.77.0.8");
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0008);

    /* By source, as the CNI plugin sbr does it: the way through the other interface is cheaper. */
    change_network("ip route replace 203.0.113.0/24 via 192.0.2.9 dev side0");
    change_network("ip route add 203.0.113.0/24 via 10.77.0.7 table 100 && "
                   "ip rule add from 10.77.0.2 lookup 100 pref 100");
    end_talker(&talker);
    talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "bind 10.77.0.2 0"), 0);
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0007);
    change_network("ip rule del pref 100");
    CHECK_EQUAL(say(&talker, "stamp 203.0.113.1 9000 8 1 1"), 8);
    CHECK(nothing_taken());

    /* By mark, by TOS, by port, by user. */
    change_network("ip rule add fwmark 5 lookup 100 pref 100");
    CHECK_EQUAL(say(&talker, "int %d %d 5", SOL_SOCKET, SO_MARK), 0);
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0007);
    CHECK_EQUAL(say(&talker, "int %d %d 0", SOL_SOCKET, SO_MARK), 0);
    change_network("ip rule del pref 100");
    change_network("ip route add 203.0.113.0/24 tos 0x10 via 10.77.0.6 dev tsn0");
    CHECK_EQUAL(say(&talker, "int %d %d 16", IPPROTO_IP, IP_TOS), 0);
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0006);
    CHECK_EQUAL(say(&talker, "int %d %d 0", IPPROTO_IP, IP_TOS), 0);
    change_network("ip route del 203.0.113.0/24 tos 0x10 via 10.77.0.6 dev tsn0");
    change_network("ip rule add ipproto udp dport 9000 lookup 100 pref 100");
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0007);
    change_network("ip rule del pref 100");
    change_network("ip rule add uidrange 0-0 lookup 100 pref 100");
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0007);
    change_network("ip rule del pref 100");

    /* By device: with a route there, and without, where the kernel takes all to be on the link. */
    change_network("ip route add 203.0.113.0/24 via 10.77.0.5 dev tsn0 metric 500");
    CHECK_EQUAL(say(&talker, "device tsn0"), 0);
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0005);
    CHECK_EQUAL(next_hop_to(&talker, "198.18.0.1"), 0xc6120001);
    CHECK_EQUAL(say(&talker, "device"), 0);
    CHECK_EQUAL(say(&talker, "int %d %d %u", IPPROTO_IP, 50, htonl(world.interface)), 0);
    CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), 0x0a4d0005);
    CHECK_EQUAL(say(&talker, "int %d %d 0", IPPROTO_IP, 50), 0);
    change_network("ip route del 203.0.113.0/24 metric 500");
    change_network("ip route del 203.0.113.0/24");

    /* A neighbour of the other family is the kernel's. */
    change_network("ip route add 203.0.113.0/24 via inet6 fe80::9 dev tsn0");
    CHECK_EQUAL(say(&talker, "stamp 203.0.113.1 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    change_network("ip route del 203.0.113.0/24");
    end_talker(&talker);
    command("ip route flush table 100");
    stop_daemon();
}

/* What the kernel itself says, for a port of the socket's. */
static uint32_t kernel_s_next_hop(const char *destination, int port) {
    char line[512] = "", gateway[32] = "";
    uint32_t address;
    snprintf(line, sizeof line, "ip route get %s from 10.77.0.2 ipproto udp sport %d dport 9000",
             destination, port);
    FILE *said = popen(line, "r");
    CHECK(said != NULL && fgets(line, sizeof line, said) != NULL);
    pclose(said);
    const char *via = strstr(line, " via ");
    CHECK(via != NULL && sscanf(via, " via %31s", gateway) == 1);
    CHECK_EQUAL(inet_pton(AF_INET, gateway, &address), 1);
    return ntohl(address);
}

static void should_choose_among_several_next_hops_as_the_kernel_does(void) {
    start_daemon();
    command("sysctl -qw net.ipv4.fib_multipath_hash_policy=1");
    change_network("ip route add 203.0.113.0/24 nexthop via 10.77.0.8 nexthop via 10.77.0.9");
    int eights = 0;
    for (int i = 0; i < 32; i++) {
        struct talker talker = start_stamping(CLOCK_TAI, 0);
        /* Without a port first: the one that the kernel chooses decides. */
        if (i % 2 == 0)
            CHECK_EQUAL(say(&talker, "bind 10.77.0.2 0"), 0);
        uint32_t next_hop = next_hop_to(&talker, "203.0.113.1");
        int port = (int)say(&talker, "port");
        if (i % 2 == 0)
            CHECK_EQUAL(next_hop, kernel_s_next_hop("203.0.113.1", port));
        CHECK_EQUAL(next_hop_to(&talker, "203.0.113.1"), next_hop);
        eights += next_hop == 0x0a4d0008;
        end_talker(&talker);
    }
    CHECK(eights > 0 && eights < 32);
    change_network("ip route del 203.0.113.0/24");
    command("sysctl -qw net.ipv4.fib_multipath_hash_policy=0");
    stop_daemon();
}

static void should_take_any_priority_as_the_kernel_does(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    static const unsigned int priorities[] = {7, 15, 16, 23, 0x7fffffff, 0x80000003, 0xffffffff};
    for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++) {
        CHECK_EQUAL(say(&talker, "int %d %d %d", SOL_SOCKET, SO_PRIORITY, (int)priorities[i]), 0);
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
        CHECK_EQUAL(taken().slot.priority, priorities[i]);
    }
    end_talker(&talker);
    stop_daemon();
}

/* ---- programs that change where they are ---- */

static void should_leave_another_namespace_s_datagrams_to_the_kernel(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    CHECK_EQUAL(say(&talker, "newnet"), 0);
    /* Same numbers, same addresses, same names: only the namespace differs. */
    command("nsenter -t %d -n sh -c 'ip link add tsn0 index %u type veth peer name far0 && "
            "ip addr add 10.77.0.2/16 dev tsn0 && ip link set far0 up && ip link set tsn0 up && "
            "ip neigh add 10.77.0.3 lladdr 02:00:00:00:00:03 dev tsn0'",
            (int)talker.process, world.interface);
    /* The pod's own socket in a thread that is elsewhere: the kernel knows what to do. */
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.4 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    CHECK(say(&talker, "socket") >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), 0);
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    command("test $(nsenter -t %d -n cat /proc/net/dev | sed -n 's/^ *tsn0: *//p' | "
            "tr -s ' ' | cut -d' ' -f10) -ge 20",
            (int)talker.process);
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

static void should_find_the_daemon_again_under_another_root(void) {
    char root[128];
    snprintf(root, sizeof root, "%s/root", world.directory);
    command("mkdir %s", root);
    start_daemon();
    /* The sanitizer looks for leaks in /proc, which is not there. */
    setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    unsetenv("LSAN_OPTIONS");
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    CHECK_EQUAL(say(&talker, "chroot %s", root), 0);
    for (int life = 0; life < 2; life++) {
        stop_daemon();
        poll(NULL, 0, 2);
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
        CHECK_EQUAL(far_await(PATIENCE_MS), 8);
        start_daemon();
        struct daemon_record record;
        int sent = 0;
        while (!daemon_await(world.daemon, &record, 1)) {
            CHECK(sent++ < PATIENCE_MS);
            CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
        }
        CHECK_EQUAL(daemon_hellos(world.daemon), 1);
    }
    end_talker(&talker);
    stop_daemon();
    far_drain();
    command("rmdir %s", root);
}

/* ---- sandboxes ---- */

/* Whatever the talker does here, a call that it did not ask for kills it. */
static void use_everything(struct talker *talker) {
    CHECK_EQUAL(say(talker, "socket"), 3);
    CHECK_EQUAL(say(talker, "int %d %d 1", SOL_SOCKET, SO_KEEPALIVE), 0);
    CHECK_EQUAL(say(talker, "int %d %d 8", IPPROTO_IP, IP_TOS), 0);
    CHECK_EQUAL(say(talker, "multicast %u", world.interface), 0);
    CHECK_EQUAL(say(talker, "connect 10.77.0.3 9000"), 0);
    CHECK_EQUAL(say(talker, "plain - 0 50"), 50);
    CHECK_EQUAL(far_await(PATIENCE_MS), 50);
    CHECK_EQUAL(say(talker, "more 10.77.0.3 9000"), 4);
    CHECK_EQUAL(say(talker, "plain - 0 50"), 50);
    CHECK_EQUAL(far_await(PATIENCE_MS), 54);
    CHECK_EQUAL(say(talker, "dup2 7"), 7);
    CHECK_EQUAL(say(talker, "closerange 7"), 0);
    CHECK_EQUAL(say(talker, "shutdown"), 0);
    CHECK_EQUAL(say(talker, "close 3"), 0);
    say_only(talker, "fork");
    CHECK_EQUAL(heard(talker), 0);
    CHECK_EQUAL(say(talker, "socket"), 3);
    CHECK_EQUAL(say(talker, "txtime %d 0", CLOCK_TAI), 0);
    CHECK_EQUAL(say(talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK_EQUAL(say(talker, "many 10.77.0.3 9000 8 2 5000 1"), 2);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK_EQUAL(say(talker, "close 3"), 0);
}

static void should_make_no_call_of_its_own_in_a_sandbox(void) {
    static const char *const ways[] = {"prctl", "seccomp"};
    for (int daemon = 0; daemon < 2; daemon++) {
        if (daemon == 1)
            start_daemon();
        for (int way = 0; way < 2; way++) {
            struct talker talker = start_talker();
            /* The C library looks at its output when it is first used. */
            CHECK(say(&talker, "now 0") > 0);
            CHECK_EQUAL(say(&talker, "sandbox %s", ways[way]), 0);
            use_everything(&talker);
            end_talker(&talker);
        }
    }
    CHECK(nothing_taken());
    stop_daemon();
}

static void should_take_the_kernel_s_path_once_the_program_is_in_its_sandbox(void) {
    int own[8];
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    int own_count = own_descriptors(&talker, own);
    CHECK(own_count > 0);
    CHECK_EQUAL(say(&talker, "sandbox prctl"), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK_EQUAL(say(&talker, "close %d", own[0]), -EBADF);
    CHECK_EQUAL(say(&talker, "dup2 %d", own[0]), own[0]);
    CHECK_EQUAL(say(&talker, "close %d", own[0]), 0);
    CHECK_EQUAL(say(&talker, "close 3"), 0);
    use_everything(&talker);
    CHECK(nothing_taken());
    end_talker(&talker);
    stop_daemon();
}

static void should_remember_what_was_done_before_the_first_stamp(void) {
    start_daemon();
    struct talker talker = start_talker();
    CHECK_EQUAL(say(&talker, "socket"), 3);
    CHECK_EQUAL(say(&talker, "multicast %u", if_nametoindex("side0")), 0);
    CHECK_EQUAL(say(&talker, "close 3"), 0);
    CHECK_EQUAL(say(&talker, "socket"), 3);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), 0);
    CHECK_EQUAL(say(&talker, "stamp 239.1.2.3 9000 8 1 1"), 8);
    taken();
    end_talker(&talker);

    talker = start_talker();
    CHECK_EQUAL(say(&talker, "socket"), 3);
    CHECK_EQUAL(say(&talker, "multicast %u", if_nametoindex("side0")), 0);
    CHECK_EQUAL(say(&talker, "more 10.77.0.3 9000"), 4);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 12);
    CHECK_EQUAL(say(&talker, "stamp 239.1.2.3 9000 8 1 1"), 8);
    CHECK(nothing_taken());
    CHECK_EQUAL(say(&talker, "multicast 0"), 0);
    CHECK_EQUAL(say(&talker, "stamp 239.1.2.3 9000 8 1 1"), 8);
    taken();
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

static void should_stop_when_the_daemon_says_so(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    __atomic_store_n(&daemon_status(world.daemon)->flags, 0, __ATOMIC_RELEASE);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK(nothing_taken());
    end_talker(&talker);
    stop_daemon();
}

static void should_work_without_a_daemon_and_find_one_later(void) {
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    start_daemon();
    struct daemon_record record;
    int sent = 0;
    while (!daemon_await(world.daemon, &record, 1)) {
        CHECK(sent++ < PATIENCE_MS);
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    }
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

/* ---- a full ring ---- */

static struct talker start_with_full_ring(void) {
    start_daemon_with(8);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    for (int i = 0; i < 8; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 %d 1", i), 8);
    return talker;
}

static void await_waiter(void) {
    for (int i = 0; i < PATIENCE_MS; i++) {
        if (__atomic_load_n(&daemon_ring(world.daemon)->space_waiters, __ATOMIC_SEQ_CST) > 0)
            return;
        poll(NULL, 0, 1);
    }
    CHECK(!"somebody waits");
}

static void should_say_try_again_when_it_must_not_block(void) {
    struct talker talker = start_with_full_ring();
    CHECK_EQUAL(say(&talker, "nonblock 1"), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 8 1"), -EAGAIN);
    taken();
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 9 1"), 8);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 9 1"), -EAGAIN);
    CHECK_EQUAL(say(&talker, "nonblock 0"), 0);
    CHECK_EQUAL(say(&talker, "sndtimeo 50"), 0);
    int64_t before_ns = clock_ns(CLOCK_MONOTONIC);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 9 1"), -EAGAIN);
    CHECK(clock_ns(CLOCK_MONOTONIC) - before_ns >= 50000000);
    end_talker(&talker);
    stop_daemon();
}

static void should_wait_for_space(void) {
    struct talker talker = start_with_full_ring();
    for (int i = 8; i < 20; i++) {
        say_only(&talker, "stamp 10.77.0.3 9000 8 %d 1", i);
        await_waiter();
        CHECK_EQUAL(taken().slot.launch_time_ns, i - 8);
        CHECK_EQUAL(heard(&talker), 8);
    }
    end_talker(&talker);
    stop_daemon();
}

static void should_take_the_kernel_s_path_when_the_daemon_dies_meanwhile(void) {
    struct talker talker = start_with_full_ring();
    say_only(&talker, "stamp 10.77.0.3 9000 77 8 1");
    await_waiter();
    stop_daemon();
    CHECK_EQUAL(heard(&talker), 77);
    CHECK_EQUAL(far_await(PATIENCE_MS), 77);
    end_talker(&talker);
}

static void should_be_interrupted_and_cancelled_while_waiting(void) {
    struct talker talker = start_with_full_ring();
    CHECK_EQUAL(say(&talker, "alarm 30 0"), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), -EINTR);
    CHECK_EQUAL(say(&talker, "alarm 1 1"), 0);
    say_only(&talker, "stamp 10.77.0.3 9000 8 1 1");
    await_waiter();
    taken();
    CHECK_EQUAL(heard(&talker), 8);
    CHECK_EQUAL(say(&talker, "alarm 0 1"), 0);
    CHECK_EQUAL(say(&talker, "block"), 0);
    await_waiter();
    CHECK_EQUAL(say(&talker, "cancel"), 1);
    taken();
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    end_talker(&talker);
    stop_daemon();
}

/* ---- calls by number ---- */

static void check_still_connected(struct talker *talker);

static void should_take_what_is_sent_by_number(void) {
    start_daemon();
    struct talker talker = start_talker();
    CHECK_EQUAL(say(&talker, "number 1"), 0);
    CHECK_EQUAL(say(&talker, "socket"), 3);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 256 123 3"), 256);
    CHECK_EQUAL(taken().slot.launch_time_ns, 123);
    CHECK_EQUAL(say(&talker, "many 10.77.0.3 9000 8 4 5000 2"), 4);
    CHECK_EQUAL(taken().slot.launch_time_ns, 5000);
    CHECK_EQUAL(taken().slot.launch_time_ns, 5002);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    CHECK_EQUAL(say(&talker, "stamp 10.1.2.3 9000 8 1 1"), -ENETUNREACH);
    CHECK_EQUAL(say(&talker, "bad 10.77.0.3 9000 100"), -EFAULT);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    CHECK_EQUAL(say(&talker, "int %d %d 33", IPPROTO_IP, IP_TTL), 0);
    CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
    CHECK_EQUAL(taken().slot.ttl, 33);
    CHECK_EQUAL(say(&talker, "more 10.77.0.3 9000"), 4);
    CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
    CHECK_EQUAL(far_await(PATIENCE_MS), 12);
    CHECK_EQUAL(say(&talker, "shutdown"), 0);
    CHECK(nothing_taken());
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

static void should_protect_its_descriptors_from_numbers(void) {
    int own[8];
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "number 1"), 0);
    CHECK_EQUAL(own_descriptors(&talker, own), 4);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(say(&talker, "close %d", own[i]), -EBADF);
    CHECK_EQUAL(say(&talker, "closerange 3"), 0);
    check_still_connected(&talker);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(say(&talker, "dup2 %d", own[i]), own[i]);
    CHECK_EQUAL(say(&talker, "close 3"), 0);
    check_still_connected(&talker);
    end_talker(&talker);
    stop_daemon();
}

static void should_not_be_cancelled_in_a_call_by_number(void) {
    struct talker talker = start_with_full_ring();
    CHECK_EQUAL(say(&talker, "number 1"), 0);
    CHECK_EQUAL(say(&talker, "block"), 0);
    await_waiter();
    say_only(&talker, "cancel");
    taken();
    CHECK_EQUAL(heard(&talker), 0);
    end_talker(&talker);
    stop_daemon();
}

static void should_ring_only_for_what_cannot_wait(void) {
    start_daemon();
    struct ktsn_status *status = daemon_status(world.daemon);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    __atomic_store_n(&status->doorbell_before_ns, 1000, __ATOMIC_SEQ_CST);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1000 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 999 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 1);
    /* More than half of 64 are waiting: that cannot wait either. */
    for (int i = 2; i < 32; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1000 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1000 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 1);
    __atomic_store_n(&status->doorbell_before_ns, INT64_MIN, __ATOMIC_SEQ_CST);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 0);
    end_talker(&talker);
    stop_daemon();
}

static void should_ring_for_a_far_deadline_which_may_leave_at_once(void) {
    start_daemon();
    struct ktsn_status *status = daemon_status(world.daemon);
    struct talker talker = start_stamping(CLOCK_TAI, SOF_TXTIME_DEADLINE_MODE);
    __atomic_store_n(&status->doorbell_before_ns, 1000, __ATOMIC_SEQ_CST);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 2000000000000000000 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 1);
    __atomic_store_n(&status->doorbell_before_ns, INT64_MIN, __ATOMIC_SEQ_CST);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 2000000000000000000 1"), 8);
    CHECK_EQUAL(daemon_rings(world.daemon), 0);
    end_talker(&talker);
    stop_daemon();
}

/* ---- several producers ---- */

static void should_lose_and_duplicate_nothing_among_threads_and_processes(void) {
    enum { THREADS = 2, PROCESSES = 2, COUNT = 5000 };
    start_daemon_with(16);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    taken();
    say_only(&talker, "flood %d %d %d", THREADS, COUNT, PROCESSES - 1);
    int expected[THREADS * PROCESSES] = {0};
    for (int i = 0; i < THREADS * PROCESSES * COUNT; i++) {
        struct daemon_record record = taken();
        int tag = record.payload[0];
        CHECK(tag < THREADS * PROCESSES);
        CHECK_EQUAL(record.payload[1] << 16 | record.payload[2] << 8 | record.payload[3],
                    expected[tag]);
        expected[tag]++;
    }
    CHECK_EQUAL(heard(&talker), 0);
    CHECK(nothing_taken());
    CHECK_EQUAL(daemon_hellos(world.daemon), 1);
    CHECK_EQUAL(far_await(0), -1);
    end_talker(&talker);
    stop_daemon();
}

/* Claims a slot as a program does that comes no further; returns its state. */
static uint64_t *claim_for(uint32_t thread) {
    struct ktsn_ring *ring = daemon_ring(world.daemon);
    for (;;) {
        uint64_t position = __atomic_fetch_add(&ring->claim, 1, __ATOMIC_SEQ_CST);
        struct ktsn_slot *slot =
            (struct ktsn_slot *)((char *)ring + KTSN_RING_HEADER_OCTETS +
                                 position % ring->slot_count * ring->slot_octets);
        uint64_t state = KTSN_SLOT_STATE(position, KTSN_SLOT_FREE);
        if (__atomic_compare_exchange_n(&slot->state, &state, KTSN_SLOT_STATE(position, thread),
                                        false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return &slot->state;
    }
}

static void check_stream(struct talker *talker, int count) {
    for (int i = 0; i < count; i++) {
        CHECK_EQUAL(say(talker, "stamp 10.77.0.3 9000 8 %d 1", i), 8);
        CHECK_EQUAL(taken().slot.launch_time_ns, i);
    }
}

static void should_go_on_when_others_stop_or_die_halfway(void) {
    start_daemon_with(8);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    check_stream(&talker, 1);
    uint64_t *stopped = claim_for(1);
    for (int i = 0; i < 7; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 %d 1", i), 8);
    for (int i = 0; i < 7; i++)
        CHECK_EQUAL(taken().slot.launch_time_ns, i);
    check_stream(&talker, 50);
    /* More than there are slots: the kernel marks each when its thread dies. */
    for (int i = 0; i < 40; i++) {
        uint64_t *dead = claim_for(1);
        __atomic_store_n(dead, *dead - 1 + KTSN_SLOT_ORPHANED, __ATOMIC_SEQ_CST);
        check_stream(&talker, 5);
    }
    CHECK_EQUAL(daemon_held(world.daemon), 1);
    __atomic_store_n(stopped, *stopped - 1 + KTSN_SLOT_PUBLISHED, __ATOMIC_SEQ_CST);
    taken();
    CHECK_EQUAL(daemon_held(world.daemon), 0);
    end_talker(&talker);
    stop_daemon();
}

/* Only then the kernel marks a slot whose thread dies; musl tells it of no thread by itself. */
static void should_let_the_kernel_know_what_a_thread_holds(void) {
    struct robust_list_head *head = NULL;
    size_t length = 0;
    start_daemon_with(8);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    check_stream(&talker, 1);
    CHECK_EQUAL(syscall(SYS_get_robust_list, talker.process, &head, &length), 0);
    CHECK(head != NULL);
    CHECK_EQUAL(length, sizeof *head);
    end_talker(&talker);
    stop_daemon();
}

/* Programs that are killed anywhere in a send, and one that goes on beside them. */
static void should_lose_nothing_beside_programs_that_are_killed(void) {
    start_daemon_with(16);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    check_stream(&talker, 1);
    for (int killed = 0; killed < 30; killed++) {
        struct talker victim = start_stamping(CLOCK_TAI, 0);
        say_only(&victim, "flood 2 1000000 0");
        for (int i = 0; i < 20 + killed * 7; i++)
            taken();
        CHECK_EQUAL(kill(victim.process, SIGKILL), 0);
        CHECK_EQUAL(waitpid(victim.process, NULL, 0), victim.process);
        fclose(victim.input);
        fclose(victim.output);
        while (!nothing_taken())
            ;
        CHECK_EQUAL(daemon_held(world.daemon), 0);
        check_stream(&talker, 40);
    }
    end_talker(&talker);
    stop_daemon();
}

static void should_answer_bad_pointers_as_the_kernel_does_and_claim_nothing(void) {
    start_daemon_with(8);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    check_stream(&talker, 1);
    uint64_t claim = daemon_ring(world.daemon)->claim;
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(say(&talker, "bad 10.77.0.3 9000 %d", 1 + 100 * i), -EFAULT);
    CHECK_EQUAL(daemon_ring(world.daemon)->claim, claim);
    check_stream(&talker, 20);
    CHECK_EQUAL(far_await(0), -1);
    end_talker(&talker);
    stop_daemon();
}

static void should_not_fail_in_a_ring_that_somebody_scribbles_over(void) {
    start_daemon_with(8);
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    unsigned char *slots = (unsigned char *)daemon_ring(world.daemon);
    memset(slots + KTSN_RING_HEADER_OCTETS, 0xa5, 8 * 2048);
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 66 1 1"), 66);
    CHECK_EQUAL(far_await(PATIENCE_MS), 66);
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

/* ---- the daemon comes and goes ---- */

static void should_survive_the_daemon_s_restart(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "stream 3000 500"), 0);
    for (int life = 0; life < 3; life++) {
        for (int i = 0; i < 100; i++)
            taken();
        far_drain();
        stop_daemon();
        CHECK_EQUAL(far_await(PATIENCE_MS), 64);
        start_daemon();
    }
    say_only(&talker, "join");
    struct pollfd finished = {.fd = fileno(talker.output), .events = POLLIN};
    struct daemon_record record;
    int after = 0;
    while (poll(&finished, 1, 0) == 0)
        after += daemon_await(world.daemon, &record, 100);
    CHECK(after > 0);
    char line[128];
    int failures, error;
    long long longest_us;
    hear(&talker, line, sizeof line);
    CHECK_EQUAL(sscanf(line, "%d %d %lld", &failures, &error, &longest_us), 3);
    CHECK_EQUAL(failures, 0);
    CHECK(longest_us < 1000000);
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

/* ---- sockets that come from elsewhere ---- */

static void should_serve_sockets_that_were_copied_forked_executed_and_passed(void) {
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
    uint64_t socket = taken().slot.socket;
    static const char *const ways[] = {"dup", "fork", "exec", "pass"};
    for (int i = 0; i < 4; i++) {
        say_only(&talker, "%s", ways[i]);
        CHECK(heard(&talker) >= 0);
        CHECK_EQUAL(say(&talker, "stamp - 0 8 1 1"), 8);
        struct daemon_record record = taken();
        CHECK_EQUAL(record.slot.socket, socket);
        CHECK_EQUAL(word(record.slot.destination), 0x0a4d0003);
    }
    end_talker(&talker);
    stop_daemon();
}

/* ---- without rights ---- */

static void check_stamps_by(struct talker *talker, int clock, int flags) {
    int64_t before_ns = clock_ns(CLOCK_TAI);
    int64_t instant_ns = clock_ns(clock);
    int64_t after_ns = clock_ns(CLOCK_TAI);
    CHECK_EQUAL(say(talker, "show"), flags * 100 + clock);
    CHECK_EQUAL(say(talker, "stamp 10.77.0.3 9000 8 %lld 1", (long long)instant_ns), 8);
    struct daemon_record record = taken();
    CHECK(record.slot.launch_time_ns >= before_ns - 1000);
    CHECK(record.slot.launch_time_ns <= after_ns + 1000);
    CHECK_EQUAL((record.slot.flags & KTSN_SLOT_PAST_IS_NOW) != 0, clock == CLOCK_MONOTONIC);
    CHECK_EQUAL((record.slot.flags & KTSN_SLOT_DEADLINE_MODE) != 0, flags == 1);
}

/* What the kernel grants to nobody but the administrator of the network. */
static void should_take_every_clock_without_the_administrator_s_rights(void) {
    static const char *const ways[] = {"abdicate", "newuser"};
    static const int clocks[] = {CLOCK_TAI, CLOCK_REALTIME, CLOCK_MONOTONIC};
    /* Under another root the kernel makes no user namespaces. */
    for (int way = 0; way < (world.root != NULL ? 1 : 2); way++) {
        start_daemon();
        struct talker talker = start_talker();
        CHECK_EQUAL(say(&talker, "%s", ways[way]), 0);
        for (int i = 0; i < 2 * 3; i++) {
            CHECK_EQUAL(say(&talker, "number %d", i % 2), 0);
            CHECK(say(&talker, "socket") >= 0);
            CHECK_EQUAL(say(&talker, "txtime %d %d", clocks[i / 2], i % 2), 0);
            check_stamps_by(&talker, clocks[i / 2], i % 2);
        }
        /* One that changes its clock. */
        for (int i = 5; i >= 0; i--) {
            CHECK_EQUAL(say(&talker, "txtime %d %d", clocks[i % 3], i % 2), 0);
            check_stamps_by(&talker, clocks[i % 3], i % 2);
        }
        end_talker(&talker);
        stop_daemon();
    }
}

static void should_remember_such_a_clock_in_all_copies_and_lives(void) {
    static const char *const ways[] = {"dup", "fork", "exec", "pass"};
    start_daemon();
    struct talker talker = start_talker();
    CHECK_EQUAL(say(&talker, "abdicate"), 0);
    CHECK(say(&talker, "socket") >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d 1", CLOCK_TAI), 0);
    CHECK_EQUAL(say(&talker, "connect 10.77.0.3 9000"), 0);
    check_stamps_by(&talker, CLOCK_TAI, 1);
    for (int i = 0; i < 4; i++) {
        say_only(&talker, "%s", ways[i]);
        CHECK(heard(&talker) >= 0);
        check_stamps_by(&talker, CLOCK_TAI, 1);
    }
    /* What a program says as the first thing that it does counts as well. */
    say_only(&talker, "exec");
    CHECK(heard(&talker) >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d 1", CLOCK_MONOTONIC), 0);
    check_stamps_by(&talker, CLOCK_MONOTONIC, 1);
    end_talker(&talker);
    stop_daemon();

    /* Of one KTSNd the next learns it from the programs, also from those who were told of it. */
    start_daemon();
    talker = start_talker();
    CHECK_EQUAL(say(&talker, "abdicate"), 0);
    CHECK(say(&talker, "socket") >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_REALTIME), 0);
    check_stamps_by(&talker, CLOCK_REALTIME, 0);
    say_only(&talker, "exec");
    CHECK(heard(&talker) >= 0);
    check_stamps_by(&talker, CLOCK_REALTIME, 0);
    stop_daemon();
    do
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    while (far_await(20) != 8);
    start_daemon();
    struct daemon_record record;
    do
        CHECK_EQUAL(say(&talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
    while (!daemon_await(world.daemon, &record, 20));
    check_stamps_by(&talker, CLOCK_REALTIME, 0);
    say_only(&talker, "exec");
    CHECK(heard(&talker) >= 0);
    check_stamps_by(&talker, CLOCK_REALTIME, 0);
    end_talker(&talker);
    stop_daemon();
    far_drain();
}

static void should_refuse_such_clocks_as_the_kernel_does_where_nothing_launches(void) {
    struct talker talker = start_talker();
    CHECK_EQUAL(say(&talker, "abdicate"), 0);
    CHECK(say(&talker, "socket") >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), -EPERM);
    CHECK_EQUAL(say(&talker, "txtime %d 4", CLOCK_TAI), -EINVAL);
    CHECK_EQUAL(say(&talker, "show"), 0);
    CHECK_EQUAL(say(&talker, "txtime %d 2", CLOCK_MONOTONIC), 0);
    CHECK_EQUAL(say(&talker, "show"), 200 + CLOCK_MONOTONIC);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), -EPERM);
    CHECK_EQUAL(say(&talker, "show"), 200 + CLOCK_MONOTONIC);
    end_talker(&talker);
    /* A socket of another network is not the pod's. */
    start_daemon();
    talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(say(&talker, "newnet"), 0);
    CHECK_EQUAL(say(&talker, "abdicate"), 0);
    CHECK(say(&talker, "socket") >= 0);
    CHECK_EQUAL(say(&talker, "txtime %d 0", CLOCK_TAI), -EPERM);
    end_talker(&talker);
    stop_daemon();
}

/* ---- the library's own descriptors ---- */

static void check_still_connected(struct talker *talker) {
    CHECK_EQUAL(say(talker, "socket"), 3);
    CHECK_EQUAL(say(talker, "txtime %d 0", CLOCK_TAI), 0);
    /* Twice, with time in between for a look at the connection. */
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(say(talker, "stamp 10.77.0.3 9000 8 1 1"), 8);
        taken();
        poll(NULL, 0, 2);
    }
    CHECK_EQUAL(daemon_hellos(world.daemon), 1);
}

static void should_protect_its_descriptors(void) {
    int own[8];
    start_daemon();
    struct talker talker = start_stamping(CLOCK_TAI, 0);
    CHECK_EQUAL(own_descriptors(&talker, own), 4);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(say(&talker, "close %d", own[i]), -EBADF);
    CHECK_EQUAL(say(&talker, "closefrom 3"), 0);
    check_still_connected(&talker);
    CHECK_EQUAL(say(&talker, "closerange 3"), 0);
    check_still_connected(&talker);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(say(&talker, "vfork %d", own[i]), 0);
    CHECK_EQUAL(say(&talker, "close 3"), 0);
    check_still_connected(&talker);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(say(&talker, "dup2 %d", own[i]), own[i]);
    CHECK_EQUAL(say(&talker, "close 3"), 0);
    check_still_connected(&talker);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(say(&talker, "close %d", own[i]), 0);
    CHECK_EQUAL(say(&talker, "close 3"), 0);
    check_still_connected(&talker);
    end_talker(&talker);
    stop_daemon();
}

/* ---- results ---- */

static void run_errors(const char *output, bool with_library) {
    pid_t process = fork();
    if (process == 0) {
        char program[512];
        int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, STDOUT_FILENO);
        close(fd);
        fd = open("/dev/null", O_RDONLY);
        dup2(fd, STDIN_FILENO);
        close_range(3, ~0u, 0);
        if (with_library)
            preload();
        snprintf(program, sizeof program, "%s/errors", with_library ? world.programs : world.plain);
        enter_root();
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    int status;
    CHECK_EQUAL(waitpid(process, &status, 0), process);
    CHECK_EQUAL(status, 0);
}

static void should_return_to_the_letter_what_the_kernel_returns(void) {
    char without[128], with[128];
    struct daemon_record record;
    int taken_count = 0;
    snprintf(without, sizeof without, "%s/without", world.directory);
    snprintf(with, sizeof with, "%s/with", world.directory);
    run_errors(without, false);
    run_errors(with, true);
    command("diff -u %s %s", without, with);
    start_daemon_with(256);
    run_errors(with, true);
    command("diff -u %s %s", without, with);
    while (daemon_take(world.daemon, &record))
        taken_count++;
    CHECK(taken_count >= 20);
    stop_daemon();
    far_drain();
}

static void should_say_why_it_does_without_to_those_who_ask(void) {
    struct daemon_options options = {.slot_count = 8,
                                     .slot_octets = 2048,
                                     .interface_index = world.interface,
                                     .mtu = 1500,
                                     .manner = DAEMON_REFUSES};
    char output[128], line[512];
    snprintf(output, sizeof output, "%s/said", world.directory);
    world.daemon = daemon_start(world.path, &options);
    command("echo 'socket\ntxtime 11 0\nstamp 10.77.0.3 9000 8 1 1\nstamp 10.77.0.3 9000 8 1 1' | "
            "KTSN_VERBOSE=1 KTSN_SOCKET=%s LD_PRELOAD=%s %s %s %s/talker 2>%s >/dev/null",
            world.path, world.library, world.root != NULL ? "chroot" : "",
            world.root != NULL ? world.root : "", world.programs, output);
    FILE *said = fopen(output, "r");
    CHECK(said != NULL);
    CHECK(fgets(line, sizeof line, said) != NULL);
    CHECK(strstr(line, "this daemon refuses everybody") != NULL);
    CHECK(fgets(line, sizeof line, said) == NULL);
    fclose(said);
    CHECK_EQUAL(far_await(PATIENCE_MS), 8);
    stop_daemon();
    far_drain();
}

static pid_t main_process;

static void tidy(void) {
    static const char *const names[] = {"app.sock", "with", "without", "said"};
    char name[128];
    if (getpid() != main_process)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(name, sizeof name, "%s/%s", world.directory, names[i]);
        unlink(name);
    }
    rmdir(world.directory);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: %s PLAIN-PROGRAMS PROGRAMS [LIBRARY [ROOT|- [brief]]]\n", argv[0]);
        return 2;
    }
    world.plain = argv[1];
    world.programs = argv[2];
    snprintf(world.library, sizeof world.library, "%s", argc > 3 ? argv[3] : "");
    world.patience_ms = argc > 5 ? 120000 : 10000;
    world.root = argc > 4 && strcmp(argv[4], "-") != 0 ? argv[4] : NULL;
    signal(SIGPIPE, SIG_IGN);
    closefrom(STDERR_FILENO + 1); /* numbers of descriptors are compared */
    make_network();
    try_network();
    if (world.root != NULL)
        furnish_root();
    snprintf(world.directory, sizeof world.directory, "/tmp/ktsn-system-XXXXXX");
    CHECK(mkdtemp(world.directory) != NULL);
    main_process = getpid();
    atexit(tidy);
    snprintf(world.path, sizeof world.path, "%s/app.sock", world.directory);

    RUN(should_hand_over_a_datagram_with_all_its_fields);
    if (argc > 5) {
        /* Under a tracer or an emulator, which take their time. */
        RUN(should_send_several_at_once);
        RUN(should_wait_for_space);
        RUN(should_serve_sockets_that_were_copied_forked_executed_and_passed);
        return 0;
    }
    RUN(should_take_every_size_and_every_vector);
    RUN(should_convert_every_clock);
    RUN(should_keep_the_distance_between_monotonic_instants);
    RUN(should_take_senseless_instants_as_past);
    RUN(should_follow_the_socket_s_options);
    RUN(should_see_a_change_that_another_process_made);
    RUN(should_send_to_groups_and_broadcasts);
    RUN(should_send_several_at_once);
    RUN(should_hint_at_destinations_early);

    RUN(should_leave_the_rest_to_the_kernel);
    RUN(should_let_the_kernel_join_what_was_begun);
    RUN(should_let_the_kernel_join_all_that_is_begun);
    RUN(should_join_what_is_corked_as_the_kernel_does);
    RUN(should_cut_into_segments_as_the_kernel_does);
    RUN(should_take_all_segments_or_none);
    RUN(should_lose_no_segment_among_threads_and_processes);
    RUN(should_follow_the_routes);
    RUN(should_name_the_next_hop_that_the_kernel_would_use);
    RUN(should_choose_among_several_next_hops_as_the_kernel_does);
    RUN(should_take_any_priority_as_the_kernel_does);
    RUN(should_leave_another_namespace_s_datagrams_to_the_kernel);
    RUN(should_find_the_daemon_again_under_another_root);
    RUN(should_remember_what_was_done_before_the_first_stamp);
    if (world.library[0] != '\0') {
        /* The sanitizers make calls that a sandbox does not know. */
        RUN(should_make_no_call_of_its_own_in_a_sandbox);
        RUN(should_take_the_kernel_s_path_once_the_program_is_in_its_sandbox);
    }
    RUN(should_stop_when_the_daemon_says_so);
    RUN(should_work_without_a_daemon_and_find_one_later);

    RUN(should_say_try_again_when_it_must_not_block);
    RUN(should_wait_for_space);
    RUN(should_take_the_kernel_s_path_when_the_daemon_dies_meanwhile);
    RUN(should_be_interrupted_and_cancelled_while_waiting);
    RUN(should_take_what_is_sent_by_number);
    RUN(should_protect_its_descriptors_from_numbers);
    RUN(should_not_be_cancelled_in_a_call_by_number);
    RUN(should_ring_only_for_what_cannot_wait);
    RUN(should_ring_for_a_far_deadline_which_may_leave_at_once);

    RUN(should_lose_and_duplicate_nothing_among_threads_and_processes);
    RUN(should_go_on_when_others_stop_or_die_halfway);
    RUN(should_let_the_kernel_know_what_a_thread_holds);
    RUN(should_lose_nothing_beside_programs_that_are_killed);
    RUN(should_answer_bad_pointers_as_the_kernel_does_and_claim_nothing);
    RUN(should_not_fail_in_a_ring_that_somebody_scribbles_over);
    RUN(should_survive_the_daemon_s_restart);

    RUN(should_serve_sockets_that_were_copied_forked_executed_and_passed);
    RUN(should_take_every_clock_without_the_administrator_s_rights);
    RUN(should_remember_such_a_clock_in_all_copies_and_lives);
    RUN(should_refuse_such_clocks_as_the_kernel_does_where_nothing_launches);
    RUN(should_protect_its_descriptors);
    RUN(should_return_to_the_letter_what_the_kernel_returns);
    RUN(should_say_why_it_does_without_to_those_who_ask);
    return 0;
}
