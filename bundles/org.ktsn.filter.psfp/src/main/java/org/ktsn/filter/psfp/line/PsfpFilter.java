package org.ktsn.filter.psfp.line;

import java.util.List;
import java.util.function.Consumer;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.port.PortModel;
import org.ktsn.filter.psfp.model.GateControl;
import org.ktsn.filter.psfp.model.PolicingParameters;

/**
 * Per-stream filtering and policing (IEEE 802.1Q-2022 8.6.5.2 to 8.6.5.5) of the frames that leave
 * a node.
 *
 * <p>A bridge judges a frame when it arrives. KTSN takes a frame in before its launch time, by up
 * to a minute, and a program may hand over in one go what it means to send evenly. What its
 * neighbours and the next bridge see is when it <em>leaves</em>: that is the instant by which gate
 * and meter judge, as though they stood at the other end of the link. So
 *
 * <ul>
 *   <li>the stream filter and the maximum SDU size are looked at when a frame is admitted, for they
 *       know no time; what a filter or a gate blocks until somebody resets it is dropped there as
 *       well, before it takes room;
 *   <li>the internal priority value must be known before the frame queues: it is that of the gate
 *       at the frame's launch time (now, if that has passed or is a deadline), and stays;
 *   <li>gate and meter look at each frame whose turn has come, at its departure. They are charged
 *       when it leaves for the launcher, and get back what is returned or dropped afterwards, since
 *       it was never on the link. A frame that the meter drops has passed its gate, and counts
 *       there.
 * </ul>
 *
 * <p>A frame is counted as passed or not when its end is known. Frames that wait while the
 * configuration changes are judged by the new one, but for the internal priority value. No octet of
 * a frame is changed: that a frame is yellow is counted, and not written into its tag.
 *
 * <p>The planner picks up a new plan at the next frame; another thread makes it, by {@link
 * #change}. Nothing is allocated on a frame's way.
 */
public final class PsfpFilter implements Filter {
  private static final int FCS_OCTETS = 4;
  private static final String NO_NAME = "";

  /** Of the flags of a frame: gate and meter were charged for it, the meter by which bucket. */
  private static final byte LEFT = 1;

  private static final byte YELLOW = 2;

  private final Consumer<PsfpFilter> whenClosed;
  private final FrameHeader header = new FrameHeader();

  /** By frame: the filter that it belongs to, or null; the plan that says so. */
  private final Entry[] entryOf;

  private final int[] planOf;

  /** By frame: its class before an IPV, which stream identification goes by. */
  private final byte[] classOf;

  private final byte[] flagsOf;

  /** By frame: when it leaves, or would have. */
  private final long[] departsOf;

  /** By frame: why its maximum SDU size filter stops it although it was admitted; mostly null. */
  private final DropReason[] sizeOf;

  /** By pod: its name, empty if nobody told; its filters in the present plan. */
  private final String[] nameOf = new String[Pod.MAX_PODS];

  private final Candidates[] candidatesOf = new Candidates[Pod.MAX_PODS];

  /** Pods of this number and higher were never told of. */
  private int pods;

  /** What shall be in force: written by control threads, read by the planner. */
  private volatile Plan wanted = Plan.none();

  /** What is in force. */
  private Plan plan = wanted;

  /**
   * Makes a filter that polices nothing yet.
   *
   * @param frameCapacity how many frames there can be
   * @param whenClosed is told when it is used no more
   */
  public PsfpFilter(int frameCapacity, Consumer<PsfpFilter> whenClosed) {
    this.whenClosed = whenClosed;
    entryOf = new Entry[frameCapacity];
    planOf = new int[frameCapacity];
    classOf = new byte[frameCapacity];
    flagsOf = new byte[frameCapacity];
    departsOf = new long[frameCapacity];
    sizeOf = new DropReason[frameCapacity];
  }

