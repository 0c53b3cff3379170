/* The library's core, without interposition. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "check.h"
#include "clock.h"
#include "consumer.h"
#include "core.h"
#include "daemon.h"
#include "flow.h"
#include "kernel.h"
#include "message.h"
#include "namespace.h"
#include "readable.h"
#include "ring.h"

/* ---- clocks ---- */

#define SECOND INT64_C(1000000000)

static struct { int64_t tai_ns, monotonic_distance_ns, realtime_distance_ns, step_ns; } simulated;

/* Every reading takes time, so a sandwich has a width. */
static int64_t simulated_clock(clockid_t clock) {
    simulated.tai_ns += simulated.step_ns;
    switch (clock) {
    case CLOCK_MONOTONIC:
        return simulated.tai_ns - simulated.monotonic_distance_ns;
    case CLOCK_REALTIME:
        return simulated.tai_ns - simulated.realtime_distance_ns;
    default:
        return simulated.tai_ns;
    }
}

static int64_t to_tai(struct ktsn_clocks *clocks, clockid_t clock, int64_t instant_ns) {
    int64_t tai_ns = 0;
    CHECK(ktsn_clock_to_tai(clocks, simulated_clock, clock, instant_ns, &tai_ns));
    return tai_ns;
}

static void should_take_tai_as_it_is(void) {
    struct ktsn_clocks clocks = {0};
    CHECK_EQUAL(to_tai(&clocks, CLOCK_TAI, 123456789), 123456789);
}

static void should_convert_realtime_by_whole_seconds(void) {
    struct ktsn_clocks clocks = {0};
    simulated.tai_ns = 1000 * SECOND;
    simulated.step_ns = 731;
    simulated.realtime_distance_ns = 37 * SECOND;
    CHECK_EQUAL(to_tai(&clocks, CLOCK_REALTIME, 5), 37 * SECOND + 5);
    simulated.realtime_distance_ns = 0;
    CHECK_EQUAL(to_tai(&clocks, CLOCK_REALTIME, 5), 5);
    simulated.realtime_distance_ns = -3 * SECOND;
    CHECK_EQUAL(to_tai(&clocks, CLOCK_REALTIME, 5), -3 * SECOND + 5);
}

static void should_convert_monotonic_within_one_reading(void) {
    struct ktsn_clocks clocks = {0};
    simulated.tai_ns = 5000 * SECOND;
    simulated.step_ns = 40;
    simulated.monotonic_distance_ns = 4321 * SECOND + 17;
    int64_t error_ns = to_tai(&clocks, CLOCK_MONOTONIC, 1000) - 1000 - (4321 * SECOND + 17);
    CHECK(error_ns >= -40 && error_ns <= 40);
}

static void should_not_jitter_while_the_clock_is_not_stepped(void) {
    struct ktsn_clocks clocks = {0};
    simulated.tai_ns = 5000 * SECOND;
    simulated.monotonic_distance_ns = 4321 * SECOND;
    simulated.step_ns = 25;
    int64_t first_ns = to_tai(&clocks, CLOCK_MONOTONIC, 0);
    for (int i = 1; i < 1000; i++) {
        simulated.step_ns = 20 + i * 37 % 5000;
        CHECK_EQUAL(to_tai(&clocks, CLOCK_MONOTONIC, i) - i, first_ns);
    }
}

static void should_take_over_a_step_at_once(void) {
    struct ktsn_clocks clocks = {0};
    simulated.tai_ns = 5000 * SECOND;
    simulated.step_ns = 30;
    simulated.monotonic_distance_ns = 4321 * SECOND;
    to_tai(&clocks, CLOCK_MONOTONIC, 0);
    simulated.monotonic_distance_ns += 2500;
    int64_t error_ns = to_tai(&clocks, CLOCK_MONOTONIC, 0) - (4321 * SECOND + 2500);
    CHECK(error_ns >= -30 && error_ns <= 30);
}

static void should_saturate_instants_that_no_clock_reaches(void) {
    struct ktsn_clocks clocks = {0};
    simulated.realtime_distance_ns = 37 * SECOND;
    CHECK_EQUAL(to_tai(&clocks, CLOCK_REALTIME, INT64_MAX), INT64_MAX);
    simulated.realtime_distance_ns = -37 * SECOND;
    CHECK_EQUAL(to_tai(&clocks, CLOCK_REALTIME, INT64_MIN), INT64_MIN);
}

static void should_leave_other_clocks_alone(void) {
    struct ktsn_clocks clocks = {0};
    int64_t tai_ns;
    CHECK(!ktsn_clock_to_tai(&clocks, simulated_clock, CLOCK_PROCESS_CPUTIME_ID, 1, &tai_ns));
}

static void should_agree_with_the_real_clocks(void) {
    struct ktsn_clocks clocks = {0};
    int64_t tai_ns = 0;
    int64_t before_ns = kernel_clock(CLOCK_TAI);
    CHECK(ktsn_clock_to_tai(&clocks, kernel_clock, CLOCK_MONOTONIC, kernel_clock(CLOCK_MONOTONIC),
                            &tai_ns));
    CHECK(tai_ns >= before_ns - 1000 && tai_ns <= kernel_clock(CLOCK_TAI) + 1000);
}

/* ---- messages ---- */

struct composed {
    struct msghdr message;
    struct sockaddr_in address;
    struct iovec parts[2];
    _Alignas(8) unsigned char control[256];
};

