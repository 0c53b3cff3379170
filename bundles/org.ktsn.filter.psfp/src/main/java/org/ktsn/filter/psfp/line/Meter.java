package org.ktsn.filter.psfp.line;

import java.util.List;
import org.ktsn.api.frame.DropReason;
import org.ktsn.filter.psfp.model.FlowMeter;

/**
 * A flow meter (IEEE 802.1Q-2022 8.6.5.5): the bandwidth profile algorithm of MEF 10.3 for one
 * flow, exactly. A token is 10<sup>-9</sup> bit, so that a rate in bit/s is tokens per nanosecond:
 * nothing is rounded, and 64 bits hold the tokens of the largest burst.
 *
 * <p>To look at a frame changes nothing; {@link #charge} does. A frame that leaves before an
 * earlier one, into a gap, finds the tokens of the later instant and gets no new ones. Planner
 * thread only; allocates nothing after construction.
 */
final class Meter {
  private static final long TOKENS_PER_OCTET = 8_000_000_000L;

  /** How deep a bucket may be overdrawn by frames that leave later than they were looked at. */
  private static final long MAX_DEBT = 500_000_000_000_000_000L;

  final FlowMeter parameters;
  final MeterState state;
  private final long committedBurst;
  private final long excessBurst;

  /** What {@link #look} found: the tokens at the frame's instant. */
  private long committed;

  private long excess;

  /** Tokens that found no room in {@link #fill}. */
  private long spilt;

  private Meter(FlowMeter parameters, MeterState state) {
    this.parameters = parameters;
    this.state = state;
    committedBurst = parameters.committedBurstOctets() * TOKENS_PER_OCTET;
    excessBurst = parameters.excessBurstOctets() * TOKENS_PER_OCTET;
  }

  /** Makes a meter that was not there before: its buckets are full. */
  static Meter first(FlowMeter parameters) {
    Meter meter = new Meter(parameters, new MeterState());
    meter.state.committedTokens = meter.committedBurst;
    meter.state.excessTokens = meter.excessBurst;
    return meter;
  }

  /** Makes the meter that this one is after a change: what it remembers stays. */
  Meter changed(FlowMeter wanted) {
    return wanted.equals(parameters) ? this : new Meter(wanted, state);
  }

  /** Fits tokens into buckets that have become smaller. */
  void fit() {
    state.committedTokens = Math.min(state.committedTokens, committedBurst);
    state.excessTokens = Math.min(state.excessTokens, excessBurst);
  }

  /** Adds what sets and resets what was asked for. */
  void addResets(List<Runnable> resets) {
    parameters.markAllFramesRed().ifPresent(truth -> resets.add(() -> state.allFramesRed = truth));
  }

  /** Tells whether every frame is red until somebody resets that. */
  boolean latched() {
    return parameters.markAllFramesRedEnable() && state.allFramesRed;
  }

  /**
   * Returns a frame's colour.
   *
   * @param atNs when it passes
   * @param octets its length from the destination address to the FCS
   * @param dropEligible whether it is yellow already, for meters that look at that
   */
  int look(long atNs, long octets, boolean dropEligible) {
    if (latched()) {
      return MeterState.RED;
    }
    advance(atNs);
    long cost = octets * TOKENS_PER_OCTET;
    if (cost <= committed && !(parameters.colorAware() && dropEligible)) {
      return MeterState.GREEN;
    }
    return cost <= excess ? MeterState.YELLOW : MeterState.RED;
  }

  /** Returns why a frame of a colour is dropped; null if it is not. */
  DropReason reason(int colour) {
    return switch (colour) {
      case MeterState.RED -> latched() ? Reasons.ALL_RED : Reasons.RED;
      case MeterState.YELLOW -> parameters.dropOnYellow() ? Reasons.YELLOW : null;
      default -> null;
    };
  }

  /**
   * Takes a frame's tokens: it leaves.
   *
   * @return which bucket pays, as a colour
   */
  int charge(long atNs, long octets, boolean dropEligible) {
    int colour = look(atNs, octets, dropEligible);
    advance(atNs);
    state.atNs = Math.max(state.atNs, atNs);
    state.committedTokens = committed;
    state.excessTokens = excess;
    take(colour, octets * TOKENS_PER_OCTET);
    return colour;
  }

  /** Gives a frame's tokens back: it has not left in the end. */
  void refund(int colour, long octets) {
    take(colour, -octets * TOKENS_PER_OCTET);
    fit();
  }

  /** A frame was dropped by this meter: that may make all that follow red. */
  void dropped() {
    if (parameters.markAllFramesRedEnable()) {
      state.allFramesRed = true;
    }
  }

  /** The clock was set: tokens stay, and grow from the new time on. */
  void clockSet(long nowNs) {
    state.atNs = nowNs;
  }

  /** Returns this meter for another thread than the planner. */
  Meter copy() {
    return new Meter(parameters, state);
  }

  /** Returns whole octets of tokens at an instant. */
  long committedOctets(long atNs) {
    advance(atNs);
    return Math.floorDiv(committed, TOKENS_PER_OCTET);
  }

  /** Returns whole octets of excess tokens at an instant. */
  long excessOctets(long atNs) {
    advance(atNs);
    return Math.floorDiv(excess, TOKENS_PER_OCTET);
  }

  /** A frame that leaves although its tokens were taken meanwhile leaves a debt. */
  private void take(int colour, long cost) {
    if (colour == MeterState.YELLOW) {
      state.excessTokens = Math.max(state.excessTokens - cost, -MAX_DEBT);
    } else {
      state.committedTokens = Math.max(state.committedTokens - cost, -MAX_DEBT);
    }
  }

  private void advance(long atNs) {
    long elapsedNs = Math.max(0, atNs - state.atNs);
    excess = fill(state.excessTokens, excessBurst, parameters.excessRateBitsPerSecond(), elapsedNs);
    committed =
        fill(
            state.committedTokens,
            committedBurst,
            parameters.committedRateBitsPerSecond(),
            elapsedNs);
    if (parameters.coupled()) {
      excess = spilt >= excessBurst - excess ? excessBurst : excess + spilt;
    }
  }

  /** Returns what is in a bucket after a time; {@link #spilt} is what found no room. */
  private long fill(long tokens, long burst, long rate, long elapsedNs) {
    spilt = 0;
    if (rate == 0) {
      return tokens;
    }
    long missing = burst - tokens;
    long untilFullNs = missing / rate;
    if (elapsedNs <= untilFullNs) {
      return tokens + rate * elapsedNs; // missing at most
    }
    long beyondNs = elapsedNs - untilFullNs;
    spilt = beyondNs > Long.MAX_VALUE / rate ? Long.MAX_VALUE : rate * beyondNs - missing % rate;
    return burst;
  }
}
