package org.ktsn.filter.psfp.line;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.IpMatch;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.filter.psfp.model.StreamIdentity;

/**
 * Policing written straight from the clauses, in unlimited numbers, without any thought of speed:
 * all passed frames are looked through for each interval, and cycles are counted from the base time
 * one by one. It knows a frame by its fields, not by its octets.
 */
final class ClauseOracle {
  private static final BigInteger NANO = BigInteger.valueOf(1_000_000_000L);
  private static final int[] CLASS_OF_PRIORITY = {1, 0, 2, 3, 4, 5, 6, 7}; // Table 8-5

  private final PolicingParameters asked;
  private final Map<Integer, String> pods;
  private final long askedNs;

  /** Counters by filter: matching, passing, not passing, passing SDU, not passing SDU, red. */
  final Map<Long, long[]> counts = new TreeMap<>();

  private final Map<Long, Boolean> blocked = new TreeMap<>();
  private final Map<Long, Boolean> invalidRx = new TreeMap<>();
  private final Map<Long, Boolean> octetsExceeded = new TreeMap<>();
  private final Map<Long, Boolean> allRed = new TreeMap<>();
  private final Map<Long, Bucket> buckets = new TreeMap<>();
  private final List<Passed> passed = new ArrayList<>();

  /** A frame that passed a gate, in an interval that began then. */
  private record Passed(long gate, BigInteger intervalNs, long octets) {}

  /** The tokens of a meter, in bits by 10^-9. */
  private static final class Bucket {
    BigInteger committed;
    BigInteger excess;
    BigInteger atNs = BigInteger.ZERO;
  }

  /** An entry in force, and since when. */
  private record Interval(GateControl.Entry entry, BigInteger startNs) {}

  ClauseOracle(PolicingParameters asked, Map<Integer, String> pods, long askedNs) {
    this.asked = asked;
    this.pods = pods;
    this.askedNs = askedNs;
    asked
        .filters()
        .forEach(
            filter -> {
              counts.put(filter.id(), new long[6]);
              blocked.put(filter.id(), filter.blockedDueToOversizeFrame().orElse(false));
            });
    for (StreamGate gate : asked.gates()) {
      invalidRx.put(gate.id(), gate.closedDueToInvalidRx().orElse(false));
      octetsExceeded.put(gate.id(), gate.closedDueToOctetsExceeded().orElse(false));
    }
    for (FlowMeter meter : asked.meters()) {
      allRed.put(meter.id(), meter.markAllFramesRed().orElse(false));
      Bucket bucket = new Bucket();
      bucket.committed = tokens(meter.committedBurstOctets());
      bucket.excess = tokens(meter.excessBurstOctets());
      buckets.put(meter.id(), bucket);
    }
  }

  /** The class in which a frame queues; it is asked before {@link #judge}. */
  int trafficClass(FakeFrame frame, long atNs) {
    Optional<StreamFilter> filter = find(frame);
    if (filter.isEmpty()) {
      return frame.trafficClass;
    }
    int ipv = at(gate(filter.get()).control(), atNs).entry().ipv();
    return ipv < 0 ? frame.trafficClass : CLASS_OF_PRIORITY[ipv];
  }

  /** Why a frame that passes at an instant is dropped; empty if it is not. */
  String judge(FakeFrame frame, long atNs) {
    Optional<StreamFilter> found = find(frame);
    if (found.isEmpty()) {
      return "";
    }
    StreamFilter filter = found.get();
    long[] count = counts.get(filter.id());
    count[0]++;
    // 8.6.5.3.1: maximum SDU size filtering
    if (filter.blockedDueToOversizeFrameEnabled() && blocked.get(filter.id())) {
      count[4]++;
      return "psfp_blocked";
    }
    if (filter.maxSduOctets() != 0 && frame.sduOctets() > filter.maxSduOctets()) {
      count[4]++;
      if (filter.blockedDueToOversizeFrameEnabled()) {
        blocked.put(filter.id(), true);
      }
      return "psfp_oversize";
    }
    count[3]++;
    // 8.6.5.4: stream gating
    StreamGate gate = gate(filter);
    String gateReason = gate(gate, frame, atNs);
    if (!gateReason.isEmpty()) {
      count[2]++;
      return gateReason;
    }
    count[1]++;
    // 8.6.5.5: flow metering
    if (filter.meter().isEmpty()) {
      return "";
    }
    long id = filter.meter().getAsLong();
    FlowMeter meter = asked.meters().stream().filter(m -> m.id() == id).findFirst().orElseThrow();
    String meterReason = meter(meter, frame, atNs);
    if (!meterReason.isEmpty()) {
      count[5]++;
      if (meter.markAllFramesRedEnable()) {
        allRed.put(id, true);
      }
    }
    return meterReason;
  }

