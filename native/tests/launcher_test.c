/* The launcher against DPDK's null and ring devices, without hugepages. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "ktsn_native.h"
#include "running.h"

static struct ktsn_port *port;

static void submit_to(uint32_t queue, uint32_t number, int64_t instant, int64_t not_after) {
    uint64_t frame;
    CHECK(ktsn_frames_take(&frame, 1) == 0, "the pool is empty");
    memset((void *)(uintptr_t)ktsn_frame_data(frame), 0, 60);
    struct ktsn_launch *launch =
        &launcher->submission[launcher->submitted & (KTSN_LAUNCH_RING - 1)];
    *launch = (struct ktsn_launch){.frame = frame,
                                   .port = (uint64_t)(uintptr_t)port,
                                   .instant_ns = instant,
                                   .not_after_ns = not_after,
                                   .duration_ns = 672,
                                   .number = number,
                                   .length = 60,
                                   .queue = queue,
                                   .collected = launcher->collected};
    __atomic_store_n(&launcher->submitted, launcher->submitted + 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&launcher->asleep_until_ns, __ATOMIC_SEQ_CST) > instant - 250000)
        ktsn_launcher_wake(launcher);
}

static void submit(uint32_t number, int64_t instant, int64_t not_after) {
    submit_to(0, number, instant, not_after);
}

static struct ktsn_completion collect(void) {
    struct ktsn_completion none = {.outcome = 99};
    for (int i = 0; i < 20000; i++) {
        if (__atomic_load_n(&launcher->completed, __ATOMIC_ACQUIRE) != launcher->collected)
            return launcher->completion[launcher->collected++ & (KTSN_LAUNCH_RING - 1)];
        usleep(100);
    }
    CHECK(0, "no completion within 2 s");
    return none;
}

static void should_send_each_frame_at_or_after_its_instant(void) {
    start_launcher();
    int64_t base = ktsn_now() + 5000000;
    for (uint32_t i = 0; i < 50; i++)
        submit(i, base + i * INT64_C(500000), INT64_MAX);
    for (uint32_t i = 0; i < 50; i++) {
        struct ktsn_completion c = collect();
        CHECK(c.number == i, "frame %u came as %u", i, c.number);
        CHECK(c.outcome == KTSN_SENT, "outcome %u", c.outcome);
        CHECK(c.actual_ns >= base + i * INT64_C(500000), "%lld ns early",
              (long long)(base + i * INT64_C(500000) - c.actual_ns));
    }
    stop_launcher();
    ktsn_launcher_free(launcher);
}

static void should_send_an_earlier_frame_first_though_it_came_later(void) {
    start_launcher();
    int64_t base = ktsn_now() + 50000000;
    submit(1, base, INT64_MAX);
    submit(2, base - 20000000, INT64_MAX);
    submit(3, base - 10000000, INT64_MAX);
    CHECK(collect().number == 2, "the earliest is not first");
    CHECK(collect().number == 3, "the second earliest is not second");
    CHECK(collect().number == 1, "the latest is not last");
    stop_launcher();
    ktsn_launcher_free(launcher);
}

static void should_keep_the_order_of_submission_for_equal_instants(void) {
    start_launcher();
    int64_t base = ktsn_now() + 20000000;
    for (uint32_t i = 0; i < 20; i++)
        submit(i, base, INT64_MAX);
    int64_t before = 0;
    for (uint32_t i = 0; i < 20; i++) {
        struct ktsn_completion c = collect();
        CHECK(c.number == i, "frame %u came as %u", i, c.number);
        CHECK(c.actual_ns >= before + (i ? 672 : 0), "the link was still busy");
        before = c.actual_ns;
    }
    stop_launcher();
    ktsn_launcher_free(launcher);
}

static void should_give_back_a_frame_whose_last_instant_has_passed(void) {
    start_launcher();
    int64_t now = ktsn_now();
    submit(7, now - 2000000, now - 1000000);
    struct ktsn_completion c = collect();
    CHECK(c.number == 7 && c.outcome == KTSN_MISSED, "outcome %u", c.outcome);
    stop_launcher();
    ktsn_launcher_free(launcher);
}

static void expect(uint32_t number, uint32_t outcome) {
    struct ktsn_completion c = collect();
    CHECK(c.number == number && c.outcome == outcome, "frame %u with outcome %u, not %u with %u",
          c.number, c.outcome, number, outcome);
}

static void should_let_no_frame_overtake_a_missed_one_of_its_queue(void) {
    start_launcher();
    int bell = eventfd(0, EFD_NONBLOCK);
    launcher->bell = bell;
    int64_t now = ktsn_now();
    submit_to(3, 1, now + 30000000, INT64_MAX);
    submit_to(4, 2, now + 30000000, INT64_MAX);
    submit_to(3, 3, now - 2000000, now - 1000000);
    expect(3, KTSN_MISSED);
    expect(1, KTSN_RETURNED);
    uint64_t collected = launcher->collected;
    launcher->collected = collected - 2; /* submitted without knowing of the missed one */
    submit_to(3, 4, now + 40000000, INT64_MAX);
    launcher->collected = collected;
    submit_to(3, 6, now + 40000000, INT64_MAX); /* without knowing that 4 comes back */
    expect(4, KTSN_RETURNED);
    expect(6, KTSN_RETURNED);
    eventfd_t rung = 0;
    CHECK(eventfd_read(bell, &rung) == 0 && rung > 0, "the planner was not told");
    submit_to(3, 5, now + 40000000, INT64_MAX); /* knowing of it */
    expect(2, KTSN_SENT);
    expect(5, KTSN_SENT);
    stop_launcher();
    close(bell);
    ktsn_launcher_free(launcher);
}

