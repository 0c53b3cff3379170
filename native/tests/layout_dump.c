/* Prints every size, offset and constant that Java relies on, as "name value" lines. */
#include <stdio.h>

#include "ktsn_native.h"

#define SIZE(type) printf("sizeof." #type " %zu\n", sizeof(struct type))
#define FIELD(type, field) printf(#type "." #field " %zu\n", offsetof(struct type, field))
#define CONSTANT(name) printf(#name " %lld\n", (long long)(name))

int main(void) {
    CONSTANT(KTSN_LAUNCH_RING);
    CONSTANT(KTSN_SENT);
    CONSTANT(KTSN_MISSED);
    CONSTANT(KTSN_REFUSED);
    CONSTANT(KTSN_RETURNED);
    SIZE(ktsn_launch);
    FIELD(ktsn_launch, frame);
    FIELD(ktsn_launch, port);
    FIELD(ktsn_launch, instant_ns);
    FIELD(ktsn_launch, not_after_ns);
    FIELD(ktsn_launch, duration_ns);
    FIELD(ktsn_launch, number);
    FIELD(ktsn_launch, length);
    FIELD(ktsn_launch, queue);
    FIELD(ktsn_launch, collected);
    SIZE(ktsn_completion);
    FIELD(ktsn_completion, number);
    FIELD(ktsn_completion, outcome);
    FIELD(ktsn_completion, spun);
    FIELD(ktsn_completion, actual_ns);
    FIELD(ktsn_completion, instant_ns);
    FIELD(ktsn_completion, frame);
    SIZE(ktsn_launcher);
    FIELD(ktsn_launcher, submitted);
    FIELD(ktsn_launcher, taken);
    FIELD(ktsn_launcher, completed);
    FIELD(ktsn_launcher, collected);
    FIELD(ktsn_launcher, asleep_until_ns);
    FIELD(ktsn_launcher, command);
    FIELD(ktsn_launcher, drained);
    FIELD(ktsn_launcher, running);
    FIELD(ktsn_launcher, margin_ns);
    FIELD(ktsn_launcher, spun_ns);
    FIELD(ktsn_launcher, slept_ns);
    FIELD(ktsn_launcher, bell);
    FIELD(ktsn_launcher, planner);
    FIELD(ktsn_launcher, submission);
    FIELD(ktsn_launcher, completion);
    SIZE(ktsn_peer);
    FIELD(ktsn_peer, network);
    FIELD(ktsn_peer, process);
    FIELD(ktsn_peer, user);
    FIELD(ktsn_peer, passes_descriptors);
    CONSTANT(KTSN_PORT_DATES_FRAMES);
    SIZE(ktsn_port_status);
    FIELD(ktsn_port_status, sent_frames);
    FIELD(ktsn_port_status, sent_octets);
    FIELD(ktsn_port_status, failed_frames);
    FIELD(ktsn_port_status, link_up);
    FIELD(ktsn_port_status, capabilities);
    return 0;
}