  private String gate(StreamGate gate, FakeFrame frame, long atNs) {
    if (gate.closedDueToInvalidRxEnable() && invalidRx.get(gate.id())) {
      return "psfp_invalid_rx";
    }
    if (gate.closedDueToOctetsExceededEnable() && octetsExceeded.get(gate.id())) {
      return "psfp_octets_exceeded";
    }
    Interval interval = at(gate.control(), atNs);
    if (!interval.entry().open()) {
      if (gate.closedDueToInvalidRxEnable()) {
        invalidRx.put(gate.id(), true);
      }
      return "psfp_gate_closed";
    }
    if (interval.entry().octetMax() >= 0) {
      long before =
          passed.stream()
              .filter(p -> p.gate() == gate.id() && p.intervalNs().equals(interval.startNs()))
              .mapToLong(Passed::octets)
              .sum();
      if (before + frame.sduOctets() > interval.entry().octetMax()) {
        if (gate.closedDueToOctetsExceededEnable()) {
          octetsExceeded.put(gate.id(), true);
        }
        return "psfp_interval_octets";
      }
    }
    passed.add(new Passed(gate.id(), interval.startNs(), frame.sduOctets()));
    return "";
  }

  /** MEF 10.3: the bandwidth profile algorithm of one flow. */
  private String meter(FlowMeter meter, FakeFrame frame, long atNs) {
    if (meter.markAllFramesRedEnable() && allRed.get(meter.id())) {
      return "psfp_all_red";
    }
    Bucket bucket = buckets.get(meter.id());
    BigInteger now = BigInteger.valueOf(atNs);
    BigInteger elapsed = now.subtract(bucket.atNs).max(BigInteger.ZERO);
    BigInteger committed =
        bucket.committed.add(
            elapsed.multiply(BigInteger.valueOf(meter.committedRateBitsPerSecond())));
    BigInteger excess =
        bucket.excess.add(elapsed.multiply(BigInteger.valueOf(meter.excessRateBitsPerSecond())));
    BigInteger committedBurst = tokens(meter.committedBurstOctets());
    if (committed.compareTo(committedBurst) > 0) {
      if (meter.coupled()) {
        excess = excess.add(committed.subtract(committedBurst));
      }
      committed = committedBurst;
    }
    excess = excess.min(tokens(meter.excessBurstOctets()));

    BigInteger length = tokens(Math.max(64, frame.lengthOctets + 4L));
    boolean yellow = meter.colorAware() && frame.tagged && frame.dropEligible;
    boolean green = !yellow && committed.compareTo(length) >= 0;
    if (!green && excess.compareTo(length) < 0) {
      return "psfp_red"; // takes no tokens; an earlier instant may still come
    }
    bucket.atNs = bucket.atNs.max(now);
    bucket.committed = green ? committed.subtract(length) : committed;
    bucket.excess = green ? excess : excess.subtract(length);
    return !green && meter.dropOnYellow() ? "psfp_yellow" : "";
  }

  private static BigInteger tokens(long octets) {
    return BigInteger.valueOf(octets).shiftLeft(3).multiply(NANO);
  }

