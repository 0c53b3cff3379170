package org.ktsn.filter.credit;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;

/**
 * The credits of the pods that have an idle slope of their own, and what their frames have paid.
 * They stand before the classes: a frame that its pod may not send yet is held when its turn comes,
 * until the instant at which it is eligible, once. A pod without an idle slope is not heeded, and
 * its frames cost nothing.
 *
 * <pre>
 *   UNCHARGED ──its turn, eligible─────────▶ PAID   leaves; if it comes back, it is not charged again
 *       └───its turn, not eligible──▶ DATED ──▲     charged in advance
 * </pre>
 *
 * <p>In deadline mode a frame waits since it came, and its deadline is checked once: one that is
 * eligible only after it is missed; another is dated as any frame, and leaves no earlier.
 *
 * <p>A frame keeps to the account that its pod had when it came: the number may be another pod's
 * since. Who takes over from a filter before finds in the launch times of the frames that were held
 * what was charged in advance; what was saved up is lost. Planner thread only; nothing allocates on
 * a frame's way.
 */
final class CreditFilter implements Filter {
  private static final byte UNCHARGED = 0;
  private static final byte DATED = 1;
  private static final byte PAID = 2;

  private static final List<String> COLUMNS =
      List.of("pod", "idle_slope_bits_per_second", "octets_charged_ahead", "eligible_in_ns");

  private final Pod[] pods = new Pod[Pod.MAX_PODS];
  private final PodCredit[] ofPod = new PodCredit[Pod.MAX_PODS];
  private final int largestFrameOctets;
  private PortModel link;
  private GateSchedule schedule;
  private long interferenceNs;

  /** Whose credit a frame needs. */
  private final PodCredit[] ofFrame;

  private final byte[] paid;

  /** Since when a frame waits, while it is not charged; then from when on it may leave. */
  private final long[] readyOrEligibleNs;

  /** By how much that was moved. */
  private final long[] shiftNs;

  /** What a dated frame was charged. */
  private final int[] octets;

  CreditFilter(FilterSite site) {
    largestFrameOctets = site.largestFrameOctets();
    ofFrame = new PodCredit[site.frameCapacity()];
    paid = new byte[site.frameCapacity()];
    readyOrEligibleNs = new long[site.frameCapacity()];
    shiftNs = new long[site.frameCapacity()];
    octets = new int[site.frameCapacity()];
    link = site.link();
    schedule = site.schedule();
    interferes();
  }

  @Override
  public void opened(Pod pod) {
    pods[pod.number()] = pod;
    ofPod[pod.number()] =
        pod.bandwidth().map(asked -> new PodCredit(asked, interferenceNs)).orElse(null);
  }

  @Override
  public boolean heeds(Pod pod) {
    return pod.bandwidth().isPresent();
  }

  @Override
  public void closed(int pod) {
    pods[pod] = null;
    ofPod[pod] = null;
  }

  @Override
  public void schedule(GateSchedule next) {
    schedule = next;
    interferes();
  }

  @Override
  public void link(PortModel next) {
    link = next;
    interferes();
  }

  /**
   * Others may keep a pod's frame from the link, while each has its due, for the largest frame and
   * for as long as gates are closed: a cycle.
   */
  private void interferes() {
    long cycleNs = cycleNs(schedule.oper());
    if (schedule.pending().isPresent()) {
      cycleNs = Math.max(cycleNs, cycleNs(schedule.pending().get().parameters()));
    }
    interferenceNs = link.durationNs(largestFrameOctets) + cycleNs;
    for (PodCredit credit : ofPod) {
      if (credit != null) {
        credit.interference(interferenceNs);
      }
    }
  }

  private static long cycleNs(GateParameters parameters) {
    return parameters.gateEnabled() && !parameters.controlList().isEmpty()
        ? parameters.cycleTime().nanosecondsRoundedDown()
        : 0;
  }

  @Override
  public void clockSet(long nowNs) {
    for (PodCredit credit : ofPod) {
      if (credit != null) {
        credit.reset(nowNs);
      }
    }
  }

  @Override
  public void admit(FrameView frame, long nowNs, Admission answer) {
    begin(frame);
  }

