/* KTSNd's side of the channel, for tests: welcomes programs and takes datagrams out of the ring. */
#ifndef KTSN_TEST_DAEMON_H
#define KTSN_TEST_DAEMON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ktsn_channel.h"

enum daemon_manner {
    DAEMON_WELCOMES,
    DAEMON_REFUSES,
    DAEMON_STAYS_SILENT,
    DAEMON_OTHER_VERSION,
    DAEMON_SHORT_MEMORY, /* announces a larger ring than it hands over */
    DAEMON_NO_DESCRIPTORS,
    DAEMON_REPORTS_NOTHING,
};

struct daemon_options {
    uint32_t slot_count;
    uint32_t slot_octets;
    uint32_t interface_index;
    uint32_t mtu;
    enum daemon_manner manner;
};

struct daemon;

/* A datagram as it was taken from the ring. */
struct daemon_record {
    struct ktsn_slot slot;
    unsigned char payload[2048];
};

/* Listens on path, which is replaced; a thread welcomes. Exits the process if that fails. */
struct daemon *daemon_start(const char *path, const struct daemon_options *options);

/* Disappears as a killed process does: every descriptor is closed at once, the socket file stays.
 */
void daemon_kill(struct daemon *daemon);

/* Takes the next datagram; false if there is none. */
bool daemon_take(struct daemon *daemon, struct daemon_record *record);

/* As daemon_take, but waits for the doorbell for up to timeout_ms. */
bool daemon_await(struct daemon *daemon, struct daemon_record *record, int timeout_ms);

/* Reports to whoever has asked for a socket's reports; false if nobody has, or it has no room. */
bool daemon_report(struct daemon *daemon, uint64_t socket, const struct ktsn_report *report,
                   const void *frame, size_t octets);

/* How many connections there are that were not closed by both sides. */
int daemon_connections(struct daemon *daemon);

/* How often somebody has asked for reports. */
int daemon_askings(struct daemon *daemon);

/* How many slots were claimed and are not published. */
int daemon_held(struct daemon *daemon);

/* How many programs have connected, and how many hints have come. */
int daemon_hellos(struct daemon *daemon);
int daemon_hints(struct daemon *daemon);
uint32_t daemon_last_hint(struct daemon *daemon);

/* Makes the space socket writable if somebody waits for that; so does taking, once half of the ring
 * is free. */
void daemon_release(struct daemon *daemon);

/* How often it was made writable. */
int daemon_releases(struct daemon *daemon);

/* How often the doorbell was rung. */
uint64_t daemon_rings(struct daemon *daemon);

struct ktsn_status *daemon_status(struct daemon *daemon);
struct ktsn_ring *daemon_ring(struct daemon *daemon);

#endif
