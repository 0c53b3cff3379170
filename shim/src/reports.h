/*
 * What became of a datagram, told to the program as the kernel tells it: by the error queue
 * (recvmsg with MSG_ERRQUEUE). KTSNd's reports come through the socket's report socket
 * (ktsn_channel.h); what the kernel itself has in the error queue comes first.
 */
#ifndef KTSN_REPORTS_H
#define KTSN_REPORTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "departure.h"
#include "message.h"

/* A socket's options have changed: if it will have reports, somebody may wait for them before
 * anything is sent. Preserves nothing of errno. Async-signal-safe. */
void ktsn_reports_expect(int fd);

/* Has KTSNd report what a socket with these options (SO_TIMESTAMPING) and its message ask for.
 * stamp is the launch time as the program gave it. */
void ktsn_reports_ask(struct ktsn_departure *departure, int fd, uint32_t options,
                      const struct ktsn_wish *wish, int64_t stamp);

/* As above, for those who ask for nothing: a load and a branch. */
static inline void ktsn_reports_want(struct ktsn_departure *departure, int fd, uint32_t options,
                                     const struct ktsn_wish *wish, int64_t stamp) {
    uint32_t wanted = options | wish->traits | (departure->slot.flags & KTSN_SLOT_REPORT_ERRORS);
    if (__builtin_expect(wanted != 0, false))
        ktsn_reports_ask(departure, fd, options, wish, stamp);
}

/*
 * Receives one of KTSNd's reports, as recvmsg with MSG_ERRQUEUE does; the kernel has looked at the
 * message already. Returns the octets of the frame that were copied, or -errno: -EAGAIN if there is
 * none. Async-signal-safe.
 */
long ktsn_reports_receive(int fd, struct msghdr *message);

#endif
