package org.ktsn.cli.testbed;

import java.nio.file.Path;

/** A flow, between whom and to which port, and where its arrivals are written. */
record RunningFlow(Flow flow, TestPod.Pair between, int port, Path arrivals) {
  String destination() {
    return between.listener().address() + ":" + port;
  }

  /** Returns what a trace says of this flow alone. */
  TraceFile of(TraceFile trace) {
    int source = ipv4(between.talker().address());
    return new TraceFile(
        trace.portRateBitsPerSecond(),
        trace.overheadOctets(),
        trace.leftOut(),
        trace.records().stream()
            .filter(frame -> frame.sourceAddress() == source && frame.destinationPort() == port)
            .toList());
  }

  private static int ipv4(String address) {
    int value = 0;
    for (String octet : address.split("\\.", -1)) {
      value = value << 8 | Integer.parseInt(octet);
    }
    return value;
  }
}