  /**
   * Asks for other parameters; they are in force at the next frame. What entries remember that are
   * there before and after (tokens, octets, counters, what is blocked) stays. Any thread but the
   * planner.
   */
  public synchronized void change(PolicingParameters parameters, long nowNs) {
    wanted = wanted.next(parameters, nowNs);
  }

  /** Returns what is known of the entries' state. Any thread. */
  public PolicingState state(long nowNs) {
    return PolicingState.elsewhere(wanted, nowNs);
  }

  @Override
  public void admit(FrameView frame, long nowNs, Admission answer) {
    adoptWhatIsWanted();
    Entry entry = classify(frame, frame.trafficClass());
    if (entry == null) {
      return;
    }
    int number = frame.number();
    DropReason reason = sizeOf[number];
    if (reason == null) {
      reason = entry.gate.latched();
      if (reason != null) {
        entry.dropped(reason);
      }
    }
    if (reason != null) {
      forget(number);
      answer.drop(reason);
      return;
    }
    int ipv = entry.gate.ipv(frame.deadlineMode() ? nowNs : Math.max(nowNs, frame.launchTimeNs()));
    if (ipv != GateControl.NO_IPV) {
      answer.internalPriority(ipv);
    }
  }

  @Override
  public void waits(FrameView frame, long nowNs) {
    adoptWhatIsWanted();
    classify(frame, frame.trafficClass());
  }

  @Override
  public void inspect(FrameView frame, long nowNs, Leave answer) {
    adoptWhatIsWanted();
    int number = frame.number();
    if (planOf[number] != plan.number) {
      classify(frame, classOf[number]);
    }
    Entry entry = entryOf[number];
    if (entry == null) {
      return;
    }
    DropReason reason = sizeOf[number];
    if (reason == null) {
      departsOf[number] = answer.departsNs();
      reason = entry.gate.judge(answer.departsNs(), frame.sduOctets());
    }
    if (reason == null && entry.meter.isPresent()) {
      Meter meter = entry.meter.get();
      reason =
          meter.reason(
              meter.look(answer.departsNs(), meteredOctets(frame), dropEligible(frame, meter)));
    }
    if (reason != null) {
      answer.drop(reason);
    }
  }

  @Override
  public void leaves(FrameView frame, long departsNs) {
    int number = frame.number();
    Entry entry = entryOf[number];
    if (entry == null) {
      return;
    }
    byte flags = LEFT;
    departsOf[number] = departsNs;
    entry.gate.charge(departsNs, frame.sduOctets());
    if (entry.meter.isPresent()) {
      Meter meter = entry.meter.get();
      int colour = meter.charge(departsNs, meteredOctets(frame), dropEligible(frame, meter));
      flags |= colour == MeterState.YELLOW ? YELLOW : 0;
    }
    flagsOf[number] = flags;
  }

  @Override
  public void returned(FrameView frame, long nowNs) {
    refund(frame);
  }

  @Override
  public void sent(FrameView frame, long actualNs) {
    int number = frame.number();
    Entry entry = entryOf[number];
    if (entry != null) {
      entry.count(FilterState.PASSING);
      countColour(entry, flagsOf[number]);
    }
    forget(number);
  }

  @Override
  public void dropped(FrameView frame, DropReason reason) {
    int number = frame.number();
    Entry entry = entryOf[number];
    if (entry != null) {
      if ((flagsOf[number] & LEFT) != 0) {
        entry.count(FilterState.PASSING);
        countColour(entry, flagsOf[number]);
        refund(frame);
      } else if (isOfGateOrMeter(reason)) {
        if (isOfMeter(reason)) {
          entry.gate.charge(departsOf[number], frame.sduOctets());
        }
        if (reason == Reasons.YELLOW && entry.meter.isPresent()) {
          Meter meter = entry.meter.get();
          meter.charge(departsOf[number], meteredOctets(frame), dropEligible(frame, meter));
        }
        entry.dropped(reason);
      }
    }
    forget(number);
  }

