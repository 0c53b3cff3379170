package org.ktsn.clock.ptp;

import org.ktsn.foreign.SystemClocks;

/** Looks at the node's clocks; a manual one in tests. */
@FunctionalInterface
interface ClockReader {
  SystemClocks.Reading read();
}
