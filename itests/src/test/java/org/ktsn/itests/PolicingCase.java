package org.ktsn.itests;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Policing that both Linux and KTSN know, in the words of either, and frames to try it with.
 *
 * @param name what it is about
 * @param baseMs the gates' base time, from when it is asked for, in milliseconds
 * @param policies what is policed; a frame is the first's that it fits
 * @param frames what is sent, in the order of time
 */
record PolicingCase(String name, int baseMs, List<Policy> policies, List<Sent> frames) {
  /** On ingress, Linux counts service data units, but for the largest size. */
  private static final int HEADER_OCTETS = 14;

  private static final int FCS_OCTETS = 4;

  /**
   * What is done with one stream.
   *
   * @param stream the last octet of its destination address; 0 for any frame
   * @param maxSduOctets the largest service data unit; 0 for any
   * @param gate its gate; without one it is open
   * @param meter its meter, if it has one
   */
  record Policy(int stream, int maxSduOctets, Optional<GateList> gate, Optional<Meter> meter) {}

  /** A gate that is open until its base time, and runs its list from then on. */
  record GateList(int cycleMs, List<Interval> intervals) {
    /** Makes one whose cycle is as long as its list. */
    static GateList of(Interval... intervals) {
      return new GateList(
          List.of(intervals).stream().mapToInt(Interval::ms).sum(), List.of(intervals));
    }
  }

  /** An entry of a list; {@code octetMax} of -1 is any number. */
  record Interval(boolean open, int ms, int octetMax) {}

  /** Rates in bit/s, bursts in octets; an excess burst of 0 is no second bucket. */
  record Meter(long cir, int cbs, long eir, int ebs) {}

  /** A frame: when, after the base time, how large a service data unit, of which stream. */
  record Sent(long atUs, int octets, int stream) {}

  /** What the guest's program reads. */
  String forLinux() {
    StringBuilder text = new StringBuilder();
    text.append("case ").append(name).append('\n');
    text.append("base ").append(baseMs).append('\n');
    for (int i = 0; i < policies.size(); i++) {
      text.append("tc filter add dev in0 ingress pref ").append(i + 1).append(" protocol all ");
      tc(text, policies.get(i));
      text.append("action pass\n");
    }
    for (Sent frame : frames) {
      text.append(
          String.format(
              Locale.ROOT, "frame %d %d %d%n", frame.atUs(), frame.octets(), frame.stream()));
    }
    return text.append("end\n").toString();
  }

  private static void tc(StringBuilder text, Policy policy) {
    text.append(
        policy.stream() == 0
            ? "matchall "
            : String.format(Locale.ROOT, "flower dst_mac 02:00:00:00:01:%02x ", policy.stream()));
    if (policy.maxSduOctets() != 0) {
      text.append("action police mtu ")
          .append(HEADER_OCTETS + policy.maxSduOctets())
          .append(" conform-exceed drop/pipe ");
    }
    policy.gate().ifPresent(gate -> tc(text, gate));
    policy.meter().ifPresent(meter -> tc(text, meter));
  }

  private static void tc(StringBuilder text, GateList gate) {
    text.append("action gate clockid CLOCK_TAI base-time BASE cycle-time ")
        .append(gate.cycleMs() * 1_000_000L);
    for (Interval interval : gate.intervals()) {
      text.append(" sched-entry ")
          .append(interval.open() ? "open " : "close ")
          .append(interval.ms() * 1_000_000L)
          .append(" -1 ")
          .append(interval.octetMax());
    }
    text.append(" pipe ");
  }

  /** A frame that the first bucket has no tokens for is the second's. */
  private static void tc(StringBuilder text, Meter meter) {
    boolean two = meter.ebs() != 0;
    bucket(text, meter.cir(), meter.cbs(), two ? "pipe/ok" : "drop/pipe");
    if (two) {
      bucket(text, meter.eir(), meter.ebs(), "drop/pipe");
    }
  }

  private static void bucket(StringBuilder text, long rate, int burst, String verdicts) {
    text.append("action police rate ")
        .append(rate)
        .append("bit burst ")
        .append(burst)
        .append(" mtu 10000 mpu 64 overhead ")
        .append(HEADER_OCTETS + FCS_OCTETS)
        .append(" conform-exceed ")
        .append(verdicts)
        .append(' ');
  }