  @Override
  public void opened(Pod pod) {
    adoptWhatIsWanted();
    while (pods <= pod.number()) {
      name(pods++, NO_NAME);
    }
    name(pod.number(), pod.name());
  }

  @Override
  public void closed(int pod) {
    if (pod < pods) {
      name(pod, NO_NAME);
    }
  }

  @Override
  public void clockSet(long nowNs) {
    adoptWhatIsWanted();
    plan.clockSet(nowNs);
  }

  @Override
  public List<StatusTable> status(long nowNs) {
    return PolicingState.here(wanted, nowNs).tables();
  }

  @Override
  public void close() {
    whenClosed.accept(this);
  }

  /** Finds a frame's filter in the present plan, counts it there, and judges its size. */
  private Entry classify(FrameView frame, int frameClass) {
    int number = frame.number();
    Entry before = entryOf[number];
    Candidates candidates = frame.pod() < pods ? candidatesOf[frame.pod()] : plan.of(NO_NAME);
    Entry entry = null;
    if (!candidates.isEmpty()) {
      header.read(frame);
      entry = candidates.find(header, frame.priority(), frameClass);
    }
    boolean known = before != null && entry != null && before.state == entry.state;
    entryOf[number] = entry;
    planOf[number] = plan.number;
    classOf[number] = (byte) frameClass;
    flagsOf[number] = 0;
    if (entry == null) {
      sizeOf[number] = null;
    } else if (!known) {
      entry.count(FilterState.MATCHING);
      sizeOf[number] = entry.judgeSdu(frame.sduOctets());
    }
    return entry;
  }

  /** The frame has not left in the end. */
  private void refund(FrameView frame) {
    int number = frame.number();
    Entry entry = entryOf[number];
    byte flags = flagsOf[number];
    flagsOf[number] = 0;
    if (entry == null || (flags & LEFT) == 0) {
      return;
    }
    entry.gate.charge(departsOf[number], -frame.sduOctets());
    if (entry.meter.isPresent()) {
      entry
          .meter
          .get()
          .refund(
              (flags & YELLOW) != 0 ? MeterState.YELLOW : MeterState.GREEN, meteredOctets(frame));
    }
  }

  private static void countColour(Entry entry, byte flags) {
    if (entry.meter.isPresent()) {
      entry
          .meter
          .get()
          .state
          .counts
          .count((flags & YELLOW) != 0 ? MeterState.YELLOW : MeterState.GREEN);
    }
  }

  private void forget(int number) {
    entryOf[number] = null;
    sizeOf[number] = null;
    flagsOf[number] = 0;
  }

  private void adoptWhatIsWanted() {
    Plan latest = wanted;
    if (latest != plan) {
      plan = latest;
      plan.adopt();
      for (int pod = 0; pod < pods; pod++) {
        candidatesOf[pod] = plan.of(nameOf[pod]);
      }
    }
  }

  private void name(int pod, String name) {
    nameOf[pod] = name;
    candidatesOf[pod] = plan.of(name);
  }

  private static boolean isOfMeter(DropReason reason) {
    return reason == Reasons.RED || reason == Reasons.YELLOW || reason == Reasons.ALL_RED;
  }

  private static boolean isOfGateOrMeter(DropReason reason) {
    return isOfMeter(reason)
        || reason == Reasons.GATE_CLOSED
        || reason == Reasons.INVALID_RX
        || reason == Reasons.INTERVAL_OCTETS
        || reason == Reasons.OCTETS_EXCEEDED;
  }

  private boolean dropEligible(FrameView frame, Meter meter) {
    if (!meter.parameters.colorAware()) {
      return false;
    }
    header.read(frame);
    return header.dropEligible;
  }

  /** What a meter counts of a frame: from the destination address to the FCS, as on the link. */
  private static long meteredOctets(FrameView frame) {
    return (long) Math.max(PortModel.MIN_FRAME_OCTETS, frame.lengthOctets()) + FCS_OCTETS;
  }
}
