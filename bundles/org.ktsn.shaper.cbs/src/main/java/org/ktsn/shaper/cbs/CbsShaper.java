package org.ktsn.shaper.cbs;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.GateTimeline;
import org.ktsn.api.shaper.CreditView;
import org.ktsn.api.shaper.Departure;
import org.ktsn.api.shaper.Shaper;

/**
 * The credit-based shaper (IEEE 802.1Q-2022 8.6.8.2), with the enhancements for scheduled traffic
 * (8.6.8.4) where a gate control list runs. Planner thread only.
 *
 * <p>The first frame of a class is available at an instant if its launch time has come, the gate of
 * its class is open, the whole frame leaves the link before that gate closes and, in a class with
 * an idle slope, its credit is not below zero. The class whose first frame is available earliest is
 * served; of several at the same instant, the highest. A frame waits, and its class gains credit,
 * from its launch time on; in deadline mode, from the first instant for which it was asked about.
 *
 * <p>Credits move when a departure is taken: they are spent in the order of transmission, whatever
 * becomes of the frame later. Into a gap before what was taken already no class with an idle slope
 * is put, because its credit has moved on; the others are.
 *
 * <p>Only {@link #schedule} allocates.
 */
final class CbsShaper implements Shaper, CreditView {
  /** Header and tag, between a frame and its service data unit. */
  static final int HEADER_OCTETS = 18;

  private static final int CLASSES = 8;
  private static final long NANOBITS_PER_BIT = 1_000_000_000;

  /**
   * How a shaper of this kind is configured.
   *
   * @param idleSlopes what each class may send in the long run
   * @param growsInGuardBand whether credit grows while the first frame does not fit any more
   * @param maxFrameOctets the largest frame without FCS, for the limits of the credits
   * @param dropMissed whether a frame is dropped that the machine failed to send
   * @param maxLatenessNs how late a frame may leave if its gate never closes
   */
  record Settings(
      IdleSlopes idleSlopes,
      boolean growsInGuardBand,
      int maxFrameOctets,
      boolean dropMissed,
      long maxLatenessNs) {}

  private final Frames frames;
  private final PortModel port;
  private final Settings settings;
  private final ClassQueue[] queues = new ClassQueue[CLASSES];
  private final long[] readyNs;

  private GateSchedule schedule;
  private GateTimeline timeline;
  private final Regimes regimes;
  private int queued;

  /** The end of the last transmission that was taken, and what {@link #next} was asked last. */
  private long linkEndNs = Long.MIN_VALUE;

  private long askedNs = Long.MIN_VALUE;

  private boolean begun;

  /** Until when every credit is settled at least. */
  private long settledNs = Long.MIN_VALUE;

  CbsShaper(Frames frames, PortModel port, GateSchedule schedule, Settings settings) {
    this.frames = frames;
    this.port = port;
    this.settings = settings;
    readyNs = new long[frames.capacity()];
    regimes = new Regimes(read(schedule));
    for (int c = 0; c < CLASSES; c++) {
      boolean shaped = settings.idleSlopes().isShaped(c);
      CreditAccount account =
          new CreditAccount(
              c,
              port.rateBitsPerSecond(),
              settings.growsInGuardBand(),
              regimes,
              schedule.operSinceNs());
      queues[c] = new ClassQueue(c, frames, port, readyNs, shaped, account);
    }
  }

  @Override
  public Verdict enqueue(int frame) {
    int trafficClass = frames.trafficClass(frame);
    int maxSdu = schedule.queueMaxSdu(trafficClass, frames.launchTimeNs(frame));
    if (maxSdu != 0 && frames.sduOctets(frame) > maxSdu) {
      return Verdict.OVERSIZE;
    }
    long ready = frames.deadlineMode(frame) ? ClassQueue.UNSEEN : frames.launchTimeNs(frame);
    return add(frame, queues[trafficClass], schedule.operSinceNs(), ready);
  }

  @Override
  public boolean next(long startNs, long endNs, long[] overtakeLimitNs, Departure out) {
    long fromNs = Math.max(startNs, schedule.operSinceNs()); // what was before is not known
    askedNs = fromNs;
    begin(fromNs);
    ClassQueue best = null;
    long launchNs = NEVER;
    for (int c = CLASSES - 1; c >= 0; c--) {
      ClassQueue queue = queues[c];
      if (queue.size() == 0) {
        continue;
      }
      if (endNs == NEVER) {
        queue.linkFreeFrom(fromNs);
      }
      long windowNs = queue.windowNs(fromNs, linkEndNs, timeline);
      if (windowNs == GateTimeline.NEVER) {
        out.drop(queue.first(), Verdict.NEVER_FITS);
        return true;
      }
      if (windowNs < launchNs
          && windowNs <= endNs - queue.durationNs()
          && frames.launchTimeNs(queue.first()) < overtakeLimitNs[c]) {
        best = queue;
        launchNs = windowNs;
      }
    }
    if (best == null) {
      return false;
    }
    long durationNs = best.durationNs();
    out.send(best.first(), launchNs, notAfterNs(best, launchNs, endNs), durationNs);
    return true;
  }

