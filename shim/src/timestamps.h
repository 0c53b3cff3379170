/* Numbers of timestamping that the headers of older systems lack, or have under several names. */
#ifndef KTSN_TIMESTAMPS_H
#define KTSN_TIMESTAMPS_H

#include <linux/net_tstamp.h>

/* Options, and the control messages of the same numbers. */
#define KTSN_SO_TIMESTAMP_OLD 29
#define KTSN_SO_TIMESTAMPNS_OLD 35
#define KTSN_SO_TIMESTAMPING_OLD 37
#define KTSN_SO_TIMESTAMPING_NEW 65

/* Control message: a number for the timestamps of one datagram (Linux 6.13). */
#define KTSN_SCM_TS_OPT_ID 81

/* Which timestamps of sent datagrams there are; those of TCP and of hardware are not made here. */
#define KTSN_TX_HARDWARE (1u << 0)
#define KTSN_TX_SOFTWARE (1u << 1)
#define KTSN_TX_SCHED (1u << 8)
#define KTSN_TX_ACK (1u << 9)
#define KTSN_TIMESTAMPS (KTSN_TX_HARDWARE | KTSN_TX_SOFTWARE | KTSN_TX_SCHED | KTSN_TX_ACK)

/* Those that count when datagrams are numbered. */
#define KTSN_NUMBERED_TIMESTAMPS (KTSN_TX_HARDWARE | KTSN_TX_SOFTWARE | KTSN_TX_SCHED)

#define KTSN_TS_SOFTWARE (1u << 4)
#define KTSN_TS_OPT_ID (1u << 7)
#define KTSN_TS_OPT_CMSG (1u << 10)
#define KTSN_TS_OPT_TSONLY (1u << 11)

#endif