  /** The document that asks KTSN for the same. */
  String forKtsn(long baseNs) {
    JsonArray streams = new JsonArray();
    JsonArray filters = new JsonArray();
    JsonArray gates = new JsonArray();
    JsonArray meters = new JsonArray();
    for (int i = 0; i < policies.size(); i++) {
      Policy policy = policies.get(i);
      filters.add(filter(i, policy));
      gates.add(gate(i, policy, baseNs));
      policy.meter().map(meter(i)).ifPresent(meters::add);
      if (policy.stream() != 0) {
        streams.add(stream(policy.stream(), i));
      }
    }
    JsonObject document = new JsonObject();
    document.add("stream-identity", streams);
    document.add("stream-filters", table("stream-filter-instance-table", filters));
    document.add("stream-gates", table("stream-gate-instance-table", gates));
    document.add("flow-meters", table("flow-meter-instance-table", meters));
    return document.toString();
  }

  private static JsonObject table(String name, JsonArray entries) {
    JsonObject table = new JsonObject();
    table.add(name, entries);
    return table;
  }

  private static JsonObject stream(int stream, int index) {
    JsonObject frames = new JsonObject();
    frames.addProperty(
        "destination-mac", String.format(Locale.ROOT, "02-00-00-00-01-%02X", stream));
    frames.addProperty("tagged", "all");
    frames.addProperty("vlan", 0);
    JsonObject identity = new JsonObject();
    identity.addProperty("index", index);
    identity.addProperty("handle", stream);
    identity.add("null-stream-identification", frames);
    return identity;
  }

  private static JsonObject filter(int id, Policy policy) {
    JsonObject filter = new JsonObject();
    filter.addProperty("stream-filter-instance-id", id);
    if (policy.stream() == 0) {
      JsonArray any = new JsonArray();
      any.add(JsonNull.INSTANCE);
      filter.add("wildcard", any);
    } else {
      filter.addProperty("stream-handle", policy.stream());
    }
    filter.addProperty("priority-spec", "wildcard");
    filter.addProperty("max-sdu-size", policy.maxSduOctets());
    filter.addProperty("stream-gate-ref", id);
    if (policy.meter().isPresent()) {
      filter.addProperty("flow-meter-ref", id);
      filter.addProperty("flow-meter-enable", true);
    }
    return filter;
  }

  private static JsonObject gate(int id, Policy policy, long baseNs) {
    JsonObject gate = new JsonObject();
    gate.addProperty("stream-gate-instance-id", id);
    gate.addProperty("admin-gate-states", "open");
    if (policy.gate().isEmpty()) {
      return gate;
    }
    GateList list = policy.gate().get();
    gate.addProperty("gate-enable", true);
    JsonArray entries = new JsonArray();
    for (Interval interval : list.intervals()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("index", entries.size());
      entry.addProperty("operation-name", "ieee802-dot1q-psfp:set-gate-and-ipv");
      entry.addProperty("gate-state-value", interval.open() ? "open" : "closed");
      entry.addProperty("ipv-spec", "null");
      entry.addProperty("time-interval-value", interval.ms() * 1_000_000L);
      if (interval.octetMax() >= 0) {
        entry.addProperty("interval-octet-max", interval.octetMax());
      }
      entries.add(entry);
    }
    JsonObject control = new JsonObject();
    control.add("gate-control-entry", entries);
    gate.add("admin-control-list", control);
    JsonObject cycle = new JsonObject();
    cycle.addProperty("numerator", list.cycleMs());
    cycle.addProperty("denominator", 1000);
    gate.add("admin-cycle-time", cycle);
    JsonObject base = new JsonObject();
    base.addProperty("seconds", Long.toString(baseNs / 1_000_000_000L));
    base.addProperty("nanoseconds", baseNs % 1_000_000_000L);
    gate.add("admin-base-time", base);
    return gate;
  }

  private static Function<Meter, JsonObject> meter(int id) {
    return meter -> {
      JsonObject entry = new JsonObject();
      entry.addProperty("flow-meter-instance-id", id);
      entry.addProperty("committed-information-rate", Long.toString(meter.cir()));
      entry.addProperty("committed-burst-size", meter.cbs());
      entry.addProperty("excess-information-rate", Long.toString(meter.eir()));
      entry.addProperty("excess-burst-size", meter.ebs());
      entry.addProperty("coupling-flag", "zero");
      entry.addProperty("color-mode", "color-blind");
      entry.addProperty("drop-on-yellow", false);
      return entry;
    };
  }
}
