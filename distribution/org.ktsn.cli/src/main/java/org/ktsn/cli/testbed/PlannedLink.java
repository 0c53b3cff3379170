package org.ktsn.cli.testbed;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;

/** The link that the daemon plans for: its rate, which can be set, and how long a frame takes. */
final class PlannedLink {
  private static final String CONFIGURE = "ktsn:config org.ktsn.shaping link.rate.bits.per.second=";
  private static final int OF_THE_PORT = 0;
  private static final long LIMIT_MS = 10_000;

  private final Control control;
  private final Path run;
  private final int overheadOctets;
  private long bitsPerSecond;

  /**
   * Knows what a port says.
   *
   * @param port of {@code ktsn:ports}
   * @param run the run directory, for what is said to people
   */
  PlannedLink(JsonObject port, Control control, Path run) {
    this.control = control;
    this.run = run;
    bitsPerSecond = port.get("rate_bits_per_second").getAsLong();
    overheadOctets = port.get("overhead_octets").getAsInt();
  }

  /** Returns how long an Ethernet frame of so many octets, without the FCS, occupies the link. */
  long wireDurationNs(int frameOctets) {
    return new TraceFile(bitsPerSecond, overheadOctets, 0, List.of()).wireDurationNs(frameOctets);
  }

  /** Does what {@link Testbed#linkRate} says; {@code probe} is a file to write to. */
  void rate(long next, Path probe) {
    control.run(CONFIGURE + next);
    // A configuration is taken up in a moment; a trace says of what rate the link is.
    if (!Patience.until(() -> present(probe) == next, LIMIT_MS, 20)) {
      throw new CommandFailure(
          "KTSNd does not take up a link rate of "
              + next
              + " bit/s; its log, ktsnd.log in "
              + run
              + ", tells why.");
    }
  }

  /** The rate is the port's again. */
  void reset() {
    control.run(CONFIGURE + OF_THE_PORT);
  }

  private long present(Path probe) {
    control.run("ktsn:trace-start " + probe + " 1");
    control.run("ktsn:trace-stop");
    bitsPerSecond = TraceFile.read(probe).portRateBitsPerSecond();
    return bitsPerSecond;
  }
}
