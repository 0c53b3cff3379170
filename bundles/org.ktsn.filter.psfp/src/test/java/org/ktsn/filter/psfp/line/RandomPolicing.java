package org.ktsn.filter.psfp.line;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.IpMatch;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.filter.psfp.model.StreamGate;
import org.ktsn.filter.psfp.model.StreamIdentity;

/** Policing of any kind, in which much happens to few frames. */
public final class RandomPolicing {
  private static final String[] PODS = {"a", "b", "c"};
  private static final List<HeaderMatch.Method> METHODS = List.of(HeaderMatch.Method.values());
  private static final List<HeaderMatch.Tagged> TAGGED = List.of(HeaderMatch.Tagged.values());

  private final Random random;
  private final long nowNs;

  /** Makes a source of policing that is asked for at an instant. */
  public RandomPolicing(Random random, long nowNs) {
    this.random = random;
    this.nowNs = nowNs;
  }

  /** Returns another one. */
  public PolicingParameters next() {
    List<StreamIdentity> streams = new ArrayList<>();
    int handles = 1 + random.nextInt(3);
    for (int index = 0; index < handles + random.nextInt(2); index++) {
      HeaderMatch header = header();
      streams.add(
          new StreamIdentity(
              index,
              index % handles,
              maybe(2) ? Optional.of(PODS[random.nextInt(PODS.length)]) : Optional.empty(),
              header.equals(HeaderMatch.ANY) || maybe(4)
                  ? OptionalInt.of(random.nextInt(2) * 7)
                  : OptionalInt.empty(),
              header));
    }
    List<StreamGate> gates = new ArrayList<>();
    for (int id = 0; id < 1 + random.nextInt(2); id++) {
      gates.add(new StreamGate(id, control(), maybe(4), latch(), maybe(4), latch()));
    }
    List<FlowMeter> meters = new ArrayList<>();
    for (int id = 0; id < random.nextInt(3); id++) {
      meters.add(meter(id));
    }
    List<StreamFilter> filters = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      filters.add(
          new StreamFilter(
              10L * i,
              maybe(4) ? OptionalLong.empty() : OptionalLong.of(random.nextInt(handles)),
              maybe(4) ? OptionalInt.of(random.nextInt(8)) : OptionalInt.empty(),
              maybe(3) ? 40 + random.nextInt(1400) : 0,
              maybe(4),
              latch(),
              random.nextInt(gates.size()),
              meters.isEmpty() || maybe(4)
                  ? OptionalLong.empty()
                  : OptionalLong.of(random.nextInt(meters.size()))));
    }
    return new PolicingParameters(streams, filters, gates, meters);
  }

  private HeaderMatch header() {
    HeaderMatch.Method method = METHODS.get(random.nextInt(METHODS.size()));
    if (method == HeaderMatch.Method.NONE) {
      return HeaderMatch.ANY;
    }
    boolean ip = method == HeaderMatch.Method.IP;
    int vlan = random.nextInt(3);
    return new HeaderMatch(
        method,
        method != HeaderMatch.Method.SOURCE_MAC_VLAN && maybe(3)
            ? OptionalLong.of(0x0200_0000_0001L + random.nextInt(2))
            : OptionalLong.empty(),
        method == HeaderMatch.Method.SOURCE_MAC_VLAN && maybe(2)
            ? OptionalLong.of(0x0200_0000_0002L)
            : OptionalLong.empty(),
        maybe(3) ? TAGGED.get(random.nextInt(TAGGED.size())) : HeaderMatch.Tagged.ALL,
        maybe(3) && (ip || vlan > 0) ? OptionalInt.of(vlan) : OptionalInt.empty(),
        ip ? Optional.of(ipMatch()) : Optional.empty());
  }

  private IpMatch ipMatch() {
    boolean udp = maybe(2);
    return new IpMatch(
        maybe(3) ? Optional.of(address("10.77.0.2")) : Optional.empty(),
        maybe(3) ? Optional.of(address("10.77.0.3")) : Optional.empty(),
        maybe(5) ? OptionalInt.of(46) : OptionalInt.empty(),
        udp ? OptionalInt.of(17) : OptionalInt.empty(),
        udp && maybe(3) ? OptionalInt.of(4000) : OptionalInt.empty(),
        udp && maybe(3) ? OptionalInt.of(5000) : OptionalInt.empty());
  }

  private GateControl control() {
    if (maybe(3)) {
      return GateControl.constant(!maybe(5), ipv());
    }
    List<GateControl.Entry> entries = new ArrayList<>();
    for (int i = 0; i < random.nextInt(5); i++) {
      entries.add(
          new GateControl.Entry(
              !maybe(3),
              ipv(),
              random.nextInt(4) * (maybe(2) ? 13_001L : 10_000L),
              maybe(2) ? random.nextInt(30) * 100L : GateControl.NO_OCTET_MAX));
    }
    CycleTime cycle =
        maybe(2)
            ? new CycleTime(1, 10_000L + random.nextInt(30_000))
            : CycleTime.ofNanoseconds((20 + random.nextInt(80)) * 1_000L);
    return new GateControl(
        !maybe(6),
        !maybe(4),
        ipv(),
        entries,
        cycle,
        random.nextInt(1000),
        nowNs - 300_000 + random.nextInt(500) * 1_000L);
  }

  private FlowMeter meter(long id) {
    return new FlowMeter(
        id,
        rate(),
        random.nextInt(4) * 1000L,
        rate(),
        random.nextInt(4) * 1000L,
        maybe(2),
        maybe(2),
        maybe(3),
        maybe(6),
        latch());
  }

  private long rate() {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> 1 + random.nextInt(1_000_000);
      case 2 -> FlowMeter.MAX_RATE;
      default -> 1 + random.nextInt(400_000_000);
    };
  }

  private Optional<Boolean> latch() {
    return maybe(12) ? Optional.of(maybe(2)) : Optional.empty();
  }

  private int ipv() {
    return maybe(2) ? random.nextInt(8) : GateControl.NO_IPV;
  }

  private boolean maybe(int of) {
    return random.nextInt(of) == 0;
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }
}