  /** 8.6.10: the entry in force at an instant, by the state machines of 8.6.9. */
  private Interval at(GateControl control, long atNs) {
    Interval idle =
        new Interval(
            new GateControl.Entry(control.adminOpen(), control.adminIpv(), 0, -1),
            BigInteger.ONE.negate());
    if (!control.gateEnable() || control.controlList().isEmpty()) {
      return idle;
    }
    BigInteger asked = BigInteger.valueOf(askedNs);
    BigInteger now = BigInteger.valueOf(atNs);
    long cycle = 0;
    while (start(control, cycle).compareTo(asked) < 0) {
      cycle++; // the first that is not in the past when it is asked for
    }
    if (now.compareTo(start(control, cycle)) < 0) {
      return idle;
    }
    while (start(control, cycle + 1).compareTo(now) <= 0) {
      cycle++;
    }
    BigInteger at = start(control, cycle);
    for (int i = 0; i < control.controlList().size() - 1; i++) {
      GateControl.Entry entry = control.controlList().get(i);
      BigInteger end = at.add(BigInteger.valueOf(Math.max(1, entry.timeIntervalNs())));
      if (now.compareTo(end) < 0) {
        return new Interval(entry, at);
      }
      at = end;
    }
    return new Interval(control.controlList().getLast(), at);
  }

  private static BigInteger start(GateControl control, long cycle) {
    return BigInteger.valueOf(control.baseTimeNs())
        .add(
            BigInteger.valueOf(cycle)
                .multiply(BigInteger.valueOf(control.cycleTime().numerator()))
                .multiply(NANO)
                .divide(BigInteger.valueOf(control.cycleTime().denominator())));
  }

  private StreamGate gate(StreamFilter filter) {
    return asked.gates().stream()
        .filter(gate -> gate.id() == filter.gate())
        .findFirst()
        .orElseThrow();
  }

  /** 8.6.5.3: of the filters that fit the one with the smallest identifier. */
  private Optional<StreamFilter> find(FakeFrame frame) {
    StreamFilter first = null;
    for (StreamFilter filter : asked.filters()) {
      if ((first == null || filter.id() < first.id())
          && hasPriority(filter, frame)
          && isOfStream(filter, frame)) {
        first = filter;
      }
    }
    return Optional.ofNullable(first);
  }

  private static boolean hasPriority(StreamFilter filter, FakeFrame frame) {
    if (filter.priority().isEmpty()) {
      return true;
    }
    return filter.priority().getAsInt() == frame.priority;
  }

  private boolean isOfStream(StreamFilter filter, FakeFrame frame) {
    boolean is = filter.streamHandle().isEmpty();
    for (StreamIdentity stream : asked.streams()) {
      is |= filter.streamHandle().equals(OptionalLong.of(stream.handle())) && isOf(stream, frame);
    }
    return is;
  }

  private boolean isOf(StreamIdentity stream, FakeFrame frame) {
    HeaderMatch header = stream.header();
    boolean priorityTagged = !frame.tagged || frame.vlan == 0;
    return stream.pod().map(pod -> pod.equals(pods.get(frame.pod))).orElse(true)
        && (stream.trafficClass().isEmpty()
            || stream.trafficClass().getAsInt() == frame.trafficClass)
        && (header.destinationMac().isEmpty()
            || header.destinationMac().getAsLong() == frame.destinationMac)
        && (header.sourceMac().isEmpty() || header.sourceMac().getAsLong() == frame.sourceMac)
        && switch (header.tagged()) {
          case ALL -> true;
          case TAGGED -> !priorityTagged;
          case PRIORITY -> priorityTagged;
        }
        && (header.vlan().isEmpty() || header.vlan().getAsInt() == (frame.tagged ? frame.vlan : 0))
        && header.ip().map(ip -> isOf(ip, frame)).orElse(true);
  }

  private static boolean isOf(IpMatch ip, FakeFrame frame) {
    return ip.source().map(address -> is(address, frame.source)).orElse(true)
        && ip.destination().map(address -> is(address, frame.destination)).orElse(true)
        && (ip.dscp().isEmpty() || ip.dscp().getAsInt() == frame.dscp)
        && (ip.nextProtocol().isEmpty() || ip.nextProtocol().getAsInt() == frame.protocol)
        && (ip.sourcePort().isEmpty() || ip.sourcePort().getAsInt() == frame.sourcePort)
        && (ip.destinationPort().isEmpty()
            || ip.destinationPort().getAsInt() == frame.destinationPort);
  }

  private static boolean is(InetAddress address, int octets) {
    return new BigInteger(address.getAddress()).intValue() == octets;
  }
}
