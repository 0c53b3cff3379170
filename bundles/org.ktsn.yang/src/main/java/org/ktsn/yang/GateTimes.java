package org.ktsn.yang;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.ktsn.api.schedule.CycleTime;

/**
 * What every gate control list has (IEEE 802.1Q-2022 8.6.9): its cycle and its base time, and when
 * it is to change.
 */
public final class GateTimes {
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;
  private static final Set<String> CYCLE_TIME = Set.of("numerator", "denominator");
  private static final Set<String> BASE_TIME = Set.of("seconds", "nanoseconds");

  private GateTimes() {}

  /** Reads {@code admin-cycle-time}; nothing if it can't be used. */
  public static Optional<CycleTime> cycleTime(YangModules modules, YangNode node) {
    YangObject container = modules.read(node, CYCLE_TIME);
    OptionalLong numerator = required(container, "numerator", 1, YangObject.MAX_UINT32);
    OptionalLong denominator = required(container, "denominator", 1, YangObject.MAX_UINT32);
    if (numerator.isEmpty() || denominator.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new CycleTime(numerator.getAsLong(), denominator.getAsLong()));
    } catch (IllegalArgumentException e) {
      node.problem("can't be used: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Reads {@code admin-base-time}, in TAI nanoseconds; 0 if it can't be used. */
  public static long baseTimeNs(YangModules modules, YangNode node) {
    YangObject container = modules.read(node, BASE_TIME);
    long seconds =
        container.requiredNumber64("seconds", 0, Long.MAX_VALUE / NANOSECONDS_PER_SECOND);
    long nanoseconds = container.requiredNumber("nanoseconds", 0, NANOSECONDS_PER_SECOND - 1);
    long baseTimeNs = seconds * NANOSECONDS_PER_SECOND + nanoseconds;
    if (baseTimeNs < 0) {
      node.problem("lies beyond the year 2262; give an earlier one");
      return 0;
    }
    return baseTimeNs;
  }

  /** Reads {@code config-change}, which says that what the document holds is to take effect. */
  public static void configChange(YangObject table) {
    table
        .optional("config-change")
        .filter(node -> !node.bool().orElse(true))
        .ifPresent(
            node -> node.problem("is false, so nothing would change; set it to true or remove it"));
  }

  private static OptionalLong required(YangObject container, String name, long min, long max) {
    return container
        .required(name)
        .map(member -> member.number(min, max))
        .orElse(OptionalLong.empty());
  }
}