static void compose(struct composed *composed) {
    memset(composed, 0, sizeof *composed);
    composed->address.sin_family = AF_INET;
    composed->address.sin_port = htons(4711);
    composed->address.sin_addr.s_addr = htonl(0x0a4d0003);
    composed->parts[0] = (struct iovec){"abc", 3};
    composed->parts[1] = (struct iovec){"defgh", 5};
    composed->message = (struct msghdr){.msg_name = &composed->address,
                                        .msg_namelen = sizeof composed->address,
                                        .msg_iov = composed->parts,
                                        .msg_iovlen = 2,
                                        .msg_control = composed->control};
}

static void add_control(struct composed *composed, int level, int type, const void *data,
                        size_t length) {
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(length), .cmsg_level = level, .cmsg_type = type};
    unsigned char *end = composed->control + composed->message.msg_controllen;
    memcpy(end, &header, sizeof header);
    memcpy(end + CMSG_LEN(0), data, length);
    composed->message.msg_controllen += CMSG_SPACE(length);
}

static void add_stamp(struct composed *composed, uint64_t launch_time_ns) {
    add_control(composed, SOL_SOCKET, SCM_TXTIME, &launch_time_ns, sizeof launch_time_ns);
}

static uint32_t ipv4_in(const struct ktsn_address *address) {
    uint32_t value;
    memcpy(&value, address, sizeof value);
    return ntohl(value);
}

static void should_read_a_stamped_message(void) {
    struct composed composed;
    struct ktsn_request request;
    compose(&composed);
    add_stamp(&composed, 77);
    CHECK(ktsn_message_stamped(&composed.message));
    CHECK(ktsn_message_read(&composed.message, 0, &request));
    CHECK_EQUAL(request.launch_time_ns, 77);
    CHECK_EQUAL(request.length, 8);
    CHECK_EQUAL(ipv4_in(&request.target.destination), 0x0a4d0003);
    CHECK_EQUAL(request.target.destination_port, 4711);
    CHECK_EQUAL(request.target.tos, -1);
    CHECK_EQUAL(request.target.ttl, -1);
    CHECK_EQUAL(request.target.priority, -1);
}

