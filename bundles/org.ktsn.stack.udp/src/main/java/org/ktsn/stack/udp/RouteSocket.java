package org.ktsn.stack.udp;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.ktsn.foreign.NetlinkOverrunException;
import org.ktsn.foreign.NetlinkSocket;

/** A socket to a pod's kernel: {@link NetlinkSocket}, or what stands for it in a test. */
interface RouteSocket extends AutoCloseable {
  /** What {@link #receive} answers when messages were lost. */
  int OVERRUN = -1;

  /** Opens sockets. */
  @FunctionalInterface
  interface Factory {
    /** Opens one that follows {@link Rtnetlink#GROUPS} in a network namespace. */
    RouteSocket open(Path networkNamespace);
  }

  /** Opens a socket to the kernel. */
  static RouteSocket toKernel(Path networkNamespace) {
    NetlinkSocket socket = NetlinkSocket.open(networkNamespace, Rtnetlink.GROUPS);
    return new RouteSocket() {
      @Override
      public int fd() {
        return socket.fd();
      }

      @Override
      public void send(MemorySegment message, int length) {
        socket.send(message, length);
      }

      @Override
      public int receive(MemorySegment buffer) {
        try {
          return socket.receive(buffer);
        } catch (NetlinkOverrunException e) {
          return OVERRUN;
        }
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  /** Returns the descriptor to wait on. */
  int fd();

  /** Sends a message. */
  void send(MemorySegment message, int length);

  /**
   * Receives a datagram without waiting.
   *
   * @return its octets, 0 if there is none, {@link #OVERRUN} if the kernel had more to tell than
   *     the socket could hold
   */
  int receive(MemorySegment buffer);

  @Override
  void close();
}