static void should_give_everything_back_when_told(void) {
    start_launcher();
    int64_t base = ktsn_now() + INT64_C(3600000000000);
    for (uint32_t i = 0; i < 10; i++)
        submit(i, base + i, INT64_MAX);
    __atomic_store_n(&launcher->command, 1, __ATOMIC_SEQ_CST);
    ktsn_launcher_wake(launcher);
    for (uint32_t i = 0; i < 10; i++) {
        struct ktsn_completion c = collect();
        CHECK(c.outcome == KTSN_RETURNED, "outcome %u", c.outcome);
    }
    for (int i = 0; i < 1000 && !__atomic_load_n(&launcher->drained, __ATOMIC_SEQ_CST); i++)
        usleep(100);
    CHECK(launcher->drained == 1, "drained %u times", launcher->drained);
    submit(77, ktsn_now(), INT64_MAX); /* and goes on */
    CHECK(collect().outcome == KTSN_SENT, "it does not go on");
    stop_launcher();
    ktsn_launcher_free(launcher);
}

static void should_launch_by_timer_what_its_budget_does_not_cover(void) {
    spin_permille = 0;
    start_launcher();
    int64_t base = ktsn_now() + 5000000;
    for (uint32_t i = 0; i < 50; i++)
        submit(i, base + i * INT64_C(500000), INT64_MAX);
    int spun = 0;
    for (uint32_t i = 0; i < 50; i++) {
        struct ktsn_completion c = collect();
        CHECK(c.number == i && c.outcome == KTSN_SENT, "frame %u came as %u", i, c.number);
        CHECK(c.actual_ns >= base + i * INT64_C(500000), "early");
        spun += c.spun;
    }
    /* A purse holds two margins to begin with, and time earns nothing. */
    CHECK(spun <= 10, "%d of 50 were met by spinning", spun);
    CHECK(launcher->spun_ns <= 10 * INT64_C(250000), "spun %llu ns",
          (unsigned long long)launcher->spun_ns);
    stop_launcher();
    ktsn_launcher_free(launcher);
    spin_permille = 1000;
}

static void should_wake_up_once_for_frames_that_leave_by_timer_soon_after_each_other(void) {
    enum { FRAMES = 400 };
    spin_permille = 0;
    start_launcher();
    int64_t base = ktsn_now() + 10000000;
    for (uint32_t i = 0; i < FRAMES; i++)
        submit(i, base + i * INT64_C(10000), INT64_MAX);
    int bursts = 0;
    int64_t before_ns = INT64_MIN;
    for (uint32_t i = 0; i < FRAMES; i++) {
        struct ktsn_completion c = collect();
        CHECK(c.number == i && c.outcome == KTSN_SENT, "frame %u came as %u", i, c.number);
        CHECK(c.actual_ns >= base + i * INT64_C(10000), "early");
        bursts += c.actual_ns > before_ns + 5000;
        before_ns = c.actual_ns;
    }
    /* 4 ms; what two margins of spinning pay for leaves one by one. */
    CHECK(bursts <= 40 + 2 * 25 + 20, "%d wake-ups for 400 frames", bursts);
    stop_launcher();
    ktsn_launcher_free(launcher);
    spin_permille = 1000;
}

static void should_spin_for_a_frame_that_a_timer_would_miss(void) {
    spin_permille = 1;
    start_launcher();
    int64_t base = ktsn_now() + 5000000;
    for (uint32_t i = 0; i < 4; i++)
        submit(i, base + i * INT64_C(2000000), base + i * INT64_C(2000000) + 10000);
    for (uint32_t i = 0; i < 4; i++) {
        struct ktsn_completion c = collect();
        CHECK(c.number == i, "frame %u came as %u", i, c.number);
        /* Where the machine stood still it is missed; never is it left to a timer. */
        CHECK(c.outcome != KTSN_SENT || c.spun, "sent by timer");
    }
    stop_launcher();
    ktsn_launcher_free(launcher);
    spin_permille = 1000;
}

