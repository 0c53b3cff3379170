package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A port of the native library, open for sending: an operations table, of which there is one for
 * each kind of port. Owned by whoever opened it; closed once, after the last use.
 */
public final class NativePort implements AutoCloseable {
  static final int STATUS_OCTETS = 32;
  static final int STATUS_SENT_FRAMES = 0;
  static final int STATUS_SENT_OCTETS = 8;
  static final int STATUS_FAILED_FRAMES = 16;
  static final int STATUS_LINK_UP = 24;
  static final int STATUS_CAPABILITIES = 28;
  static final int DATES_FRAMES = 1;

  private final long address;
  private boolean open = true;

  private NativePort(long address) {
    this.address = address;
  }

  /**
   * A port's counters and its link.
   *
   * @param sentFrames frames that it took
   * @param sentOctets octets that it took
   * @param failedFrames frames that it refused
   * @param linkUp whether it can send
   * @param datesFrames whether it launches each frame at its instant by itself
   */
  public record Status(
      long sentFrames, long sentOctets, long failedFrames, boolean linkUp, boolean datesFrames) {}

  /**
   * Opens a virtual device of DPDK's. May block until a vhost-user peer connects.
   *
   * @param device DPDK's name for it, for instance {@code net_virtio_user0}
   * @param arguments DPDK's arguments, for instance {@code path=/run/ktsn/vhost.sock,server=1}
   */
  public static NativePort dpdk(String device, String arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment port = arena.allocate(ValueLayout.JAVA_LONG);
      long name = arena.allocateFrom(device).address();
      long text = arena.allocateFrom(arguments).address();
      int result;
      try {
        result = (int) KtsnLibrary.PORT_OPEN_DPDK.invokeExact(name, text, port.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(result);
      return new NativePort(port.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  /** Opens a port that leads nowhere: it counts what it is given, and puts it back. */
  public static NativePort toNowhere() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment port = arena.allocate(ValueLayout.JAVA_LONG);
      int result;
      try {
        result = (int) KtsnLibrary.PORT_OPEN_NULL.invokeExact(port.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(result);
      return new NativePort(port.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  /** Returns the address of the {@code struct ktsn_port}. */
  public long address() {
    return address;
  }

  /** Fetches the port's counters and link. */
  public synchronized Status status() {
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
      return new Status(
          status.get(ValueLayout.JAVA_LONG, STATUS_SENT_FRAMES),
          status.get(ValueLayout.JAVA_LONG, STATUS_SENT_OCTETS),
          status.get(ValueLayout.JAVA_LONG, STATUS_FAILED_FRAMES),
          status.get(ValueLayout.JAVA_INT, STATUS_LINK_UP) != 0,
          (status.get(ValueLayout.JAVA_INT, STATUS_CAPABILITIES) & DATES_FRAMES) != 0);
    }
  }

  /** Throws away what the port received; returns how many frames that were. */
  public synchronized int discardReceived() {
    requireOpen();
    try {
      return (int) KtsnLibrary.PORT_DISCARD_RECEIVED.invokeExact(address);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Closes the port; a second call does nothing. No launcher may use it any more. */
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
