/* Prints the channel's layout, "name value" a line, for whoever has a layout of their own to check.
 */
#include <stdio.h>

#include "ktsn_channel.h"

#define CONSTANT(name) printf("%s %llu\n", #name, (unsigned long long)(name))
#define SIZE(type) printf("sizeof.%s %zu\n", #type, sizeof(struct type))
#define FIELD(type, field)                                                                         \
    printf("%s.%s %zu\n%s.%s.size %zu\n", #type, #field, offsetof(struct type, field), #type,      \
           #field, sizeof(((struct type *)0)->field))

int main(void) {
    CONSTANT(KTSN_CHANNEL_MAGIC);
    CONSTANT(KTSN_CHANNEL_VERSION);
    CONSTANT(KTSN_HELLO);
    CONSTANT(KTSN_WELCOME);
    CONSTANT(KTSN_REFUSED);
    CONSTANT(KTSN_RESOLVE);
    CONSTANT(KTSN_REPORTS);
    CONSTANT(KTSN_REPORT_INVALID);
    CONSTANT(KTSN_REPORT_MISSED);
    CONSTANT(KTSN_REPORT_SCHEDULED);
    CONSTANT(KTSN_REPORT_SENT);
    CONSTANT(KTSN_STATUS_ACCEPTING);
    CONSTANT(KTSN_RING_HEADER_OCTETS);
    CONSTANT(KTSN_SLOT_HEADER_OCTETS);
    CONSTANT(KTSN_SLOT_FREE);
    CONSTANT(KTSN_SLOT_PUBLISHED);
    CONSTANT(KTSN_SLOT_ORPHANED);
    CONSTANT(KTSN_SLOT_DEADLINE_MODE);
    CONSTANT(KTSN_SLOT_REPORT_ERRORS);
    CONSTANT(KTSN_SLOT_DONT_FRAGMENT);
    CONSTANT(KTSN_SLOT_NO_CHECKSUM);
    CONSTANT(KTSN_SLOT_PAST_IS_NOW);
    CONSTANT(KTSN_SLOT_TX_SCHED);
    CONSTANT(KTSN_SLOT_TX_SOFTWARE);
    CONSTANT(KTSN_SLOT_TX_DATA);

    SIZE(ktsn_message);
    FIELD(ktsn_message, magic);
    FIELD(ktsn_message, version);
    FIELD(ktsn_message, type);

    SIZE(ktsn_hello);
    FIELD(ktsn_hello, message);
    FIELD(ktsn_hello, process);
    FIELD(ktsn_hello, program);

    SIZE(ktsn_welcome);
    FIELD(ktsn_welcome, message);
    FIELD(ktsn_welcome, status_octets);
    FIELD(ktsn_welcome, ring_octets);
    FIELD(ktsn_welcome, slot_count);
    FIELD(ktsn_welcome, slot_octets);

    SIZE(ktsn_refused);
    FIELD(ktsn_refused, message);
    FIELD(ktsn_refused, reason);

    SIZE(ktsn_resolve);
    FIELD(ktsn_resolve, message);
    FIELD(ktsn_resolve, next_hop);
    FIELD(ktsn_resolve, family);

    SIZE(ktsn_reports);
    FIELD(ktsn_reports, message);
    FIELD(ktsn_reports, socket);

    SIZE(ktsn_report);
    FIELD(ktsn_report, kind);
    FIELD(ktsn_report, family);
    FIELD(ktsn_report, number);
    FIELD(ktsn_report, stamp);
    FIELD(ktsn_report, instant_ns);
    FIELD(ktsn_report, source);
    FIELD(ktsn_report, destination);

    SIZE(ktsn_filler);
    FIELD(ktsn_filler, round);

    SIZE(ktsn_status);
    FIELD(ktsn_status, magic);
    FIELD(ktsn_status, version);
    FIELD(ktsn_status, flags);
    FIELD(ktsn_status, interface_index);
    FIELD(ktsn_status, mtu);
    FIELD(ktsn_status, network_generation);
    FIELD(ktsn_status, space_round);
    FIELD(ktsn_status, doorbell_before_ns);

    SIZE(ktsn_ring);
    FIELD(ktsn_ring, magic);
    FIELD(ktsn_ring, version);
    FIELD(ktsn_ring, slot_count);
    FIELD(ktsn_ring, slot_octets);
    FIELD(ktsn_ring, claim);
    FIELD(ktsn_ring, space_sequence);
    FIELD(ktsn_ring, space_waiters);
    FIELD(ktsn_ring, space_awaited);
    FIELD(ktsn_ring, socket_epoch);
    FIELD(ktsn_ring, numbers);

    SIZE(ktsn_slot);
    FIELD(ktsn_slot, state);
    FIELD(ktsn_slot, launch_time_ns);
    FIELD(ktsn_slot, socket);
    FIELD(ktsn_slot, family);
    FIELD(ktsn_slot, flags);
    FIELD(ktsn_slot, tos);
    FIELD(ktsn_slot, ttl);
    FIELD(ktsn_slot, priority);
    FIELD(ktsn_slot, source_port);
    FIELD(ktsn_slot, destination_port);
    FIELD(ktsn_slot, length);
    FIELD(ktsn_slot, source);
    FIELD(ktsn_slot, destination);
    FIELD(ktsn_slot, next_hop);
    FIELD(ktsn_slot, sent_ns);
    FIELD(ktsn_slot, flow_label);
    FIELD(ktsn_slot, timestamps);
    FIELD(ktsn_slot, number);
    FIELD(ktsn_slot, stamp);
    return 0;
}
