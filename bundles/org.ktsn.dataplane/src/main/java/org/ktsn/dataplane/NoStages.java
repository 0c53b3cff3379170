package org.ktsn.dataplane;

import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.ingress.Ingress;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;

/** What stands in a slot while the real stage is missing. */
final class NoStages {
  /** The link that frames are planned for before the first port comes. */
  static final PortModel MODEL = new PortModel(1_000_000_000L, 0);

  /** Nothing comes in. */
  static final Ingress INGRESS =
      new Ingress() {
        @Override
        public int poll(DatagramSink sink, int budget) {
          return 0;
        }

        @Override
        public boolean prepareSleep(long wakeAtNs, long horizonNs) {
          return true;
        }

        @Override
        public void awake() {}

        @Override
        public int doorbell() {
          return -1;
        }

        @Override
        public String toString() {
          return "no ingress";
        }
      };

  /** A family that nobody serves. */
  static final DropReason NO_STACK =
      DropReason.of(
          "no_stack",
          "nobody here serves its address family",
          "deploy a bundle with a stack for it, or let the program send over IPv4");

  /**
   * Nothing is encoded, and what is on hold stays so. The planner leaves datagrams where they are
   * while this is in use for IPv4.
   */
  static final NetworkStack STACK =
      new NetworkStack() {
        @Override
        public Verdict encode(
            Datagram datagram, long bufferAddress, int bufferOctets, EncodedFrame out) {
          return NO_STACK;
        }

        @Override
        public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
          return Verdict.HOLD;
        }

        @Override
        public String toString() {
          return "no stack";
        }
      };

  /** Nothing goes out; the planner commits nothing while this is in use. */
  static final Port PORT =
      new Port() {
        @Override
        public String name() {
          return "";
        }

        @Override
        public long handle() {
          return 0;
        }

        @Override
        public PortModel model() {
          return MODEL;
        }

        @Override
        public PortStatus status() {
          return new PortStatus("none", false, 0, 0, 0);
        }

        @Override
        public String toString() {
          return "no port";
        }
      };

  private NoStages() {}
}
