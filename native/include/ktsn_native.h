/*
 * libktsn-native: what KTSNd needs and Java can't do: DPDK (whose fast path is inline C), the
 * launcher (whose instants must not depend on a garbage collector), and a few system calls that
 * pass descriptors or change a thread's network namespace.
 *
 * Errors: functions return 0 or more, or -errno; ktsn_error() has the sentence that belongs to the
 * calling thread's last failure.
 */
#ifndef KTSN_NATIVE_H
#define KTSN_NATIVE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define KTSN_API __attribute__((visibility("default")))

/* The sentence for this thread's last failure; never NULL, valid until its next failure. */
KTSN_API const char *ktsn_error(void);

/* ---- time ---- */

/* CLOCK_TAI in nanoseconds. */
KTSN_API int64_t ktsn_now(void);

/* Adds so much to what this process takes for the time: to try what a clock that is set does,
 * without setting the machine's. 0 is the truth. */
KTSN_API void ktsn_shift_clock(int64_t shift_ns);

/* ---- DPDK's environment and packet memory (packet_memory.c): once per process, never undone ----
 */

/* The version of DPDK that is loaded, for instance "DPDK 22.11.11". */
KTSN_API const char *ktsn_dpdk_version(void);

/* The release of DPDK that this library was compiled with, for instance "DPDK 22.11": the only one
 * that it works with, since its fast path is inline. Valid until this thread's next call. */
KTSN_API const char *ktsn_dpdk_built_for(void);

/* DPDK takes no processors with this number or a higher one. */
KTSN_API int ktsn_dpdk_processor_limit(void);

/*
 * Starts DPDK's environment in a thread of its own (rte_eal_init pins its caller) and makes the
 * packet memory: `frames` buffers for frames of up to `room` octets. argv[0] is the program's name.
 * -EALREADY if it runs.
 */
KTSN_API int ktsn_dpdk_start(int argc, const char *const *argv, uint32_t frames, uint32_t room);

/* How many buffers are in the pool (free). */
KTSN_API int64_t ktsn_frames_free_count(void);

/* How large the packet memory is: octets a frame may have, frames in all. 0 before it is made. */
KTSN_API int ktsn_frame_room(void);
KTSN_API int ktsn_frames_total(void);

/*
 * Takes n buffers out of the pool; frame[i] is the buffer's handle. All or nothing: -ENOBUFS. One
 * thread, the planner. There is no call to put one back: a frame that is not sent is used again.
 */
KTSN_API int ktsn_frames_take(uint64_t *frame, uint32_t n);

/* A planner that has ended leaves its frames to the next one, whose takes get them first. */
KTSN_API int ktsn_frames_leave(const uint64_t *frame, uint32_t n);

/* The address of the first octet of a frame; constant for a handle while it isn't sent. */
KTSN_API uint64_t ktsn_frame_data(uint64_t frame);

/* ---- ports (port.c): an operations table each, see port.h ---- */

struct ktsn_port;

/* What a port can do: it launches each frame at its instant by itself, and is to have it some time
 * ahead, by a timer. */
#define KTSN_PORT_DATES_FRAMES 1u

struct ktsn_port_status {
    uint64_t sent_frames;
    uint64_t sent_octets;
    uint64_t failed_frames;
    uint32_t link_up;
    uint32_t capabilities; /* KTSN_PORT_... */
};

/*
 * Opens a virtual device by DPDK's name and arguments ("net_virtio_user0", "path=...,server=1"),
 * one transmit and one receive queue (port_dpdk.c). May block until a vhost-user peer connects:
 * call it from a thread that can wait. Returns the port's address.
 */
KTSN_API int ktsn_port_open_dpdk(const char *device, const char *arguments,
                                 struct ktsn_port **port);

/* Opens a port that leads nowhere: it counts what it is given, and puts it back (port_null.c). */
KTSN_API int ktsn_port_open_null(struct ktsn_port **port);

