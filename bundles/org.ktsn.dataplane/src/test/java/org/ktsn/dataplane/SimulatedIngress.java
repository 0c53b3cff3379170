package org.ktsn.dataplane;

import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.EventDescriptor;
import org.ktsn.foreign.NativeClock;

/** An ingress that makes up its datagrams: one field of each counts. Allocates nothing in poll. */
class SimulatedIngress implements Ingress, Datagram, AutoCloseable {
  private static final AddressFamily[] ALL = AddressFamily.values();

  private final EventDescriptor bell = new EventDescriptor();
  private final long[] launchTimes = new long[1 << 16];
  private final int[] priorities = new int[1 << 16];
  private final boolean[] deadlineModes = new boolean[1 << 16];
  private final AddressFamily[] families = new AddressFamily[1 << 16];
  private volatile int written;
  private volatile int read;
  private int current;

  /** Of the datagrams that are handed over from now on. */
  int priority;

  /** Of the datagrams that are handed over from now on. */
  AddressFamily family = AddressFamily.INET;

  /** Of all families in turn instead. */
  boolean inTurn;

  private boolean deadlineMode;

  /**
   * Hands over datagrams in deadline mode, with a deadline that no machine is too slow for: each
   * leaves as soon as it can. One thread.
   */
  void sendSoon(int count) {
    long deadlineNs = NativeClock.taiNs() + 50_000_000_000L;
    deadlineMode = true;
    for (int i = 0; i < count; i++) {
      send(deadlineNs);
    }
    deadlineMode = false;
  }

  /** Hands over a datagram of pod 1. One thread. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  void send(long launchTimeNs) {
    launchTimes[written & 0xffff] = launchTimeNs;
    priorities[written & 0xffff] = priority;
    deadlineModes[written & 0xffff] = deadlineMode;
    families[written & 0xffff] = inTurn ? ALL[written % ALL.length] : family;
    written++;
    bell.ring();
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one reader
  public int poll(DatagramSink sink, int budget) {
    int taken = 0;
    while (read != written && taken < budget) {
      current = read & 0xffff;
      if (!sink.accept(this)) {
        break;
      }
      read++;
      taken++;
    }
    return taken;
  }

  @Override
  public boolean prepareSleep(long wakeAtNs, long horizonNs) {
    return read == written;
  }

  @Override
  public void awake() {}

  @Override
  public int doorbell() {
    return bell.descriptor();
  }

  @Override
  public int pod() {
    return 1;
  }

  @Override
  public long launchTimeNs() {
    return launchTimes[current];
  }

  @Override
  public boolean deadlineMode() {
    return deadlineModes[current];
  }

  @Override
  public AddressFamily family() {
    return families[current];
  }

  @Override
  public long sourceHigh() {
    return AddressFamily.highOf(0x0a4d0002);
  }

  @Override
  public long sourceLow() {
    return 0;
  }

  @Override
  public long destinationHigh() {
    return AddressFamily.highOf(0x0a4d0003);
  }

  @Override
  public long destinationLow() {
    return 0;
  }

  @Override
  public int sourcePort() {
    return 40000;
  }

  @Override
  public int destinationPort() {
    return 5000;
  }

  @Override
  public int tos() {
    return 0;
  }

  @Override
  public int ttl() {
    return 64;
  }

  @Override
  public int priority() {
    return priorities[current];
  }

  @Override
  public boolean dontFragment() {
    return true;
  }

  @Override
  public boolean noChecksum() {
    return false;
  }

  @Override
  public long payloadAddress() {
    return 0;
  }

  @Override
  public int payloadLength() {
    return 46;
  }

  @Override
  public void close() {
    bell.close();
  }
}