  @Override
  public void take(Departure departure) {
    ClassQueue queue = queues[frames.trafficClass(departure.frame)];
    if (queue.size() == 0 || queue.first() != departure.frame) {
      throw new IllegalStateException(
          "frame " + departure.frame + " is not the next of its class; take what next() found");
    }
    if (departure.verdict != Verdict.ACCEPTED) {
      queue.settleIfWaiting(askedNs, linkEndNs);
      queue.removeFirst();
    } else {
      long endNs = departure.launchNs + departure.durationNs;
      transmit(queue, departure.launchNs, endNs);
      queue.removeFirst(endNs);
    }
    queued--;
  }

  @Override
  public Verdict missed(int frame, long nowNs) {
    if (settings.dropMissed()) {
      return Verdict.MISSED;
    }
    ClassQueue queue = queues[frames.trafficClass(frame)];
    begin(nowNs);
    queue.settle(nowNs, linkEndNs);
    long ready = frames.deadlineMode(frame) ? nowNs : Math.max(nowNs, frames.launchTimeNs(frame));
    return add(frame, queue, Math.max(nowNs, schedule.operSinceNs()), ready);
  }

  @Override
  public void schedule(GateSchedule next) {
    Regime regime = read(next);
    settle(regimes.leastSettledNs());
    regimes.takeUp(regime, settledNs);
    for (ClassQueue queue : queues) {
      queue.replan();
    }
  }

  @Override
  public int queued() {
    return queued;
  }

  @Override
  public int queued(int trafficClass) {
    return queues[trafficClass].size();
  }

  @Override
  public boolean isCreditBased(int trafficClass) {
    return queues[trafficClass].isShaped();
  }

  @Override
  public long idleSlopeBitsPerSecond(int trafficClass, long atNs) {
    return queues[trafficClass].account().slopeAt(atNs).whole();
  }

  @Override
  public long sendSlopeBitsPerSecond(int trafficClass, long atNs) {
    return isCreditBased(trafficClass)
        ? idleSlopeBitsPerSecond(trafficClass, atNs) - port.rateBitsPerSecond()
        : 0;
  }

  @Override
  public long hiCreditBits(int trafficClass, long atNs) {
    return Math.floorDiv(regimes.planAt(atNs).hiNanobits().get(trafficClass), NANOBITS_PER_BIT);
  }

  @Override
  public long loCreditBits(int trafficClass, long atNs) {
    return Math.floorDiv(regimes.planAt(atNs).loNanobits().get(trafficClass), NANOBITS_PER_BIT);
  }

  @Override
  public long creditBits(int trafficClass, long atNs) {
    return Math.floorDiv(creditNanobits(trafficClass, atNs), NANOBITS_PER_BIT);
  }

  /** Returns the credit in billionths of a bit, rounded down. */
  long creditNanobits(int trafficClass, long atNs) {
    return begun && isCreditBased(trafficClass)
        ? queues[trafficClass].creditNanobits(atNs, linkEndNs)
        : 0;
  }

  private Verdict add(int frame, ClassQueue queue, long fromNs, long ready) {
    if (!queue.fits(frame, fromNs, timeline)) {
      return Verdict.NEVER_FITS;
    }
    if (queue.isFull()) {
      return Verdict.QUEUE_FULL;
    }
    readyNs[frame] = ready;
    queue.add(frame, linkEndNs);
    queued++;
    return Verdict.ACCEPTED;
  }

  /**
   * The link is taken for a time. Every class is settled at its start; what waits by its end is not
   * known yet, and counts when the next departure is looked for.
   */
  private void transmit(ClassQueue queue, long startNs, long endNs) {
    if (startNs >= linkEndNs) {
      settle(startNs);
      if (queue.isShaped()) {
        queue.account().spend(startNs, endNs);
      }
    }
    linkEndNs = Math.max(linkEndNs, endNs);
  }

  private void settle(long toNs) {
    if (toNs > settledNs) {
      settledNs = toNs;
      for (ClassQueue queue : queues) {
        queue.settle(toNs, linkEndNs);
      }
    }
  }

  /** The latest start from which the frame still ends with the gate open and the link free. */
  private long notAfterNs(ClassQueue queue, long launchNs, long endNs) {
    long closeNs = timeline.nextClose(queue.trafficClass(), launchNs);
    long lastStartNs = Math.min(closeNs, endNs) - queue.durationNs();
    return closeNs == GateTimeline.NEVER
        ? Math.min(lastStartNs, launchNs + settings.maxLatenessNs())
        : lastStartNs;
  }

  /** A shaper that takes over has no credit from before it was first asked. */
  private void begin(long nowNs) {
    if (!begun) {
      begun = true;
      for (ClassQueue queue : queues) {
        queue.account().begin(nowNs);
      }
    }
  }

  private Regime read(GateSchedule next) {
    schedule = next;
    timeline = new GateTimeline(next);
    CreditPlan oper = plan(next.oper());
    CreditPlan pending = next.pending().map(due -> plan(due.parameters())).orElse(oper);
    long changeNs =
        next.pending().map(GateSchedule.Pending::configChangeTimeNs).orElse(Long.MAX_VALUE);
    long knownFromNs = Math.max(askedNs, linkEndNs); // what starts before is decided
    return new Regime(timeline, knownFromNs, Regime.sinceNs(next), oper, pending, changeNs);
  }

  private CreditPlan plan(GateParameters parameters) {
    return CreditPlan.of(settings.idleSlopes(), parameters, port, settings.maxFrameOctets());
  }
}
