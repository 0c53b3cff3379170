package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A DPDK device that is open for sending. Owned by whoever opened it; closed once, after the last
 * use.
 */
public final class DpdkPort implements AutoCloseable {
  private static final long STATUS_OCTETS = 32;

  private final long address;
  private boolean open = true;

  private DpdkPort(long address) {
    this.address = address;
  }

  /**
   * Opens a virtual device. May block until a vhost-user peer connects.
   *
   * @param device DPDK's name for it, for instance {@code net_virtio_user0}
   * @param arguments DPDK's arguments, for instance {@code path=/run/ktsn/vhost.sock,server=1}
   */
  public static DpdkPort open(String device, String arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment port = arena.allocate(ValueLayout.JAVA_LONG);
      long name = arena.allocateFrom(device).address();
      long text = arena.allocateFrom(arguments).address();
      int result;
      try {
        result = (int) KtsnLibrary.PORT_OPEN.invokeExact(name, text, port.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(result);
      return new DpdkPort(port.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  /** Returns the address of the {@code struct ktsn_port}. */
  public long address() {
    return address;
  }

  /**
   * Fetches the device's counters and link.
   *
   * @return sent frames, sent octets, failed frames, link (0 or 1)
   */
  public synchronized long[] status() {
    requireOpen();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(STATUS_OCTETS, 8);
      int result;
      try {
        result = (int) KtsnLibrary.PORT_STATUS.invokeExact(address, status.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(result);
      return new long[] {
        status.get(ValueLayout.JAVA_LONG, 0),
        status.get(ValueLayout.JAVA_LONG, 8),
        status.get(ValueLayout.JAVA_LONG, 16),
        status.get(ValueLayout.JAVA_INT, 24)
      };
    }
  }

  /** Throws away what the device received; returns how many frames that were. */
  public synchronized int discardReceived() {
    requireOpen();
    try {
      return (int) KtsnLibrary.PORT_DISCARD_RECEIVED.invokeExact(address);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Closes the device; a second call does nothing. No launcher may use it any more. */
  @Override
  public synchronized void close() {
    if (!open) {
      return;
    }
    open = false;
    int result;
    try {
      result = (int) KtsnLibrary.PORT_CLOSE.invokeExact(address);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("the port is closed");
    }
  }
}