static void should_read_what_else_a_message_carries(void) {
    struct composed composed;
    struct ktsn_request request;
    int tos = 0xb8, ttl = 9;
    struct in_pktinfo info = {.ipi_ifindex = 5, .ipi_spec_dst.s_addr = htonl(0x0a4d0002)};
    compose(&composed);
    add_control(&composed, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    add_stamp(&composed, 1);
    add_control(&composed, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    add_control(&composed, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    add_stamp(&composed, 2);
    CHECK(ktsn_message_read(&composed.message, MSG_DONTWAIT | MSG_NOSIGNAL, &request));
    CHECK_EQUAL(request.launch_time_ns, 2);
    CHECK_EQUAL(request.target.tos, 0xb8);
    CHECK_EQUAL(request.target.priority, 4);
    CHECK_EQUAL(request.target.ttl, 9);
    CHECK_EQUAL(request.target.interface_index, 5);
    CHECK_EQUAL(ipv4_in(&request.target.source), 0x0a4d0002);
}

static void should_leave_to_the_kernel_what_it_does_not_know(void) {
    struct composed composed;
    struct ktsn_request request;
    uint16_t segment = 100;
    int zero = 0;

    compose(&composed);
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    add_stamp(&composed, 1);
    CHECK(!ktsn_message_read(&composed.message, MSG_MORE, &request));
    CHECK(!ktsn_message_read(&composed.message, MSG_OOB, &request));
    CHECK(!ktsn_message_read(&composed.message, MSG_DONTROUTE, &request));
    CHECK(!ktsn_message_read(NULL, 0, &request));
    CHECK(!ktsn_message_stamped(NULL));
    composed.address.sin_family = AF_INET6;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    composed.address.sin_family = AF_INET;
    composed.address.sin_port = 0;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    composed.address.sin_port = 1;
    composed.message.msg_namelen--;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    composed.message.msg_namelen++;
    composed.parts[1].iov_len = 65505;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    composed.parts[1].iov_len = SIZE_MAX - 1;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    composed.parts[1].iov_len = 1;
    composed.message.msg_iovlen = 1025;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    composed.message.msg_iovlen = 2;
    CHECK(ktsn_message_read(&composed.message, 0, &request));

    CHECK_EQUAL(request.segment, -1);

    add_control(&composed, IPPROTO_UDP, 103, &segment, sizeof segment);
    CHECK(ktsn_message_read(&composed.message, 0, &request));
    CHECK_EQUAL(request.segment, 100);
    add_control(&composed, IPPROTO_UDP, 103, &zero, sizeof zero);
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    compose(&composed);
    add_stamp(&composed, 1);
    add_control(&composed, IPPROTO_UDP, 104, &segment, sizeof segment);
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    compose(&composed);
    add_stamp(&composed, 1);
    add_control(&composed, IPPROTO_IP, IP_TTL, &zero, sizeof zero);
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    compose(&composed);
    add_control(&composed, SOL_SOCKET, SCM_TXTIME, &zero, sizeof zero);
    CHECK(ktsn_message_stamped(&composed.message));
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
}

static const struct sockaddr_in6 far = {
    .sin6_family = AF_INET6,
    .sin6_port = 0x6712, /* 4711 in network order */
    .sin6_addr = {{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}}},
    .sin6_scope_id = 7,
};

static void compose_ipv6(struct composed *composed, struct sockaddr_in6 *address) {
    *address = far;
    compose(composed);
    composed->message.msg_name = address;
    composed->message.msg_namelen = sizeof *address;
    add_stamp(composed, 1);
}

static void should_read_what_an_ipv6_message_carries(void) {
    struct composed composed;
    struct sockaddr_in6 address;
    struct ktsn_request request;
    int traffic_class = 0xb9, hops = 0, dont_fragment = 1;
    uint32_t flow = htonl(0x12345);
    struct in6_pktinfo info = {.ipi6_ifindex = 5, .ipi6_addr = far.sin6_addr};
    compose_ipv6(&composed, &address);
    add_control(&composed, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
    add_control(&composed, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof hops);
    add_control(&composed, IPPROTO_IPV6, IPV6_DONTFRAG, &dont_fragment, sizeof dont_fragment);
    add_control(&composed, IPPROTO_IPV6, 11 /* IPV6_FLOWINFO */, &flow, sizeof flow);
    add_control(&composed, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    address.sin6_flowinfo = htonl(0x54321);
    CHECK(ktsn_message_read(&composed.message, 0, &request));
    CHECK_EQUAL(request.target.family, AF_INET6);
    CHECK_EQUAL(request.target.destination_port, 4711);
    CHECK_EQUAL(memcmp(&request.target.destination, &far.sin6_addr, 16), 0);
    CHECK_EQUAL(memcmp(&request.target.source, &far.sin6_addr, 16), 0);
    CHECK_EQUAL(request.target.scope, 7);
    CHECK_EQUAL(request.target.flow_info, 0x12345);
    CHECK_EQUAL(request.target.tos, 0xb9);
    CHECK_EQUAL(request.target.ttl, 0);
    CHECK_EQUAL(request.target.interface_index, 5);
    CHECK_EQUAL(request.target.priority, -1);
}

static void should_read_the_short_address_of_an_old_program(void) {
    struct composed composed;
    struct sockaddr_in6 address;
    struct ktsn_request request;
    compose_ipv6(&composed, &address);
    composed.message.msg_namelen = 24;
    CHECK(ktsn_message_read(&composed.message, 0, &request));
    CHECK_EQUAL(request.target.scope, 0);
    composed.message.msg_namelen = 23;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
}

static void should_leave_ipv6_to_the_kernel_where_it_does_not_know(void) {
    static const struct {
        int type, value;
    } refused[] = {{IPV6_TCLASS, 256},     {IPV6_TCLASS, -1},
                   {IPV6_HOPLIMIT, 256},   {IPV6_DONTFRAG, 2},
                   {IPV6_HOPOPTS, 0},      {IPV6_DSTOPTS, 0},
                   {IPV6_RTHDR, 0},        {IPV6_PKTINFO, 0},
                   {IPV6_RTHDRDSTOPTS, 0}, {99, 0}};
    struct composed composed;
    struct sockaddr_in6 address;
    struct ktsn_request request;
    int minus_one = -1;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        compose_ipv6(&composed, &address);
        add_control(&composed, IPPROTO_IPV6, refused[i].type, &refused[i].value, sizeof(int));
        CHECK(!ktsn_message_read(&composed.message, 0, &request));
    }
    compose_ipv6(&composed, &address);
    add_control(&composed, IPPROTO_IPV6, IPV6_HOPLIMIT, &minus_one, sizeof minus_one);
    CHECK(ktsn_message_read(&composed.message, 0, &request));
    CHECK_EQUAL(request.target.tos, -1);
    CHECK_EQUAL(request.target.ttl, -1);
    address.sin6_addr = in6addr_any;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
    address = far;
    address.sin6_port = 0;
    CHECK(!ktsn_message_read(&composed.message, 0, &request));
}

static void should_survive_any_control_data(void) {
    struct ktsn_request request;
    unsigned seed = 1;
    for (int round = 0; round < 200000; round++) {
        struct composed composed;
        compose(&composed);
        add_stamp(&composed, 1);
        size_t length = (size_t)rand_r(&seed) % 80;
        /* On the heap, exactly as long as it says, and not aligned: reading beyond it shows. */
        unsigned char *block = malloc(length + 1);
        CHECK(block != NULL);
        for (size_t i = 0; i < length; i++)
            block[i + 1] = (unsigned char)(rand_r(&seed) % 7 == 0        ? rand_r(&seed)
                                           : i < sizeof composed.control ? composed.control[i]
                                                                         : 0);
        composed.message.msg_control = block + 1;
        composed.message.msg_controllen = length;
        ktsn_message_stamped(&composed.message);
        ktsn_message_read(&composed.message, 0, &request);
        free(block);
    }
}

/* ---- what can be read ---- */

#define PAGE 4096

static char variables[3 * PAGE];

static void *on_another_stack(void *argument) {
    char local[3 * PAGE] = {0};
    CHECK(ktsn_readable(local, sizeof local));
    CHECK(ktsn_readable(argument, 1));
    return NULL;
}

static void should_read_what_the_program_can_read(void) {
    char local[3 * PAGE] = {0};
    char *heap = malloc(3 * PAGE);
    char *mapped = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t thread;
    ktsn_readable_initialize();
    for (int again = 0; again < 2; again++) {
        CHECK(ktsn_readable(local, sizeof local));
        CHECK(ktsn_readable(variables, sizeof variables));
        CHECK(ktsn_readable("a constant", 10));
        CHECK(ktsn_readable(heap, 3 * PAGE));
        CHECK(ktsn_readable(heap + 1, 1));
        CHECK(ktsn_readable(mapped, 3 * PAGE));
        CHECK(ktsn_readable(mapped + 3 * PAGE - 1, 1));
        CHECK(ktsn_readable(NULL, 0));
    }
    CHECK_EQUAL(pthread_create(&thread, NULL, on_another_stack, local), 0);
    pthread_join(thread, NULL);
    free(heap);
    munmap(mapped, 3 * PAGE);
}

static void should_not_read_what_the_program_can_not_read(void) {
    char *mapped = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ktsn_readable_initialize();
    CHECK(!ktsn_readable(NULL, 1));
    CHECK(!ktsn_readable((void *)1, SIZE_MAX));
    CHECK(!ktsn_readable((void *)UINTPTR_MAX, 1));
    CHECK(!ktsn_readable((void *)(UINTPTR_MAX - 100), 200));
    CHECK(!ktsn_readable((void *)(uintptr_t)0x8000000000000000, 8));
    CHECK(ktsn_readable(mapped, 3 * PAGE));
    CHECK_EQUAL(mprotect(mapped + PAGE, PAGE, PROT_NONE), 0);
    CHECK(ktsn_readable(mapped, PAGE));
    CHECK(!ktsn_readable(mapped, PAGE + 1));
    CHECK(!ktsn_readable(mapped + 2 * PAGE - 1, 2));
    CHECK(ktsn_readable(mapped + 2 * PAGE, PAGE));
    munmap(mapped, 3 * PAGE);
    CHECK(!ktsn_readable(mapped, 1));
    /* The heap ends where it ends, whatever was seen of it before. */
    char *end = sbrk(0);
    CHECK(sbrk(4 * PAGE) == end);
    CHECK(ktsn_readable(end, 4 * PAGE));
    CHECK(sbrk(-2 * PAGE) != (void *)-1);
    CHECK(ktsn_readable(end, 2 * PAGE));
    CHECK(!ktsn_readable(end + 2 * PAGE, 1) || (uintptr_t)end % PAGE != 0);
    CHECK(sbrk(-2 * PAGE) != (void *)-1);
}

/* ---- the ring ---- */

#define SLOTS 8u
#define SLOT_OCTETS 256u

static struct ktsn_slot *slot_of(const struct ktsn_ring_view *view, uint64_t position) {
    return (struct ktsn_slot *)((char *)view->ring + KTSN_RING_HEADER_OCTETS +
                                position % view->slot_count * view->slot_octets);
}

/* Shared with the children of a fork. */
static struct ktsn_ring_view make_ring(uint32_t slot_count) {
    struct ktsn_ring *ring = mmap(NULL, KTSN_RING_HEADER_OCTETS + (size_t)slot_count * SLOT_OCTETS,
                                  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(ring != MAP_FAILED);
    struct ktsn_ring_view view = {ring, slot_count, SLOT_OCTETS};
    for (uint32_t i = 0; i < slot_count; i++)
        slot_of(&view, i)->state = KTSN_SLOT_STATE(i, KTSN_SLOT_FREE);
    return view;
}

static void drop_ring(const struct ktsn_ring_view *view) {
    munmap(view->ring, KTSN_RING_HEADER_OCTETS + (size_t)view->slot_count * SLOT_OCTETS);
}

static bool put(const struct ktsn_ring_view *view, uint32_t value) {
    struct ktsn_claimed claimed;
    if (ktsn_ring_claim(view, &claimed) != KTSN_CLAIM_DONE)
        return false;
    claimed.slot->length = value;
    ktsn_ring_publish(&claimed);
    return true;
}

static void set_free(const struct ktsn_ring_view *view, uint64_t position) {
    __atomic_store_n(&slot_of(view, position)->state, KTSN_SLOT_STATE(position, KTSN_SLOT_FREE),
                     __ATOMIC_RELEASE);
}

/* Takes the datagram at a position, as KTSNd does. */
static bool take(const struct ktsn_ring_view *view, uint64_t position, uint32_t *value) {
    struct ktsn_slot *slot = slot_of(view, position);
    if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) !=
        KTSN_SLOT_STATE(position, KTSN_SLOT_PUBLISHED))
        return false;
    *value = slot->length;
    set_free(view, position + view->slot_count);
    return true;
}

static void should_pass_datagrams_in_order_over_many_laps(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    uint32_t value, taken = 0;
    for (uint32_t i = 0; i < 100 * SLOTS; i++) {
        CHECK(put(&view, i));
        if (i >= 3) {
            CHECK(take(&view, taken, &value));
            CHECK_EQUAL(value, taken++);
        }
    }
    drop_ring(&view);
}

static void should_say_that_a_ring_is_full_on_every_lap(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    uint32_t value, next = 0, taken = 0;
    for (int lap = 0; lap < 20; lap++) {
        while (put(&view, next))
            next++;
        CHECK_EQUAL(next - taken, SLOTS);
        CHECK(!put(&view, 0));
        for (uint32_t i = 0; i < SLOTS / 2 + (uint32_t)lap % 3; i++) {
            CHECK(take(&view, taken, &value));
            CHECK_EQUAL(value, taken++);
        }
    }
    drop_ring(&view);
}

static void should_call_a_ring_half_full_when_it_is(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    uint32_t value;
    for (uint32_t i = 0; i < SLOTS; i++) {
        CHECK(put(&view, i));
        CHECK_EQUAL(ktsn_ring_half_full(&view, i), i >= SLOTS / 2);
    }
    for (uint32_t i = 0; i < SLOTS; i++)
        CHECK(take(&view, i, &value));
    CHECK(put(&view, 0));
    CHECK(!ktsn_ring_half_full(&view, SLOTS));
    drop_ring(&view);
}

static void should_go_round_a_slot_that_somebody_writes_for_long(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    struct ktsn_claimed slow;
    uint32_t value;
    CHECK(put(&view, 0));
    CHECK_EQUAL(ktsn_ring_claim(&view, &slow), KTSN_CLAIM_DONE);
    CHECK(put(&view, 2));
    CHECK(take(&view, 0, &value));
    CHECK(take(&view, 2, &value));
    CHECK_EQUAL(value, 2);
    for (uint32_t position = 3; position < 5 * SLOTS; position++) {
        if (position % SLOTS == slow.position)
            continue;
        CHECK(put(&view, position));
        CHECK(take(&view, position, &value));
        CHECK_EQUAL(value, position);
    }
    slow.slot->length = 1;
    ktsn_ring_publish(&slow);
    CHECK(take(&view, slow.position, &value));
    CHECK_EQUAL(value, 1);
    drop_ring(&view);
}

static void should_let_go_of_a_position_that_was_passed_before_the_slot_was_its_own(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    uint32_t value;
    set_free(&view, SLOTS);
    CHECK(put(&view, 7));
    CHECK(take(&view, 1, &value));
    CHECK_EQUAL(value, 7);
    drop_ring(&view);
}

static void *die_halfway(void *argument) {
    struct ktsn_claimed claimed;
    CHECK_EQUAL(ktsn_ring_claim(argument, &claimed), KTSN_CLAIM_DONE);
    return NULL;
}

static void check_orphaned(const struct ktsn_ring_view *view, uint64_t position) {
    CHECK_EQUAL(slot_of(view, position)->state, KTSN_SLOT_STATE(position, KTSN_SLOT_ORPHANED));
}

/* Runs the rest of the test in a child, which is killed then. */
static bool in_child(void) {
    pid_t child = fork();
    int status;
    if (child == 0)
        return true;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
    return false;
}

static void should_have_the_kernel_say_that_an_owner_died(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    pthread_t thread;
    CHECK(put(&view, 0));
    CHECK_EQUAL(pthread_create(&thread, NULL, die_halfway, &view), 0);
    pthread_join(thread, NULL);
    check_orphaned(&view, 1);
    if (in_child()) { /* what it knew of itself before the fork is wrong now */
        ktsn_core.forks++;
        die_halfway(&view);
        kill(getpid(), SIGKILL);
    }
    check_orphaned(&view, 2);
    if (in_child()) {
        ktsn_core.forks++;
        CHECK_EQUAL(pthread_create(&thread, NULL, die_halfway, &view), 0);
        pthread_join(thread, NULL);
        check_orphaned(&view, 3);
        put(&view, 4);
        die_halfway(&view);
        kill(getpid(), SIGTERM);
    }
    check_orphaned(&view, 3);
    CHECK_EQUAL(slot_of(&view, 4)->state, KTSN_SLOT_STATE(4, KTSN_SLOT_PUBLISHED));
    check_orphaned(&view, 5);
    drop_ring(&view);
}

static const struct ktsn_ring_view *interrupted;

static void put_in_handler(int number) {
    CHECK(put(interrupted, (uint32_t)number));
}

static void should_have_the_kernel_know_the_claim_that_a_signal_handler_interrupted(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    interrupted = &view;
    if (in_child()) {
        ktsn_core.forks++;
        signal(SIGUSR1, put_in_handler);
        die_halfway(&view);
        raise(SIGUSR1);
        kill(getpid(), SIGKILL);
    }
    check_orphaned(&view, 0);
    CHECK_EQUAL(slot_of(&view, 1)->state, KTSN_SLOT_STATE(1, KTSN_SLOT_PUBLISHED));
    drop_ring(&view);
}

static void should_find_an_end_in_a_ring_that_was_scribbled_over(void) {
    static const uint64_t states[] = {UINT64_C(0x123456789abcdef), UINT64_MAX, KTSN_SLOT_ORPHANED};
    struct ktsn_ring_view view = make_ring(SLOTS);
    struct ktsn_claimed claimed;
    for (size_t n = 0; n < sizeof states / sizeof *states; n++) {
        for (uint32_t i = 0; i < SLOTS; i++)
            slot_of(&view, i)->state = states[n];
        CHECK_EQUAL(ktsn_ring_claim(&view, &claimed), KTSN_CLAIM_BROKEN);
    }
    drop_ring(&view);
}

#define PRODUCERS 4
#define PER_PRODUCER 20000u

struct producer {
    const struct ktsn_ring_view *view;
    uint32_t number;
};

static void *produce(void *argument) {
    struct producer *producer = argument;
    for (uint32_t i = 0; i < PER_PRODUCER;) {
        if (put(producer->view, producer->number << 24 | i)) {
            i++;
            continue;
        }
        uint32_t announced = ktsn_ring_announce_wait(producer->view->ring);
        if (put(producer->view, producer->number << 24 | i))
            i++;
        else
            ktsn_ring_wait(producer->view->ring, announced, 1000000, true);
        ktsn_ring_end_wait(producer->view->ring);
    }
    return NULL;
}

static void should_lose_and_duplicate_nothing_among_threads(void) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    struct producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS];
    uint32_t expected[PRODUCERS] = {0};
    struct consumer consumer;
    consumer_begin(&consumer, view.ring, view.slot_count, view.slot_octets);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){&view, i};
        CHECK_EQUAL(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    for (uint32_t taken = 0; taken < PRODUCERS * PER_PRODUCER; taken++) {
        const struct ktsn_slot *slot;
        while ((slot = consumer_next(&consumer)) == NULL)
            sched_yield();
        uint32_t value = slot->length;
        consumer_done(&consumer);
        CHECK_EQUAL(value & 0xffffff, expected[value >> 24]);
        expected[value >> 24]++;
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(view.ring->space_waiters, 0);
    consumer_end(&consumer);
    drop_ring(&view);
}

static void on_signal(int number) {
    (void)number;
}

static int wait_with_alarm(int handler_flags, bool restartable) {
    struct ktsn_ring_view view = make_ring(SLOTS);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = handler_flags};
    /* Again and again: the first may come before the wait. */
    struct itimerval soon = {.it_value = {.tv_usec = 20000}, .it_interval = {.tv_usec = 20000}};
    struct itimerval never = {.it_value = {.tv_usec = 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    int result = ktsn_ring_wait(view.ring, 0, 200000000, restartable);
    setitimer(ITIMER_REAL, &never, NULL);
    drop_ring(&view);
    return result;
}

static void should_be_interrupted_as_a_blocking_call_is(void) {
    CHECK_EQUAL(wait_with_alarm(0, true), -EINTR);
    CHECK_EQUAL(wait_with_alarm(SA_RESTART, true), 0);
    CHECK_EQUAL(wait_with_alarm(SA_RESTART, false), -EINTR);
}

/* ---- the flow table ---- */

static struct ktsn_flow_table table;

static struct ktsn_flow_key key_of(uint64_t cookie, uint32_t epoch) {
    return (struct ktsn_flow_key){
        .cookie = cookie, .socket_epoch = epoch, .target.destination_port = 3};
}

static void should_find_a_flow_until_something_changes(void) {
    ktsn_flows_clear(&table);
    struct ktsn_flow_key key = key_of(1, 1);
    struct ktsn_flow flow = {.source_port = 17}, found;
    CHECK(!ktsn_flow_find(&table, &key, &found));
    ktsn_flow_keep(&table, &key, &flow);
    CHECK(ktsn_flow_find(&table, &key, &found));
    CHECK_EQUAL(found.source_port, 17);
    struct ktsn_flow_key changed = key;
    changed.socket_epoch++;
    CHECK(!ktsn_flow_find(&table, &changed, &found));
    changed = key;
    changed.network_generation++;
    CHECK(!ktsn_flow_find(&table, &changed, &found));
    changed = key;
    changed.serial++;
    CHECK(!ktsn_flow_find(&table, &changed, &found));
    changed = key;
    changed.target.tos = 8;
    CHECK(!ktsn_flow_find(&table, &changed, &found));
}

static void should_keep_the_latest_flows_when_there_is_no_room(void) {
    ktsn_flows_clear(&table);
    struct ktsn_flow flow = {0}, found;
    int kept = 0;
    for (uint64_t cookie = 1; cookie <= 100000; cookie++) {
        struct ktsn_flow_key key = key_of(cookie, 1);
        flow.priority = (uint32_t)cookie;
        ktsn_flow_keep(&table, &key, &flow);
        CHECK(ktsn_flow_find(&table, &key, &found));
        CHECK_EQUAL(found.priority, cookie);
    }
    for (uint64_t cookie = 1; cookie <= 100000; cookie++) {
        struct ktsn_flow_key key = key_of(cookie, 1);
        kept += ktsn_flow_find(&table, &key, &found);
    }
    CHECK_EQUAL(kept, KTSN_FLOW_SETS * KTSN_FLOW_WAYS);
}

static atomic_bool enough;

static void *keep_one_flow(void *argument) {
    uint32_t value = *(uint32_t *)argument;
    struct ktsn_flow_key key = key_of(1, 1);
    struct ktsn_flow flow = {.priority = value};
    memset(&flow.source, (int)(value & 0xff), sizeof flow.source);
    flow.destination = flow.source;
    while (!enough)
        ktsn_flow_keep(&table, &key, &flow);
    return NULL;
}

static void should_never_show_half_a_flow(void) {
    ktsn_flows_clear(&table);
    pthread_t writers[2];
    uint32_t values[2] = {0x11111111, 0x22222222};
    struct ktsn_flow_key key = key_of(1, 1);
    struct ktsn_flow found;
    enough = false;
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_create(&writers[i], NULL, keep_one_flow, &values[i]), 0);
    for (int seen = 0; seen < 50000;) {
        if (!ktsn_flow_find(&table, &key, &found)) {
            sched_yield();
            continue;
        }
        seen++;
        CHECK(ktsn_address_equal(&found.source, &found.destination) &&
              found.source.octets[0] == (found.priority & 0xff));
    }
    enough = true;
    for (int i = 0; i < 2; i++)
        pthread_join(writers[i], NULL);
}

/* ---- the channel ---- */

static char directory[] = "/tmp/ktsn-unit-XXXXXX";
static char path[64];

static const struct daemon_options usual = {
    .slot_count = 16, .slot_octets = 256, .interface_index = 1, .mtu = 1500};

/* Enters again and again until it works, for five seconds at most. */
static struct ktsn_channel *enter_soon(struct ktsn_channels *channels) {
    int64_t until_ns = kernel_clock(CLOCK_MONOTONIC) + 5 * SECOND;
    for (int64_t now_ns; (now_ns = kernel_clock(CLOCK_MONOTONIC)) < until_ns; sched_yield()) {
        struct ktsn_channel *channel = ktsn_channel_enter(channels, now_ns);
        if (channel != NULL)
            return channel;
    }
    return NULL;
}

/* Enters at a time at which the next look for signs of life is due. */
static struct ktsn_channel *enter_and_look(struct ktsn_channels *channels) {
    return ktsn_channel_enter(channels, kernel_clock(CLOCK_MONOTONIC) + 600000);
}

static void drop_channels(struct ktsn_channels *channels) {
    for (int i = 0; i < KTSN_CHANNELS; i++) {
        struct ktsn_channel *channel = &channels->all[i];
        if (!channel->occupied)
            continue;
        close(channel->control);
        close(channel->doorbell);
        munmap((void *)channel->status, channel->status_octets);
        munmap(channel->ring, channel->ring_octets);
    }
    if (channels->awaiting >= 0)
        close(channels->awaiting);
}

static void should_do_without_a_daemon(void) {
    struct ktsn_channels channels;
    ktsn_channels_initialize(&channels, "/nowhere/app.sock", false);
    CHECK(ktsn_channel_enter(&channels, SECOND) == NULL);
    char long_path[200];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    ktsn_channels_initialize(&channels, long_path, false);
    CHECK(ktsn_channel_enter(&channels, SECOND) == NULL);
}

static void should_connect_and_use_what_the_daemon_offers(void) {
    struct ktsn_channels channels;
    struct daemon *daemon = daemon_start(path, &usual);
    ktsn_channels_initialize(&channels, path, true);
    struct ktsn_channel *channel = ktsn_channel_enter(&channels, SECOND);
    CHECK(channel != NULL);
    CHECK_EQUAL(channel->slot_count, 16);
    CHECK_EQUAL(channel->status->interface_index, 1);
    CHECK(channel->control >= 1000 || channel->control > 3);
    CHECK((fcntl(channel->control, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(channel->doorbell, F_GETFD) & FD_CLOEXEC) != 0);
    ktsn_channel_ring_doorbell(channel);
    CHECK_EQUAL(daemon_rings(daemon), 1);
    CHECK(ktsn_channels_own(&channels, channel->control));
    CHECK(ktsn_channels_own(&channels, channel->doorbell));
    CHECK(!ktsn_channels_own(&channels, 0));
    CHECK(!ktsn_channels_own(&channels, -1));
    ktsn_channel_leave(channel);
    CHECK(ktsn_channel_enter(&channels, SECOND) == channel);
    ktsn_channel_leave(channel);
    CHECK_EQUAL(daemon_hellos(daemon), 1);
    drop_channels(&channels);
    daemon_kill(daemon);
}

static void should_notice_that_the_daemon_died_and_find_the_next(void) {
    struct ktsn_channels channels;
    ktsn_channels_initialize(&channels, path, false);
    struct daemon *daemon = daemon_start(path, &usual);
    /* More often than there are places for channels. */
    for (int life = 0; life < 3 * KTSN_CHANNELS; life++) {
        struct ktsn_channel *channel = enter_soon(&channels);
        CHECK(channel != NULL);
        CHECK_EQUAL(channel->serial, life + 1);
        ktsn_channel_leave(channel);
        daemon_kill(daemon);
        CHECK(enter_and_look(&channels) == NULL);
        daemon = daemon_start(path, &usual);
    }
    daemon_kill(daemon);
    drop_channels(&channels);
}

static void should_not_unmap_what_a_thread_is_using(void) {
    struct ktsn_channels channels;
    ktsn_channels_initialize(&channels, path, false);
    struct daemon *daemon = daemon_start(path, &usual);
    struct ktsn_channel *used = enter_soon(&channels);
    CHECK(used != NULL);
    for (int life = 0; life < 5; life++) {
        daemon_kill(daemon);
        CHECK(enter_and_look(&channels) == NULL);
        daemon = daemon_start(path, &usual);
        struct ktsn_channel *next = enter_soon(&channels);
        CHECK(next != NULL && next != used);
        ktsn_channel_leave(next);
        CHECK_EQUAL(used->status->mtu, 1500);
    }
    ktsn_channel_leave(used);
    daemon_kill(daemon);
    drop_channels(&channels);
}

static void should_stay_out_while_the_daemon_does_not_accept(void) {
    struct ktsn_channels channels;
    struct daemon *daemon = daemon_start(path, &usual);
    daemon_status(daemon)->flags = 0;
    ktsn_channels_initialize(&channels, path, false);
    CHECK(ktsn_channel_enter(&channels, SECOND) == NULL);
    __atomic_store_n(&daemon_status(daemon)->flags, KTSN_STATUS_ACCEPTING, __ATOMIC_RELEASE);
    struct ktsn_channel *channel = ktsn_channel_enter(&channels, SECOND);
    CHECK(channel != NULL);
    ktsn_channel_leave(channel);
    drop_channels(&channels);
    daemon_kill(daemon);
}

static void should_not_trust_an_answer_that_is_wrong(void) {
    static const enum daemon_manner manners[] = {DAEMON_REFUSES, DAEMON_STAYS_SILENT,
                                                 DAEMON_OTHER_VERSION, DAEMON_SHORT_MEMORY,
                                                 DAEMON_NO_DESCRIPTORS};
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        struct ktsn_channels channels;
        struct daemon_options options = usual;
        options.manner = manners[i];
        struct daemon *daemon = daemon_start(path, &options);
        ktsn_channels_initialize(&channels, path, false);
        int64_t before_ns = kernel_clock(CLOCK_MONOTONIC);
        CHECK(ktsn_channel_enter(&channels, before_ns) == NULL);
        CHECK(kernel_clock(CLOCK_MONOTONIC) - before_ns < 2 * SECOND);
        CHECK(ktsn_channel_enter(&channels, before_ns + 1) == NULL);
        drop_channels(&channels);
        daemon_kill(daemon);
    }
}

/* A kernel that has no identity for namespaces is asked for what lies behind an interface's number.
 */
static void should_tell_namespaces_apart_without_their_identity(void) {
    pid_t child = fork();
    if (child == 0) {
        bool told = unshare(CLONE_NEWNET) == 0 &&
                    system("ip link add k0 index 77 address 02:00:00:00:00:01 type veth") == 0;
        int one = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        told = told && unshare(CLONE_NEWNET) == 0 &&
               system("ip link add k0 index 77 address 02:00:00:00:00:02 type veth") == 0;
        int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        int local = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        _exit(told && ktsn_namespace_same_link(other, local, 77) &&
                      !ktsn_namespace_same_link(one, other, 77) &&
                      !ktsn_namespace_same_link(other, local, 78) &&
                      ktsn_namespace_same(other, local, 0) && !ktsn_namespace_same(one, local, 77)
                  ? 0
                  : 1);
    }
    int status;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
}

static void should_make_way_for_the_program(void) {
    struct ktsn_channels channels;
    struct daemon *daemon = daemon_start(path, &usual);
    ktsn_channels_initialize(&channels, path, false);
    struct ktsn_channel *channel = ktsn_channel_enter(&channels, SECOND);
    CHECK(channel != NULL);
    ktsn_channel_leave(channel);
    int taken[] = {channel->doorbell, channel->control};
    for (int i = 0; i < 2; i++) {
        ktsn_channels_vacate(&channels, taken[i]);
        CHECK(!ktsn_channels_own(&channels, taken[i]));
        CHECK_EQUAL(dup2(STDERR_FILENO, taken[i]), taken[i]);
    }
    CHECK(ktsn_channel_enter(&channels, 2 * SECOND) == channel);
    daemon_rings(daemon);
    ktsn_channel_ring_doorbell(channel);
    CHECK_EQUAL(daemon_rings(daemon), 1);
    ktsn_channel_leave(channel);
    for (int i = 0; i < 2; i++)
        close(taken[i]);
    drop_channels(&channels);
    daemon_kill(daemon);
}

static void should_not_touch_descriptors_that_were_closed_behind_its_back(void) {
    struct ktsn_channels channels;
    struct daemon *daemon = daemon_start(path, &usual);
    ktsn_channels_initialize(&channels, path, false);
    struct ktsn_channel *channel = ktsn_channel_enter(&channels, SECOND);
    CHECK(channel != NULL);
    ktsn_channel_leave(channel);
    int control = channel->control, doorbell = channel->doorbell;
    int pipe_ends[2];
    CHECK_EQUAL(pipe2(pipe_ends, O_NONBLOCK), 0);
    dup2(pipe_ends[1], control);
    dup2(pipe_ends[1], doorbell);
    channel = enter_soon(&channels);
    CHECK(channel != NULL);
    CHECK(channel->control != control && channel->doorbell != doorbell);
    ktsn_channel_leave(channel);
    char octet;
    CHECK(read(pipe_ends[0], &octet, 1) < 0 && errno == EAGAIN);
    CHECK(fcntl(control, F_GETFD) >= 0 && fcntl(doorbell, F_GETFD) >= 0);
    close(control);
    close(doorbell);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    drop_channels(&channels);
    daemon_kill(daemon);
}

static void tidy(void) {
    unlink(path);
    rmdir(directory);
}

int main(void) {
    CHECK(mkdtemp(directory) != NULL);
    atexit(tidy);
    snprintf(path, sizeof path, "%s/app.sock", directory);

    RUN(should_take_tai_as_it_is);
    RUN(should_convert_realtime_by_whole_seconds);
    RUN(should_convert_monotonic_within_one_reading);
    RUN(should_not_jitter_while_the_clock_is_not_stepped);
    RUN(should_take_over_a_step_at_once);
    RUN(should_saturate_instants_that_no_clock_reaches);
    RUN(should_leave_other_clocks_alone);
    RUN(should_agree_with_the_real_clocks);

    RUN(should_read_a_stamped_message);
    RUN(should_read_what_else_a_message_carries);
    RUN(should_leave_to_the_kernel_what_it_does_not_know);
    RUN(should_read_what_an_ipv6_message_carries);
    RUN(should_read_the_short_address_of_an_old_program);
    RUN(should_leave_ipv6_to_the_kernel_where_it_does_not_know);
    RUN(should_survive_any_control_data);

    RUN(should_read_what_the_program_can_read);
    RUN(should_not_read_what_the_program_can_not_read);

    RUN(should_pass_datagrams_in_order_over_many_laps);
    RUN(should_say_that_a_ring_is_full_on_every_lap);
    RUN(should_call_a_ring_half_full_when_it_is);
    RUN(should_go_round_a_slot_that_somebody_writes_for_long);
    RUN(should_let_go_of_a_position_that_was_passed_before_the_slot_was_its_own);
    RUN(should_have_the_kernel_say_that_an_owner_died);
    RUN(should_have_the_kernel_know_the_claim_that_a_signal_handler_interrupted);
    RUN(should_find_an_end_in_a_ring_that_was_scribbled_over);
    RUN(should_lose_and_duplicate_nothing_among_threads);
    RUN(should_be_interrupted_as_a_blocking_call_is);

    RUN(should_find_a_flow_until_something_changes);
    RUN(should_keep_the_latest_flows_when_there_is_no_room);
    RUN(should_never_show_half_a_flow);

    RUN(should_do_without_a_daemon);
    RUN(should_connect_and_use_what_the_daemon_offers);
    RUN(should_notice_that_the_daemon_died_and_find_the_next);
    RUN(should_not_unmap_what_a_thread_is_using);
    RUN(should_stay_out_while_the_daemon_does_not_accept);
    RUN(should_not_trust_an_answer_that_is_wrong);
    RUN(should_tell_namespaces_apart_without_their_identity);
    RUN(should_make_way_for_the_program);
    RUN(should_not_touch_descriptors_that_were_closed_behind_its_back);
    return 0;
}