/* Closes a port that no launcher uses any more. */
KTSN_API int ktsn_port_close(struct ktsn_port *port);

KTSN_API int ktsn_port_status(struct ktsn_port *port, struct ktsn_port_status *status);

/* Throws away what the port received (KTSNd only sends); not while another thread does. */
KTSN_API int ktsn_port_discard_received(struct ktsn_port *port);

/* ---- the launcher (launcher.c) ---- */

/*
 * The launcher knows frames and instants, no policy, and one rule: no frame overtakes one of its
 * queue. Where one is missed, those behind it that the planner has submitted without knowing of it
 * are given back, for the planner to date them all anew. One thread, the planner, submits; one
 * thread, in ktsn_launcher_run, waits for each instant and sends; completions come back to the
 * planner. Both rings are single-producer, single-consumer; positions only grow.
 */
#define KTSN_LAUNCH_RING 4096u /* entries of either ring; a power of two */

struct ktsn_launch {
    uint64_t frame;       /* handle of the buffer */
    uint64_t port;        /* address of the struct ktsn_port */
    int64_t instant_ns;   /* when to send, TAI */
    int64_t not_after_ns; /* when it is too late, TAI */
    uint32_t duration_ns; /* how long it occupies the link */
    uint32_t number;      /* the planner's number for it, handed back in the completion */
    uint32_t length;      /* octets of the frame, without FCS */
    uint32_t queue;       /* 0 to 7: frames of one queue never overtake each other */
    uint64_t collected;   /* the planner's position in the completions when it submitted */
    uint64_t reserved;
};

enum ktsn_outcome {
    KTSN_SENT = 0,    /* the port has it, and its buffer */
    KTSN_MISSED = 1,  /* not sent: its last instant had passed; the buffer is the planner's again */
    KTSN_REFUSED = 2, /* not sent: the port took nothing until its last instant; ditto */
    KTSN_RETURNED = 3 /* not sent: the launcher was told to give all back, or one before it in its
                         queue was missed and the planner did not know; ditto */
};

struct ktsn_completion {
    uint32_t number;
    uint16_t outcome;  /* ktsn_outcome */
    uint16_t spun;     /* 1: sent, and its instant was met by spinning; 0: by timer, or later */
    int64_t actual_ns; /* when the link begins with it: the port has it, behind those that it got in
                          the same call; or when it was found too late */
    int64_t instant_ns; /* as submitted */
    uint64_t frame;     /* as submitted */
};

struct ktsn_launcher {
    /* submissions: the planner writes entries, then submitted (release) */
    uint64_t submitted;
    uint8_t reserved0[56];
    uint64_t taken; /* the launcher's position in them */
    uint8_t reserved1[56];

    /* completions: the launcher writes entries, then completed (release) */
    uint64_t completed;
    uint8_t reserved2[56];
    uint64_t collected; /* the planner's position in them */
    uint8_t reserved3[56];

    /* The launcher sleeps until this instant (TAI); INT64_MIN: it is awake. After a submission:
     * fence (seq_cst), and if the new instant lies before it, call ktsn_launcher_wake. */
    int64_t asleep_until_ns;
    uint32_t wake;     /* futex */
    uint32_t command;  /* 0 run, 1 give back what waits and go on (drained tells when), 2 stop */
    uint32_t drained;  /* counts the commands 1 that are done */
    uint32_t running;  /* 1 while a thread is in ktsn_launcher_run */
    int64_t margin_ns; /* the launcher stops sleeping this long before an instant; adapts itself */
    uint64_t spun_ns;  /* time spent spinning, in all */
    uint64_t slept_ns; /* time spent sleeping, in all */
    int32_t bell;      /* an eventfd that is rung when frames are missed; 0: none */
    int32_t planner;   /* the planner's thread (gettid); 0: unknown */
    uint8_t reserved4[8];