static void should_count_and_put_back_what_goes_nowhere(void) {
    enum { FRAMES = 100 };
    struct ktsn_port *device = port;
    struct ktsn_port_status status;
    int64_t before = ktsn_frames_free_count();
    CHECK(ktsn_port_open_null(&port) == 0, "%s", ktsn_error());
    start_launcher();
    int64_t base = ktsn_now();
    for (uint32_t i = 0; i < FRAMES; i++)
        submit(i, base + i * INT64_C(10000), INT64_MAX);
    for (uint32_t i = 0; i < FRAMES; i++)
        expect(i, KTSN_SENT);
    stop_launcher();
    CHECK(ktsn_port_status(port, &status) == 0, "%s", ktsn_error());
    CHECK(status.sent_frames == FRAMES && status.sent_octets == FRAMES * 60 && status.link_up == 1,
          "%llu frames, %llu octets", (unsigned long long)status.sent_frames,
          (unsigned long long)status.sent_octets);
    CHECK(ktsn_frames_free_count() == before, "buffers are missing");
    CHECK(ktsn_port_discard_received(port) == 0, "it received something");
    CHECK(ktsn_port_close(port) == 0, "%s", ktsn_error());
    ktsn_launcher_free(launcher);
    port = device;
}

static void should_refuse_to_start_dpdk_twice(void) {
    const char *argv[] = {"test"};
    CHECK(ktsn_dpdk_start(1, argv, 64, 2048) == -EALREADY, "started twice");
    CHECK(strstr(ktsn_error(), "already"), "says: %s", ktsn_error());
}

static void should_say_which_device_can_not_be_made(void) {
    struct ktsn_port *none;
    CHECK(ktsn_port_open_dpdk("net_nonsense0", "", &none) < 0, "opened nonsense");
    CHECK(strstr(ktsn_error(), "net_nonsense0"), "says: %s", ktsn_error());
}

static void should_share_memory_that_nobody_can_shrink_or_write_read_only(void) {
    uint64_t address;
    int memory = ktsn_memory_share("test", 8192, 1, &address);
    CHECK(memory >= 0, "%s", ktsn_error());
    CHECK(ftruncate(memory, 4096) == -1 && errno == EPERM, "it shrank");
    CHECK(write(memory, "x", 1) == -1 && errno == EPERM, "it was written to");
    *(volatile char *)(uintptr_t)address = 1;
    CHECK(ktsn_memory_unmap(address, 8192) == 0, "%s", ktsn_error());
    ktsn_close(memory);
}

static void should_share_memory_that_keeps_its_pages(void) {
    enum { OCTETS = 65536, HOLE = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE };
    uint64_t address;
    int memory = ktsn_memory_share("test", OCTETS, 0, &address);
    CHECK(memory >= 0 && ktsn_memory_keep(memory) == 0, "%s", ktsn_error());
    volatile char *here = (volatile char *)(uintptr_t)address;
    char *there = mmap(NULL, OCTETS, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    CHECK(there != MAP_FAILED, "it can't be mapped: %s", strerror(errno));
    there[0] = 1;
    there[OCTETS - 1] = 2;
    CHECK(fallocate(memory, HOLE, 0, OCTETS) == -1 && errno == EPERM, "a hole");
    CHECK(fallocate(memory, HOLE, 4096, 4096) == -1 && errno == EPERM, "a hole in it");
    CHECK(fallocate(memory, FALLOC_FL_ZERO_RANGE, 0, OCTETS) == -1, "zeroed");
    CHECK(madvise(there, OCTETS, MADV_REMOVE) == -1 && errno == EPERM, "removed");
    CHECK(ftruncate(memory, 0) == -1 && errno == EPERM, "it shrank");
    (void)madvise(there, OCTETS, MADV_DONTNEED);
    (void)madvise(there, OCTETS, MADV_PAGEOUT);
    CHECK(here[0] == 1 && here[OCTETS - 1] == 2, "what was written has gone");
    ktsn_memory_release(memory, OCTETS);
    CHECK(there[0] == 0 && there[OCTETS - 1] == 0, "whoever has it mapped keeps its pages");
    munmap(there, OCTETS);
    ktsn_memory_unmap(address, OCTETS);
    ktsn_close(memory);
}

static void should_name_the_namespace_that_is_not_there(void) {
    CHECK(ktsn_netlink_open("/run/netns/ktsn-no-such", 0) == -ENOENT, "opened");
    CHECK(strstr(ktsn_error(), "/run/netns/ktsn-no-such"), "says: %s", ktsn_error());
}

static void should_reach_interfaces_in_the_namespace_of_a_netlink_socket(void) {
    int socket = ktsn_netlink_open("/proc/self/ns/net", 0);
    int space = ktsn_netlink_namespace(socket);
    struct stat own = {0};
    struct stat found = {0};
    CHECK(stat("/proc/self/ns/net", &own) == 0 && fstat(space, &found) == 0, "%s", ktsn_error());
    CHECK(own.st_ino == found.st_ino, "another namespace");
    CHECK(ktsn_netlink_checksum_off(socket, "ktsn-no-such") == -ENODEV, "found");
    CHECK(strstr(ktsn_error(), "ktsn-no-such"), "says: %s", ktsn_error());
    CHECK(ktsn_netlink_checksum_off(socket, "a-name-of-many-letters") == -ENAMETOOLONG, "taken");
    ktsn_close(space);
    ktsn_close(socket);
}

static void should_be_compiled_with_the_release_of_dpdk_that_is_loaded(void) {
    const char *release = ktsn_dpdk_built_for();
    CHECK(strncmp(ktsn_dpdk_version(), release, strlen(release)) == 0, "%s, loaded: %s", release,
          ktsn_dpdk_version());
}

static void pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == 0, "processor %d", processor);
}

