package org.ktsn.clock.ptp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockState;
import org.ktsn.clock.ptp.InstanceSettings.Role;

/**
 * Judges the clock by what one ptp4l measures. Counts measurements, not rounds of questions: a
 * measurement is new when the time of its Sync message is. No clock of its own; one thread.
 */
final class InstanceJudge {
  /** Beyond this, the clock that ptp4l steers and the system's clock are not the same time. */
  private static final long SAME_CLOCK_NS = 2_000_000_000L;

  private static final int LONGEST_SYNC_INTERVAL_LOG = 7;
  private static final int SYNC_INTERVALS = 3;

  /** How the clock ceased to be synchronised. */
  private enum Loss {
    NEVER_HAD,
    NO_MEASUREMENT,
    OFFSET,
    STEP
  }

  private final InstanceSettings settings;
  private final QualitySettings quality;
  private final OffsetWindow window = new OffsetWindow();

  private boolean synchronised;
  private Loss loss = Loss.NEVER_HAD;
  private long lostAtNs;
  private OptionalLong uncertaintyAtLossNs = OptionalLong.empty();
  private int within;
  private int beyond;
  private int far;
  private int notFar;
  private boolean farOff;
  private int strange;

  private boolean measured;
  private long measuredAtNs;
  private long observedAtNs;
  private boolean observed;
  private long ingressTimeNs;
  private long offsetNs;
  private String grandmaster = "";
  private long lossNs;
  private Optional<TimePropertiesDataSet> followed = Optional.empty();

  InstanceJudge(InstanceSettings settings, QualitySettings quality) {
    this.settings = settings;
    this.quality = quality;
    this.lossNs = quality.lossNs();
  }

  /** Takes up one round of answers. */
  void observe(Observation now) {
    long sinceLastNs = observed ? now.atNs() - observedAtNs : Long.MAX_VALUE;
    observed = true;
    observedAtNs = now.atNs();
    if (now.isGrandmaster()) {
      if (settings.role() == Role.ANY && now.port(PortState.MASTER).isPresent()) {
        beGrandmaster(now);
      }
      return;
    }
    Optional<PortDataSet> port =
        now.port(PortState.SLAVE)
            .or(() -> settings.freeRunning() ? now.followingPort() : Optional.empty());
    boolean fresh = now.time().ingressTimeNs() != ingressTimeNs;
    ingressTimeNs = now.time().ingressTimeNs();
    if (port.isEmpty() || ingressTimeNs == 0 || !fresh) {
      return;
    }
    int interval = Math.clamp(port.get().logSyncInterval(), -20, LONGEST_SYNC_INTERVAL_LOG);
    long intervalNs = (long) (1e9 * Math.pow(2, interval));
    lossNs = Math.max(quality.lossNs(), SYNC_INTERVALS * intervalNs);
    followed = Optional.of(now.timeProperties());
    grandmaster = now.grandmaster();
    measure(Math.max(now.time().masterOffsetNs(), -Long.MAX_VALUE), now.atNs());
    strange = isElsewhere(now, sinceLastNs) ? strange + 1 : 0;
  }

  private void measure(long offset, long atNs) {
    measured = true;
    measuredAtNs = atNs;
    offsetNs = offset;
    window.add(offset);
    long size = Math.abs(offset);
    within = size <= quality.enterNs() ? within + 1 : 0;
    beyond = size > quality.leaveNs() ? beyond + 1 : 0;
    boolean isFar = size > quality.wrongNs();
    far = isFar ? far + 1 : 0;
    notFar = isFar ? 0 : notFar + 1;
    if (far >= quality.unsettleSamples()) {
      farOff = true;
    } else if (notFar >= quality.settleSamples()) {
      farOff = false;
    }
    if (!synchronised && within >= quality.settleSamples()) {
      synchronised = true;
      farOff = false;
    } else if (synchronised && beyond >= quality.unsettleSamples()) {
      lose(Loss.OFFSET, atNs);
    } else if (!synchronised && beyond >= quality.unsettleSamples() && loss != Loss.NEVER_HAD) {
      loss = Loss.OFFSET;
    }
  }

  private void beGrandmaster(Observation now) {
    synchronised = true;
    measured = true;
    measuredAtNs = now.atNs();
    offsetNs = 0;
    lossNs = quality.lossNs();
    window.clear();
    window.add(0);
    grandmaster = now.grandmaster();
    followed = Optional.of(now.timeProperties());
    within = 0;
    beyond = 0;
    far = 0;
    farOff = false;
    strange = 0;
  }

  /** Tells whether the clock that stamped the Sync message is neither of the system's clocks. */
  private static boolean isElsewhere(Observation now, long sinceLastNs) {
    long limit = SAME_CLOCK_NS + sinceLastNs;
    if (limit < 0) {
      return false; // the first look: how old the Sync message is, is not known
    }
    long ingress = now.time().ingressTimeNs();
    return Math.abs(now.clocks().taiNs() - ingress) > limit
        && Math.abs(now.clocks().realtimeNs() - ingress) > limit;
  }