    struct ktsn_launch submission[KTSN_LAUNCH_RING];
    struct ktsn_completion completion[KTSN_LAUNCH_RING];
};

/* Makes a launcher's memory, zeroed and locked; what was given back is used again. */
KTSN_API struct ktsn_launcher *ktsn_launcher_new(void);

/* Gives it back; no thread may be in it. It stays mapped: a late reader finds old figures. */
KTSN_API void ktsn_launcher_free(struct ktsn_launcher *launcher);

/*
 * Sends what is submitted, each at its instant, until the command is stop; returns 0 then. What
 * still waits is given back with KTSN_RETURNED. cpu < 0: not pinned; priority 0: not real-time. The
 * bounds of the margin are in nanoseconds. A real-time launcher that has not slept for 2 ms,
 * because frames follow each other without a gap, rests for rest_ns; 0 where it has its processor
 * for itself. It spins for at most spin_permille of the time, less what the planner works
 * meanwhile, and for the highest queues first; 1000 where it has its processor for itself. What
 * that does not cover it launches by timer, as late as the host's wake-ups are, and together with
 * what comes soon after.
 */
KTSN_API int ktsn_launcher_run(struct ktsn_launcher *launcher, int cpu, int priority,
                               int64_t margin_min_ns, int64_t margin_max_ns, int64_t rest_ns,
                               int spin_permille);

/* Wakes the launcher. */
KTSN_API void ktsn_launcher_wake(struct ktsn_launcher *launcher);

/* ---- system calls (system.c) ---- */

/*
 * Writes the numbers of the processors that this process may use, in rising order: those that its
 * main thread may run on, whatever the calling thread is pinned to. Returns how many there are, of
 * which the first `room` were written.
 */
KTSN_API int ktsn_processors(int32_t *number, int room);

/*
 * Pins the calling thread (cpu < 0: leaves it). priority 1 to 99 makes it SCHED_FIFO, -20 to -1 is
 * a nice value, 0 leaves it.
 */
KTSN_API int ktsn_thread_place(int cpu, int priority);

/** The calling thread's number. */
KTSN_API int ktsn_thread_id(void);

/** Lets a thread of this process run only where no other wants to (SCHED_IDLE). */
KTSN_API void ktsn_thread_demote(int id);

/* A Unix SOCK_SEQPACKET socket that listens at path; what lay there is removed. Non-blocking. */
KTSN_API int ktsn_seqpacket_listen(const char *path, int mode);

/* Who connected. */
struct ktsn_peer {
    uint64_t network;           /* the inode of its socket's network namespace; 0: unknown */
    int32_t process;            /* SO_PEERCRED; 0 if it can't be seen from here */
    uint32_t user;              /* SO_PEERCRED */
    int32_t passes_descriptors; /* whether the kernel lets it send descriptors along */
    int32_t reserved;
};

/* Accepts; the descriptor is non-blocking. -EAGAIN: none waits. */
KTSN_API int ktsn_seqpacket_accept(int listener, struct ktsn_peer *who);

/* Sends one message with up to 8 descriptors. */
KTSN_API int ktsn_seqpacket_send(int socket, const void *message, uint32_t octets,
                                 const int32_t *descriptors, uint32_t count);

/* Receives one message. 0: the peer is gone; -EAGAIN: none; -EPERM: descriptors came with it, which
 * stay with the message. */
KTSN_API int ktsn_seqpacket_receive(int socket, void *message, uint32_t room);

/*
 * Makes sealed shared memory: its size is fixed for ever. Maps it for this process at *address.
 * With read_only, nobody who gets the descriptor can write to it or map it writable. Returns the
 * descriptor.
 */
KTSN_API int ktsn_memory_share(const char *name, uint64_t octets, int read_only, uint64_t *address);

/*
 * Has shared memory keep its pages: nobody who gets the descriptor can take any out of it, so that
 * no access to it here has to wait for the kernel (the file is immutable; who has it open can map
 * and write it as before).
 */
