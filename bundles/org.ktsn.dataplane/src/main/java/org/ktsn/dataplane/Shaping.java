package org.ktsn.dataplane;

import org.ktsn.api.schedule.TrafficClasses;

/** What of the port can be set while frames flow. Any thread; within this bundle. */
interface Shaping {
  /** Returns how many traffic classes the port has. */
  int trafficClasses();

  /** Maps priorities to traffic classes from now on; frames that wait keep their class. */
  void map(TrafficClasses classes);

  /**
   * Prefers the shaper of this name, as soon as it is on offer, to others of a higher ranking; an
   * empty name prefers none.
   */
  void prefer(String shaper);

  /** Plans for this link from now on, whatever the port says of it; with 0 or -1, as it says. */
  void link(long rateBitsPerSecond, int overheadOctets);
}
