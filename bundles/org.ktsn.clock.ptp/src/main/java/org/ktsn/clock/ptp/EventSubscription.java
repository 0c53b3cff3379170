package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;

/**
 * SUBSCRIBE_EVENTS_NP, linuxptp's own: which events are sent to the asker, and for how long.
 *
 * <pre>
 *  0 duration  u16 (s)    2 bitmask  64 octets: event n is bit n%8 of octet n/8
 * </pre>
 */
record EventSubscription(int durationS, Set<Integer> events) implements DataSet {
  /** A port changed its state: PORT_DATA_SET is sent. All versions know it. */
  static final int PORT_STATE = 0;

  private static final int MASK_OCTETS = 64;

  EventSubscription {
    events = Set.copyOf(events);
  }

  static EventSubscription decode(ByteBuffer in) {
    int duration = Octets.u16(in);
    Set<Integer> events = new TreeSet<>();
    for (int octet = 0; octet < MASK_OCTETS; octet++) {
      int bits = Octets.u8(in);
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        if ((bits >> bit & 1) != 0) {
          events.add(octet * Byte.SIZE + bit);
        }
      }
    }
    return new EventSubscription(duration, events);
  }

  @Override
  public ManagementId id() {
    return ManagementId.SUBSCRIBE_EVENTS_NP;
  }

  @Override
  public void encode(ByteBuffer out) {
    byte[] mask = new byte[MASK_OCTETS];
    for (int event : events) {
      mask[event / Byte.SIZE] |= (byte) (1 << event % Byte.SIZE);
    }
    out.putShort((short) durationS).put(mask);
  }
}
