package org.ktsn.cli.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Patience;

/**
 * The rules of the overlay in the node's switch, by what the switch itself says: how many there
 * are, and when one comes or goes. One thread, beside the one that hears the switch.
 */
public final class RuleWatch {
  /** What the cookies of the overlay's rules have in common. */
  private static final String COOKIE = "cookie=0x4b56";

  private static final String ALL = "cookie=0x4b56000000000000/0xffff000000000000";

  private static final Pattern COUNT = Pattern.compile("flow_count=(\\d+)");
  private static final long ENDING_MS = 60_000;

  private final String bridge;
  private final AtomicInteger heard = new AtomicInteger();
  private final AtomicLong lastNs = new AtomicLong();
  private volatile boolean answering;

  /**
   * Names the switch.
   *
   * @param run the node's run directory
   */
  public RuleWatch(Path run, String instance) {
    bridge = run.resolve("ovs/br-" + instance + ".mgmt").toString();
  }

  /** Returns how many rules there are now. */
  public int count() {
    String answer =
        Child.run(
            "ovs-ofctl",
            List.of("ovs-ofctl", "--timeout=60", "-O", "OpenFlow13", "dump-aggregate", bridge, ALL),
            ENDING_MS);
    Matcher count = COUNT.matcher(answer);
    if (!count.find()) {
      throw new CommandFailure("The switch does not count its rules: " + answer);
    }
    return Integer.parseInt(count.group(1));
  }

  /**
   * Hears of each rule that comes or goes from now on.
   *
   * @param cleanup ends that
   */
  public void listen(Cleanup cleanup) {
    // What it prints goes to its standard error.
    Child child =
        Child.start(
            "ovs-ofctl",
            List.of(
                "sh",
                "-c",
                "exec ovs-ofctl --unixctl=none -O OpenFlow13 monitor \"$0\" 'watch:!initial' 2>&1",
                bridge),
            this::hear,
            cleanup);
    if (!Patience.until(() -> answering || !child.running(), ENDING_MS, 5) || !child.running()) {
      throw new CommandFailure(
          "The switch does not let its rules be watched: 'ovs-ofctl monitor'.");
    }
  }

  private void hear(String line) {
    if (line.contains("FLOW_MONITOR reply")) {
      answering = true;
    } else if (line.contains(COOKIE)
        && (line.contains("event=ADDED") || line.contains("event=DELETED"))) {
      lastNs.set(System.nanoTime());
      heard.incrementAndGet();
    }
  }

  /** Forgets what was heard. */
  public void forget() {
    heard.set(0);
  }

  /**
   * Waits until so many rules have come or gone since {@link #forget}.
   *
   * @return when the last of them did, by {@link System#nanoTime}
   */
  public long awaitHeard(int changes, long limitMs) {
    if (!Patience.until(() -> heard.get() >= changes, limitMs, 1)) {
      throw new CommandFailure(
          "Of %d rules that were to come or go, the switch told of %d within %d s."
              .formatted(changes, heard.get(), limitMs / 1000));
    }
    return lastNs.get();
  }

  /** Waits until there are so many; returns whether there are within the limit. */
  public boolean awaitCount(int wanted, long limitMs) {
    return Patience.until(() -> count() == wanted, limitMs, 20);
  }
}
