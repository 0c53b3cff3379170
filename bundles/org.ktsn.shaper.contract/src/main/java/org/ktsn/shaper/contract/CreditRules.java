package org.ktsn.shaper.contract;

import java.util.List;

/**
 * What the oracle of a port must know about credits.
 *
 * @param idleSlopes {@code adminIdleSlope} of each class in bit/s, eight values, 0 for a class that
 *     needs no credit
 * @param growsInGuardBand whether credit grows while the first frame does not fit any more
 * @param maxFrameOctets the largest frame without FCS, for the limits of the credits
 * @param limited whether credit stops at {@code hiCredit}; it should not matter where nothing but
 *     what Annex L foresees interferes
 */
public record CreditRules(
    List<Long> idleSlopes, boolean growsInGuardBand, int maxFrameOctets, boolean limited) {
  /** No class needs credit. */
  public static final CreditRules NONE =
      new CreditRules(List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L), false, 1_518, true);

  /** Copies the list and checks its length. */
  public CreditRules {
    idleSlopes = List.copyOf(idleSlopes);
    if (idleSlopes.size() != 8) {
      throw new IllegalArgumentException(idleSlopes.size() + " idle slopes; give 8");
    }
  }
}
