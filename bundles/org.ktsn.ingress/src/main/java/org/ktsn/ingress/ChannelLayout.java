package org.ktsn.ingress;

/**
 * {@code ktsn_channel.h} in octets. A test compares every line of this class with what the C
 * compiler makes of the header.
 *
 * <pre>
 * status  0 magic  4 version  8 flags  12 interface  16 mtu  20 network generation  24 space round
 *         64 doorbell-before
 * ring    0 magic  4 version  8 slots  12 octets each  64 claim  128 space sequence  132 space waiters
 *         136 space awaited  192 socket epoch        slots from 4096 on
 * slot    0 state  8 launch time  16 socket  24 family  25 flags  26 tos  27 ttl  28 priority
 *         32 source port  34 destination port  36 length  40 source  56 destination  72 next hop
 *         88 sent  96 flow label  100 timestamps  104 number  112 stamp  128 payload
 * report  0 kind  1 family  4 number  8 stamp  16 instant  24 source  40 destination  64 frame
 * </pre>
 */
final class ChannelLayout {
  static final int MAGIC = 0x4e53544b;
  static final int VERSION = 4;

  static final int HELLO = 1;
  static final int WELCOME = 2;
  static final int REFUSED = 3;
  static final int RESOLVE = 4;
  static final int REPORTS = 5;

  static final int MESSAGE_MAGIC = 0;
  static final int MESSAGE_VERSION = 4;
  static final int MESSAGE_TYPE = 6;
  static final int HELLO_OCTETS = 40;
  static final int HELLO_PROGRAM = 12;
  static final int WELCOME_OCTETS = 24;
  static final int WELCOME_STATUS_OCTETS = 8;
  static final int WELCOME_RING_OCTETS = 12;
  static final int WELCOME_SLOT_COUNT = 16;
  static final int WELCOME_SLOT_OCTETS = 20;
  static final int REFUSED_OCTETS = 128;
  static final int REFUSED_REASON = 8;
  static final int RESOLVE_OCTETS = 32;
  static final int RESOLVE_NEXT_HOP = 8;
  static final int RESOLVE_FAMILY = 24;
  static final int REPORTS_OCTETS = 16;
  static final int REPORTS_SOCKET = 8;

  static final int REPORT_OCTETS = 64;
  static final int REPORT_KIND = 0;
  static final int REPORT_FAMILY = 1;
  static final int REPORT_NUMBER = 4;
  static final int REPORT_STAMP = 8;
  static final int REPORT_INSTANT = 16;
  static final int REPORT_SOURCE = 24;
  static final int REPORT_DESTINATION = 40;
  static final int KIND_INVALID = 1;
  static final int KIND_MISSED = 2;
  static final int KIND_SCHEDULED = 3;
  static final int KIND_SENT = 4;

  static final int STATUS_OCTETS = 4096;
  static final int STATUS_MAGIC = 0;
  static final int STATUS_VERSION = 4;
  static final int STATUS_FLAGS = 8;
  static final int STATUS_INTERFACE_INDEX = 12;
  static final int STATUS_MTU = 16;
  static final int STATUS_NETWORK_GENERATION = 20;
  static final int STATUS_SPACE_ROUND = 24;
  static final int STATUS_DOORBELL_BEFORE = 64;
  static final int STATUS_ACCEPTING = 1;

  static final int RING_HEADER_OCTETS = 4096;
  static final int RING_MAGIC = 0;
  static final int RING_VERSION = 4;
  static final int RING_SLOT_COUNT = 8;
  static final int RING_SLOT_OCTETS = 12;
  static final int RING_CLAIM = 64;
  static final int RING_SPACE_SEQUENCE = 128;
  static final int RING_SPACE_WAITERS = 132;
  static final int RING_SPACE_AWAITED = 136;

  static final int SLOT_FREE = 0;
  static final int SLOT_PUBLISHED = 0x3fff_ffff;
  static final int SLOT_ORPHANED = 0x4000_0000;
  static final int SLOT_STATE = 0;
  static final int SLOT_LAUNCH_TIME = 8;
  static final int SLOT_SOCKET = 16;
  static final int SLOT_FAMILY = 24;
  static final int SLOT_FLAGS = 25;
  static final int SLOT_TOS = 26;
  static final int SLOT_TTL = 27;
  static final int SLOT_PRIORITY = 28;
  static final int SLOT_SOURCE_PORT = 32;
  static final int SLOT_DESTINATION_PORT = 34;
  static final int SLOT_LENGTH = 36;
  static final int SLOT_SOURCE = 40;
  static final int SLOT_DESTINATION = 56;
  static final int SLOT_NEXT_HOP = 72;
  static final int SLOT_SENT = 88;
  static final int SLOT_FLOW_LABEL = 96;
  static final int SLOT_TIMESTAMPS = 100;
  static final int SLOT_NUMBER = 104;
  static final int SLOT_STAMP = 112;
  static final int SLOT_HEADER_OCTETS = 128;

  static final int FLAG_DEADLINE_MODE = 1;
  static final int FLAG_REPORT_ERRORS = 2;
  static final int FLAG_DONT_FRAGMENT = 4;
  static final int FLAG_NO_CHECKSUM = 8;
  static final int FLAG_PAST_IS_NOW = 16;
  static final int FLAGS_KNOWN = 31;

  static final int TIMESTAMP_SCHED = 1;
  static final int TIMESTAMP_SOFTWARE = 2;
  static final int TIMESTAMP_DATA = 4;

  private ChannelLayout() {}
}