KTSN_API int ktsn_memory_keep(int memory);

/*
 * Takes the pages out of shared memory that is no longer used here: whoever holds on to it holds no
 * memory of this process's. What is read-only for others keeps them.
 */
KTSN_API void ktsn_memory_release(int memory, uint64_t octets);

/* Unmaps what ktsn_memory_share mapped. */
KTSN_API int ktsn_memory_unmap(uint64_t address, uint64_t octets);

/* An eventfd, non-blocking. */
KTSN_API int ktsn_event_new(void);

/* Adds 1 to an eventfd. */
KTSN_API int ktsn_event_ring(int event);

/* Clears an eventfd. */
KTSN_API int ktsn_event_clear(int event);

/* A pair of datagram sockets, non-blocking: one datagram that waits at the second end makes the
 * first unwritable, with the smallest send buffer. Returns 0, or 1 if the kernel lets others send
 * descriptors along (before Linux 6.16). */
KTSN_API int ktsn_space_new(int ends[2]);

/* Takes the datagrams from the second end that begin with a round before this one, a bounded
 * number. */
KTSN_API int ktsn_space_empty(int end, uint64_t round);

/* A pair of datagram sockets, non-blocking, for reports from the second end to the first; nothing
 * can be sent the other way. */
KTSN_API int ktsn_report_new(int ends[2]);

/* Sends one datagram of two parts from the second end, of which the second may be empty. Never
 * blocks. Returns 0 or -errno: -EAGAIN if there is no room. */
KTSN_API int ktsn_report_send(int end, uint64_t report, uint32_t octets, uint64_t frame,
                              uint32_t frame_octets);

/* An epoll instance, and its use. With edge, the descriptor reports only news. */
KTSN_API int ktsn_poll_new(void);
KTSN_API int ktsn_poll_add(int poll, int descriptor, uint64_t token, int edge);
KTSN_API int ktsn_poll_remove(int poll, int descriptor);

/* Waits at most timeout_ns (< 0: for ever); writes up to room tokens; returns how many. */
KTSN_API int ktsn_poll_wait(int poll, uint64_t *tokens, uint32_t room, int64_t timeout_ns);

/* A NETLINK_ROUTE socket, non-blocking, opened inside a network namespace given by its file. */
KTSN_API int ktsn_netlink_open(const char *network_namespace, uint32_t groups);

/* Sends one netlink message or batch to the kernel; receives one datagram of the kernel's (0: none
 * there, or so many of others before it that the next call goes on). */
KTSN_API int ktsn_netlink_send(int socket, const void *message, uint32_t octets);
KTSN_API int ktsn_netlink_receive(int socket, void *buffer, uint32_t room);

/* Opens the network namespace that a netlink socket is in. */
KTSN_API int ktsn_netlink_namespace(int socket);

/* Switches transmit checksum offload off, of an interface in a netlink socket's namespace. */
KTSN_API int ktsn_netlink_checksum_off(int socket, const char *interface_name);

/* Wakes so many who wait on a futex in shared memory. */
KTSN_API int ktsn_futex_wake(uint64_t address, int count);

KTSN_API int ktsn_close(int descriptor);

static_assert(sizeof(struct ktsn_launch) == 64, "ktsn_launch");
static_assert(sizeof(struct ktsn_completion) == 32, "ktsn_completion");
static_assert(offsetof(struct ktsn_launcher, taken) == 64, "ktsn_launcher");
static_assert(offsetof(struct ktsn_launcher, completed) == 128, "ktsn_launcher");
static_assert(offsetof(struct ktsn_launcher, collected) == 192, "ktsn_launcher");
static_assert(offsetof(struct ktsn_launcher, asleep_until_ns) == 256, "ktsn_launcher");
static_assert(offsetof(struct ktsn_launcher, submission) == 320, "ktsn_launcher");
static_assert(sizeof(struct ktsn_port_status) == 32, "ktsn_port_status");

#endif
