package org.ktsn.cli.testbed;

import java.nio.file.Path;
import java.util.function.Predicate;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Flow.DataPath;

/** A flow, between whom and to which port, and where its arrivals are written. */
record RunningFlow(Flow flow, TestPod.Pair between, int port, Path arrivals) {
  String destination() {
    return flow.path() == DataPath.KTSN_IPV6
        ? "[" + listenerLink().requiredIpv6() + "]:" + port
        : between.listener().address() + ":" + port;
  }

  PodLink talkerLink() {
    return link(between.talker());
  }

  PodLink listenerLink() {
    return link(between.listener());
  }

  private static PodLink link(TestPod pod) {
    return pod.link()
        .orElseThrow(
            () -> new CommandFailure("Of pod " + pod.address() + " only IPv4 can be measured."));
  }

  /** Returns what a trace says of this flow alone. */
  TraceFile of(TraceFile trace) {
    Predicate<TraceFile.Frame> own = own();
    return new TraceFile(
        trace.portRateBitsPerSecond(),
        trace.overheadOctets(),
        trace.leftOut(),
        trace.records().stream().filter(own).toList());
  }

  /** Of frames of a packet socket a trace has the pod, and no ports; of IPv6 no address. */
  private Predicate<TraceFile.Frame> own() {
    return switch (flow.path()) {
      case KTSN_FRAMES -> {
        int pod = talkerLink().number();
        yield frame -> frame.pod() == pod && frame.sourceAddress() == 0;
      }
      case KTSN_IPV6 -> {
        int pod = talkerLink().number();
        yield frame -> frame.pod() == pod && frame.destinationPort() == port;
      }
      case KTSN, KTSN_REPORTS, KERNEL, KERNEL_SPINNING -> {
        int source = ipv4(between.talker().address());
        yield frame -> frame.sourceAddress() == source && frame.destinationPort() == port;
      }
    };
  }

  private static int ipv4(String address) {
    int value = 0;
    for (String octet : address.split("\\.", -1)) {
      value = value << 8 | Integer.parseInt(octet);
    }
    return value;
  }
}
