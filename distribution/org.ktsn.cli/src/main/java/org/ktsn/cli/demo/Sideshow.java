package org.ktsn.cli.demo;

import com.google.gson.JsonObject;
import java.util.List;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;

/** Something more that the demo shows of the run, beside its frames. One thread. */
interface Sideshow extends AutoCloseable {
  /** Does what takes its time, before it is known when the flow begins. */
  default void prepare() {}

  /**
   * Begins, before the flow does; must not take long.
   *
   * @param flow what will be sent
   * @param baseNs the first launch time, in TAI nanoseconds
   */
  void begin(Flow flow, long baseNs);

  /** Called several times a second while the flow runs; must not take long. */
  void look(long nowNs);

  /** Ends, after the flow has; what is shown from now on stands. */
  void end(FlowResult result);

  /** Returns lines for people. */
  List<String> lines();

  /** Adds members to the report. */
  void addTo(JsonObject report);

  /** Returns what must not be, a sentence each; empty if all is well. */
  List<String> faults();

  /** Leaves nothing behind, whatever happened. */
  @Override
  void close();
}
