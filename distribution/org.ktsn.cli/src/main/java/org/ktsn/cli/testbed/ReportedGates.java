package org.ktsn.cli.testbed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.CommandFailure;

/**
 * A gate schedule as the daemon reports it.
 *
 * @param enabled whether the list runs
 * @param adminGateStates the gates while it does not, bit 7 for class 7
 * @param entries the list, in order
 * @param cycleNumerator with the denominator, the cycle in seconds
 * @param cycleDenominator with the numerator, the cycle in seconds
 * @param baseTimeNs the instant of a cycle's start, in TAI nanoseconds
 */
public record ReportedGates(
    boolean enabled,
    int adminGateStates,
    List<Entry> entries,
    long cycleNumerator,
    long cycleDenominator,
    long baseTimeNs) {

  /** Copies the list. */
  public ReportedGates {
    entries = List.copyOf(entries);
  }

  /**
   * One entry of the list.
   *
   * @param gateStates bit 7 for class 7; 1 is open
   * @param intervalNs how long it lasts
   */
  public record Entry(int gateStates, long intervalNs) {}

  /**
   * Reads the parameters in force from the answer to {@code ktsn:schedule --json}.
   *
   * @throws CommandFailure if they are not there
   */
  public static ReportedGates fromReport(JsonElement report) {
    try {
      JsonObject oper = report.getAsJsonObject().getAsJsonObject("oper");
      JsonObject cycle = oper.getAsJsonObject("cycle_time");
      List<Entry> entries = new ArrayList<>();
      for (JsonElement element : oper.getAsJsonArray("control_list")) {
        JsonObject entry = element.getAsJsonObject();
        entries.add(
            new Entry(
                entry.get("gate_states").getAsInt(), entry.get("time_interval_ns").getAsLong()));
      }
      return new ReportedGates(
          oper.get("gate_enabled").getAsBoolean(),
          oper.get("admin_gate_states").getAsInt(),
          entries,
          cycle.get("numerator").getAsLong(),
          cycle.get("denominator").getAsLong(),
          oper.get("base_time_ns").getAsLong());
    } catch (RuntimeException e) {
      throw new CommandFailure(
          "The daemon's report of its schedule can't be read: "
              + report
              + "; is it of this version?",
          e);
    }
  }
}