static void *processors_seen_by_a_pinned_thread(void *argument) {
    int32_t *seen = argument;
    pin(seen[1]);
    seen[0] = ktsn_processors(&seen[1], 1);
    return NULL;
}

static void should_tell_the_processors_of_the_process_whatever_a_thread_is_pinned_to(void) {
    int32_t all[CPU_SETSIZE];
    int count = ktsn_processors(all, CPU_SETSIZE);
    CHECK(count >= 1 && count == ktsn_processors(NULL, 0), "%d processors", count);
    cpu_set_t before;
    CHECK(sched_getaffinity(0, sizeof before, &before) == 0, "unknown");
    CHECK(CPU_COUNT(&before) == count, "%d of %d", count, CPU_COUNT(&before));
    pin(all[count - 1]);
    int32_t seen[2] = {0, all[0]};
    pthread_t other;
    CHECK(pthread_create(&other, NULL, processors_seen_by_a_pinned_thread, seen) == 0, "no thread");
    pthread_join(other, NULL);
    CHECK(seen[0] == 1 && seen[1] == all[count - 1], "%d, the first is %d", seen[0], seen[1]);
    CHECK(sched_setaffinity(0, sizeof before, &before) == 0, "not taken back");
}

int main(void) {
    int32_t processor = 0;
    char lcores[16];
    ktsn_processors(&processor, 1);
    snprintf(lcores, sizeof lcores, "0@%d", processor);
    const char *argv[] = {"launcher_test",  "--no-pci", "--no-huge", "--no-shconf", "-m", "64",
                          "--no-telemetry", "--lcores", lcores};
    if (ktsn_dpdk_start(9, argv, 2048, 2048) != 0 ||
        ktsn_port_open_dpdk("net_null0", "", &port) != 0) {
        fprintf(stderr, "%s\n", ktsn_error());
        return 1;
    }
    RUN(should_send_each_frame_at_or_after_its_instant);
    RUN(should_send_an_earlier_frame_first_though_it_came_later);
    RUN(should_keep_the_order_of_submission_for_equal_instants);
    RUN(should_give_back_a_frame_whose_last_instant_has_passed);
    RUN(should_let_no_frame_overtake_a_missed_one_of_its_queue);
    RUN(should_give_everything_back_when_told);
    RUN(should_launch_by_timer_what_its_budget_does_not_cover);
    RUN(should_wake_up_once_for_frames_that_leave_by_timer_soon_after_each_other);
    RUN(should_spin_for_a_frame_that_a_timer_would_miss);
    RUN(should_count_and_put_back_what_goes_nowhere);
    RUN(should_refuse_to_start_dpdk_twice);
    RUN(should_say_which_device_can_not_be_made);
    RUN(should_share_memory_that_nobody_can_shrink_or_write_read_only);
    RUN(should_share_memory_that_keeps_its_pages);
    RUN(should_name_the_namespace_that_is_not_there);
    RUN(should_reach_interfaces_in_the_namespace_of_a_netlink_socket);
    RUN(should_be_compiled_with_the_release_of_dpdk_that_is_loaded);
    RUN(should_tell_the_processors_of_the_process_whatever_a_thread_is_pinned_to);
    return REPORT();
}
