package org.ktsn.api.time;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells how good the node's clock is. The data path never waits for it: {@link #report} reads one
 * field, and without this service everything goes on as in {@link ClockState#LOCAL}. Any thread.
 */
@ProviderType
public interface ClockQuality {
  /** Returns the latest report. */
  ClockReport report();

  /** Returns what was counted since the start, by name in snake_case. */
  Map<String, Long> counters();
}
