package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** A NETLINK_ROUTE socket inside a network namespace; non-blocking. One thread at a time. */
public final class NetlinkSocket implements AutoCloseable {
  private static final int ENOBUFS = 105;

  private final int descriptor;
  private boolean open = true;

  private NetlinkSocket(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Opens one.
   *
   * @param networkNamespace the namespace's file
   * @param groups the multicast groups to follow, one bit each (RTMGRP_…)
   */
  public static NetlinkSocket open(Path networkNamespace, int groups) {
    try (Arena arena = Arena.ofConfined()) {
      int result;
      try {
        result =
            (int)
                KtsnLibrary.NETLINK_OPEN.invokeExact(
                    arena.allocateFrom(networkNamespace.toString()).address(), groups);
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      return new NetlinkSocket(KtsnLibrary.check(result));
    }
  }

  /** Returns the descriptor, for a {@link Poller}. */
  public int fd() {
    return descriptor;
  }

  /** Sends a message to the kernel; returns the octets sent. */
  public int send(MemorySegment message, int length) {
    int result;
    try {
      result = (int) KtsnLibrary.NETLINK_SEND.invokeExact(descriptor, message.address(), length);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    return KtsnLibrary.check(result);
  }

  /**
   * Receives what is there.
   *
   * @return the octets received; 0 if nothing is there
   * @throws NetlinkOverrunException if messages were lost
   */
  public int receive(MemorySegment buffer) {
    int room = (int) Math.min(buffer.byteSize(), Integer.MAX_VALUE);
    int result;
    try {
      result = (int) KtsnLibrary.NETLINK_RECEIVE.invokeExact(descriptor, buffer.address(), room);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    if (result == -ENOBUFS) {
      throw new NetlinkOverrunException(ENOBUFS, KtsnLibrary.error());
    }
    return KtsnLibrary.check(result);
  }

  /**
   * Opens the network namespace that the socket is in.
   *
   * @return a descriptor, which the caller closes
   */
  public int openNamespace() {
    int result;
    try {
      result = (int) KtsnLibrary.NETLINK_NAMESPACE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    return KtsnLibrary.check(result);
  }

  /** Switches transmit checksum offload off, of an interface in the socket's namespace. */
  public void switchChecksumOff(String interfaceName) {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      result =
          (int)
              KtsnLibrary.NETLINK_CHECKSUM_OFF.invokeExact(
                  descriptor, arena.allocateFrom(interfaceName).address());
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      Descriptors.close(descriptor);
    }
  }
}
