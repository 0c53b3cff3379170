package org.ktsn.pod;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.pod.IngressLimit;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limit of what is sent to a pod: a token bucket filter at the switch's end of its interface,
 * as the reference plugin {@code bandwidth} has it. The switch sends there through the kernel, so
 * it holds for launched frames as well. It goes with the interface. A switch that takes a port up,
 * after a restart for instance, removes what it finds there: it is put back. Any thread.
 */
final class IngressQdisc {
  private static final Logger LOG = LoggerFactory.getLogger(IngressQdisc.class);

  /** What waits longer than this for tokens is dropped; the reference plugin's value. */
  private static final String LATENCY = "25ms";

  /** The bucket must hold the largest frame: what is larger than the bucket never passes. */
  private static final int FRAME_OCTETS = 18;

  /** The kernel counts the bucket's time in 32 bits of 64 ns. */
  private static final long LONGEST_BURST_S = 250;

  private static final long MAX_BURST_OCTETS = Integer.MAX_VALUE;

  private final CommandRunner runner;
  private final Optional<Path> home;
  private final int mtu;

  /**
   * Makes it.
   *
   * @param mtu the largest MTU of a pod
   */
  IngressQdisc(CommandRunner runner, Optional<Path> home, int mtu) {
    this.runner = runner;
    this.home = home;
    this.mtu = mtu;
  }

  /** Sets up a pod's limit, if it has one; the switch has taken up its port. */
  void limit(Pod pod) {
    if (pod.ingressLimit().isEmpty()) {
      return;
    }
    IngressLimit limit = pod.ingressLimit().get();
    CommandRunner.Result result =
        tc(
            "replace",
            "dev",
            pod.switchPort(),
            "root",
            "tbf",
            "rate",
            limit.rateBitsPerSecond() + "bit",
            "burst",
            Long.toString(burstOctets(limit, mtu)),
            "latency",
            LATENCY);
    if (result.exitCode() != 0) {
      throw new PodException(
          "pod '"
              + pod.name()
              + "' can't be attached: what is sent to it can't be limited to "
              + limit.rateBitsPerSecond()
              + " bit/s at "
              + pod.switchPort()
              + " ("
              + result.output()
              + "); the kernel needs sch_tbf, or leave the ingress rate out");
    }
  }

  /** Puts back what the switch has removed; costs nothing where no pod has a limit. */
  void restore(List<Pod> pods) {
    List<Pod> limited = pods.stream().filter(pod -> pod.ingressLimit().isPresent()).toList();
    if (limited.isEmpty()) {
      return;
    }
    String shown = tc("show").output();
    for (Pod pod : limited) {
      if (!isLimited(pod, shown)) {
        try {
          limit(pod);
          LOG.info("event=ingress-limit-restored pod={} port={}", pod.name(), pod.switchPort());
        } catch (PodException e) {
          LOG.warn("event=ingress-limit-missing pod={} reason=\"{}\"", pod.name(), e.getMessage());
        }
      }
    }
  }

  /** Tells what is not as {@link #limit} made it. */
  void addDifferences(Pod pod, List<String> differences) {
    if (pod.ingressLimit().isPresent() && !isLimited(pod, tc("show").output())) {
      differences.add(
          "the limit of what is sent to it is gone from the switch's end " + pod.switchPort());
    }
  }

  private static boolean isLimited(Pod pod, String shown) {
    return shown
        .lines()
        .anyMatch(
            line ->
                line.startsWith("qdisc tbf ") && line.contains(" dev " + pod.switchPort() + " "));
  }

  static long burstOctets(IngressLimit limit, int mtu) {
    long longestOctets =
        Math.min(MAX_BURST_OCTETS, limit.rateBitsPerSecond() / 8 * LONGEST_BURST_S);
    return Math.max(mtu + FRAME_OCTETS, Math.min(longestOctets, limit.burstBits() / 8));
  }

  private CommandRunner.Result tc(String... words) {
    List<String> command = new ArrayList<>();
    home.ifPresent(namespace -> command.addAll(List.of("nsenter", "--net=" + namespace)));
    command.addAll(List.of("tc", "qdisc"));
    command.addAll(List.of(words));
    return runner.run(command, "");
  }
}