  @Override
  public void waits(FrameView frame, long nowNs) {
    PodCredit credit = begin(frame);
    if (frame.wasHeld()) {
      int number = frame.number();
      long linkOctets = frame.linkOctets();
      readyOrEligibleNs[number] = frame.launchTimeNs();
      credit.wasDated(frame.launchTimeNs(), linkOctets);
      shiftNs[number] = credit.shiftNs();
      octets[number] = (int) linkOctets;
      paid[number] = DATED;
    }
  }

  private PodCredit begin(FrameView frame) {
    int number = frame.number();
    PodCredit credit = ofPod[frame.pod()];
    ofFrame[number] = credit;
    paid[number] = UNCHARGED;
    readyOrEligibleNs[number] =
        frame.deadlineMode()
            ? frame.arrivedNs()
            : Math.max(frame.arrivedNs(), frame.launchTimeNs());
    return credit;
  }

  @Override
  public void inspect(FrameView frame, long nowNs, Leave answer) {
    int number = frame.number();
    PodCredit credit = ofFrame[number];
    if (paid[number] == PAID) {
      return;
    }
    boolean isUncharged = paid[number] == UNCHARGED;
    // So that none overtakes another, the order is left to the dates; they must be of one shift.
    boolean needsDate = isUncharged ? credit.hasDated() : credit.shiftNs() != shiftNs[number];
    long departsNs = answer.departsNs();
    long eligibleNs =
        isUncharged && needsDate ? credit.nextDateNs() : eligibleNs(credit, number, departsNs);
    if (eligibleNs <= departsNs && !needsDate) {
      return;
    }
    if (frame.deadlineMode() && eligibleNs > frame.launchTimeNs()) {
      answer.drop(Verdict.MISSED);
    } else if (eligibleNs > answer.latestNs()) {
      answer.drop(Verdict.RATE_EXCEEDED);
    } else {
      answer.hold(eligibleNs);
    }
  }

  /** It gets the instant at which it is eligible. */
  @Override
  public void held(FrameView frame, long untilNs) {
    int number = frame.number();
    PodCredit credit = ofFrame[number];
    if (paid[number] == UNCHARGED) {
      long linkOctets = frame.linkOctets();
      readyOrEligibleNs[number] = credit.nextDateNs();
      credit.chargeDated(linkOctets);
      octets[number] = (int) linkOctets;
      paid[number] = DATED;
    } else {
      readyOrEligibleNs[number] += credit.shiftNs() - shiftNs[number];
    }
    shiftNs[number] = credit.shiftNs();
  }

  /** It pays, if it has not paid. */
  @Override
  public void leaves(FrameView frame, long departsNs) {
    int number = frame.number();
    pay(ofFrame[number], number, departsNs, frame);
  }

  /** One that was on its way when this filter came pays only now. */
  @Override
  public void sent(FrameView frame, long actualNs) {
    int number = frame.number();
    pay(ofFrame[number], number, actualNs, frame);
  }

  private void pay(PodCredit credit, int number, long departsNs, FrameView frame) {
    if (paid[number] == UNCHARGED) {
      credit.charge(readyOrEligibleNs[number], departsNs, frame.linkOctets());
    } else if (paid[number] == DATED) {
      credit.datedLeaves(eligibleNs(credit, number, departsNs), departsNs, octets[number]);
    }
    paid[number] = PAID;
  }

  @Override
  public void dropped(FrameView frame, DropReason reason) {
    int number = frame.number();
    if (paid[number] == DATED) {
      ofFrame[number].datedGone(octets[number]);
    }
  }

  private long eligibleNs(PodCredit credit, int frame, long departsNs) {
    return paid[frame] == DATED
        ? readyOrEligibleNs[frame] + credit.shiftNs() - shiftNs[frame]
        : credit.eligibleNs(readyOrEligibleNs[frame], departsNs);
  }

  @Override
  public List<StatusTable> status(long nowNs) {
    List<List<Object>> rows = new ArrayList<>();
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      PodCredit credit = ofPod[pod];
      if (credit != null) {
        rows.add(
            List.of(
                pods[pod].name(),
                pods[pod].bandwidth().orElseThrow().idleSlopeBitsPerSecond(),
                credit.datedOctets(),
                Math.max(nowNs, credit.nextDateNs()) - nowNs));
      }
    }
    return rows.isEmpty() ? List.of() : List.of(new StatusTable("pods", COLUMNS, rows));
  }
}
