package org.ktsn.shaper.cbs;

import org.ktsn.api.schedule.GateTimeline;

/**
 * One class's credit as it runs along time (IEEE 802.1Q-2022 8.6.8.2):
 *
 * <pre>
 *   its frame is on the link        falls by sendSlope
 *   its gate is closed              stands still
 *   its first frame waits           rises by idleSlope, to hiCredit at most; but stands still in the
 *                                   guard band, when the frame does not fit any more (configurable)
 *   none waits, credit below zero   rises by idleSlope, to zero at most
 *   none waits, credit above zero   is zero at once
 * </pre>
 *
 * <p>The credit is known at {@link #settledNs}, the start of the last transmission or later, and
 * runs on from there as a function of what waits. Above zero it rises only while the link is taken
 * by another class, or in the guard band: otherwise the frame would have left. So a frame that came
 * late gains nothing by the time for which it was not there. Planner thread only; nothing
 * allocates.
 */
final class CreditAccount {
  private static final long NEVER = GateTimeline.NEVER;

  private final int trafficClass;
  private final long rateBitsPerSecond;
  private final boolean growsInGuardBand;

  private final Credit credit = new Credit();
  private final Credit trial = new Credit();
  private final Regimes regimes;
  private long settledNs;

  /** Opens an account with no credit at an instant. */
  CreditAccount(
      int trafficClass,
      long rateBitsPerSecond,
      boolean growsInGuardBand,
      Regimes regimes,
      long openedNs) {
    this.trafficClass = trafficClass;
    this.rateBitsPerSecond = rateBitsPerSecond;
    this.growsInGuardBand = growsInGuardBand;
    this.regimes = regimes;
    settledNs = openedNs;
  }

  /** Nothing was asked of the account before an instant: there is no credit from before. */
  void begin(long fromNs) {
    settledNs = Math.max(settledNs, fromNs);
  }

  /**
   * Lets the credit run to an instant.
   *
   * @param waiting what waits
   * @param linkEndNs until when the link is taken, by other classes
   */
  void settle(long toNs, Waiting waiting, long linkEndNs) {
    if (toNs > settledNs) {
      run(credit, toNs, waiting, linkEndNs, false);
      settledNs = toNs;
    }
    waiting.settled(settledNs);
  }

  /** Pays for a frame that is on the link in a time; it was settled until the start. */
  void spend(long startNs, long endNs) {
    long atNs = startNs;
    while (atNs < endNs) {
      long untilNs = Math.min(endNs, regimes.sameUntilNs(atNs));
      credit.useFractionOf(slopeAt(atNs));
      credit.spend(slopeAt(atNs), rateBitsPerSecond, untilNs - atNs);
      atNs = untilNs;
    }
    settledNs = Math.max(settledNs, endNs);
  }

  /**
   * Returns from which instant on the first frame, which is the last of those that wait, has
   * credit, {@link GateTimeline#NEVER} if never; it keeps it until it is sent.
   */
  long eligibleNs(Waiting waiting, long linkEndNs) {
    trial.set(credit);
    return run(trial, NEVER, waiting, linkEndNs, true);
  }

  /** Returns the credit at an instant in nanobits, rounded down; before it is settled, then. */
  long nanobits(long atNs, Waiting waiting, long linkEndNs) {
    trial.set(credit);
    run(trial, atNs, waiting, linkEndNs, false);
    return trial.nanobits();
  }

  /** Returns the slope in force at an instant. */
  Slope slopeAt(long atNs) {
    return regimes.planAt(atNs).slopes().get(trafficClass);
  }

  /** Runs from where the credit is settled; returns where it stopped. */
  private long run(Credit run, long toNs, Waiting waiting, long linkEndNs, boolean untilEligible) {
    long atNs = settledNs;
    while (atNs < toNs) {
      long readyNs = waiting.readyNs(atNs);
      boolean waits = atNs >= readyNs;
      long sameNs = Math.min(waiting.sameUntilNs(atNs), regimes.sameUntilNs(atNs));
      run.useFractionOf(slopeAt(atNs));
      if (waits && untilEligible && waiting.sameUntilNs(atNs) == NEVER && !run.isNegative()) {
        return atNs;
      }
      long untilNs = Math.min(waits ? toNs : Math.min(toNs, readyNs), sameNs);
      if (!waits) {
        atNs = runEmpty(run, atNs, untilNs);
      } else if (run.isNegative()) {
        atNs = runBelowZero(run, atNs, untilNs, waiting.durationNs(atNs));
      } else {
        atNs = runAboveZero(run, atNs, untilNs, waiting.durationNs(atNs), linkEndNs);
      }
    }
    return atNs;
  }

  private long runEmpty(Credit run, long atNs, long untilNs) {
    if (run.isZero()) {
      return untilNs;
    }
    GateTimeline timeline = regimes.at(atNs).timeline();
    long openNs = timeline.nextOpen(trafficClass, atNs);
    if (openNs > atNs) {
      return Math.min(openNs, untilNs);
    }
    if (!run.isNegative()) {
      run.clear();
      return untilNs;
    }
    long endNs = Math.min(untilNs, timeline.nextClose(trafficClass, atNs));
    run.grow(slopeAt(atNs), endNs - atNs, 0);
    return endNs;
  }

  private long runBelowZero(Credit run, long atNs, long untilNs, long durationNs) {
    long growthNs = nextGrowth(atNs, durationNs);
    if (growthNs > atNs) {
      return Math.min(growthNs, untilNs);
    }
    long endNs = Math.min(untilNs, growthEnd(atNs, durationNs));
    long neededNs = run.nsUntilNotNegative(slopeAt(atNs));
    if (neededNs < endNs - atNs) {
      endNs = atNs + neededNs;
    }
    run.grow(slopeAt(atNs), endNs - atNs, hiAt(atNs));
    return endNs;
  }

  private long runAboveZero(Credit run, long atNs, long untilNs, long durationNs, long linkEndNs) {
    boolean linkTaken = atNs < linkEndNs;
    if ((!linkTaken && !growsInGuardBand) || run.nanobits() >= hiAt(atNs)) {
      return untilNs;
    }
    long growthNs = nextGrowth(atNs, durationNs);
    if (growthNs > atNs) {
      return Math.min(growthNs, untilNs);
    }
    long endNs = Math.min(untilNs, growthEnd(atNs, durationNs));
    if (linkTaken) {
      endNs = Math.min(endNs, linkEndNs);
    } else {
      long closeNs = regimes.nextCloseNs(trafficClass, atNs);
      long guardNs = closeNs == NEVER ? NEVER : closeNs - durationNs;
      if (atNs < guardNs) {
        return Math.min(untilNs, guardNs);
      }
    }
    run.grow(slopeAt(atNs), endNs - atNs, hiAt(atNs));
    return endNs;
  }

  /** The first instant from which a credit rises whose frame waits. */
  private long nextGrowth(long atNs, long durationNs) {
    GateTimeline timeline = regimes.at(atNs).timeline();
    return growsInGuardBand
        ? timeline.nextOpen(trafficClass, atNs)
        : timeline.nextWindow(trafficClass, atNs, durationNs + 1);
  }

  /** Where the rise ends that is under way at an instant. */
  private long growthEnd(long atNs, long durationNs) {
    long closeNs = regimes.at(atNs).timeline().nextClose(trafficClass, atNs);
    return closeNs == NEVER || growsInGuardBand ? closeNs : closeNs - durationNs;
  }

  private long hiAt(long atNs) {
    return regimes.planAt(atNs).hiNanobits().get(trafficClass);
  }
}