  /** The node's clock jumped: what was measured says nothing any more. */
  void stepped(long nowNs) {
    if (synchronised || loss == Loss.NO_MEASUREMENT) {
      lose(Loss.STEP, nowNs);
    }
    window.clear();
    within = 0;
    beyond = 0;
    far = 0;
    notFar = 0;
    strange = 0;
  }

  private void lose(Loss how, long atNs) {
    uncertaintyAtLossNs = uncertaintyNs();
    synchronised = false;
    loss = how;
    lostAtNs = atNs;
    within = 0;
    if (how == Loss.NO_MEASUREMENT) {
      window.clear();
    }
  }

  /** Returns the quality as it is now. */
  Judgement judgement(InstanceStatus status, long nowNs, int kernelTaiOffsetS) {
    boolean measuring = measured && nowNs - measuredAtNs <= lossNs;
    if (synchronised && !measuring) {
      lose(Loss.NO_MEASUREMENT, measuredAtNs);
    }
    OptionalLong offset = measuring ? OptionalLong.of(offsetNs) : OptionalLong.empty();
    List<ClockReason> reasons = new ArrayList<>();
    OptionalLong uncertainty = OptionalLong.empty();
    ClockState state;
    Optional<ClockReason> tai = followed.flatMap(it -> TaiOffsetRule.fault(it, kernelTaiOffsetS));
    if (tai.isPresent()) {
      state = ClockState.WRONG;
      reasons.add(tai.get());
      uncertainty =
          OptionalLong.of(TaiOffsetRule.errorNs(followed.orElseThrow(), kernelTaiOffsetS));
    } else if (measuring && strange >= quality.unsettleSamples()) {
      state = ClockState.WRONG;
      reasons.add(elsewhere());
    } else if (measuring && farOff) {
      state = ClockState.WRONG;
      reasons.add(offsetReason(quality.wrongNs()));
      uncertainty = uncertaintyNs();
    } else if (synchronised) {
      state = ClockState.SYNCHRONISED;
      uncertainty = uncertaintyNs();
    } else {
      boolean holds = loss == Loss.NO_MEASUREMENT && nowNs - lostAtNs < quality.holdoverNs();
      state = holds ? ClockState.HOLDOVER : ClockState.FREE_RUNNING;
      reasons.add(LossReason.of(status, measuring, this::unsettled));
      uncertainty = measuring ? uncertaintyNs() : driftedNs(nowNs);
    }
    followed.flatMap(it -> TaiOffsetRule.remark(it, kernelTaiOffsetS)).ifPresent(reasons::add);
    return new Judgement(state, reasons, uncertainty, offset, measuring ? grandmaster : "");
  }

  /** Says why the clock is not synchronised although it is measured. */
  private ClockReason unsettled() {
    if (loss == Loss.STEP) {
      return new ClockReason(
          "clock_stepped",
          "the node's clock jumped; "
              + within
              + " of "
              + quality.settleSamples()
              + " measurements since then lie within "
              + quality.enterNs()
              + " ns");
    }
    if (Math.abs(offsetNs) > quality.enterNs()) {
      return offsetReason(loss == Loss.OFFSET ? quality.leaveNs() : quality.enterNs());
    }
    return new ClockReason(
        "settling",
        within
            + " of "
            + quality.settleSamples()
            + " measurements in a row lie within "
            + quality.enterNs()
            + " ns");
  }

  private ClockReason offsetReason(long limitNs) {
    return new ClockReason(
        "offset_too_large",
        "the clock is "
            + offsetNs
            + " ns from the grandmaster "
            + grandmaster
            + ", the limit is "
            + limitNs
            + " ns; give ptp4l time to settle, look for what disturbs it, or widen the limit");
  }

  private static ClockReason elsewhere() {
    return new ClockReason(
        "clock_not_steered",
        "ptp4l stamps with a clock that is more than 2 s from CLOCK_TAI and from CLOCK_REALTIME:"
            + " the network card's clock is not carried to the system's; start phc2sys (-a -r)");
  }

  private OptionalLong uncertaintyNs() {
    OptionalLong largest = window.largest();
    return largest.isPresent()
        ? OptionalLong.of(largest.getAsLong() + quality.floorNs())
        : OptionalLong.empty();
  }

  /** What may have become of the uncertainty since the clock was lost. */
  private OptionalLong driftedNs(long nowNs) {
    if (loss != Loss.NO_MEASUREMENT || uncertaintyAtLossNs.isEmpty()) {
      return OptionalLong.empty();
    }
    double driftNs = (nowNs - lostAtNs) * (quality.driftPpb() / 1e9);
    return OptionalLong.of(uncertaintyAtLossNs.getAsLong() + Math.round(driftNs));
  }
}
