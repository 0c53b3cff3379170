package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.TraceFile.Frame;
import org.ktsn.cli.testbed.WindowJudge;

/**
 * What became of a flow's frames, by the listener and by the daemon's trace.
 *
 * @param outside those that were on the link while their gate was closed
 * @param late those that missed a launch and left at a later one
 */
record FrameCounts(long sent, long lost, long duplicated, long reordered, long outside, long late) {
  static FrameCounts of(FlowResult result, WindowJudge judge) {
    Delivery delivery = result.delivery();
    List<Frame> sent =
        result.trace().orElseThrow().records().stream()
            .filter(frame -> frame.outcome() == Outcome.SENT)
            .toList();
    return new FrameCounts(
        delivery.sent(),
        delivery.lost(),
        delivery.duplicated(),
        delivery.reordered(),
        sent.stream()
            .filter(f -> !judge.open(f.trafficClass(), f.actualNs(), f.durationNs()))
            .count(),
        sent.stream().filter(Frame::late).count());
  }

  /** Returns what none of them should be, in sentences. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    fault(faults, lost, "datagrams were lost");
    fault(faults, duplicated, "datagrams were duplicated");
    fault(faults, reordered, "datagrams were reordered");
    fault(faults, outside, "frames left outside their window");
    return faults;
  }

  private static void fault(List<String> faults, long count, String what) {
    if (count > 0) {
      faults.add(count + " " + what);
    }
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("sent", sent);
    json.addProperty("lost", lost);
    json.addProperty("duplicated", duplicated);
    json.addProperty("reordered", reordered);
    json.addProperty("outside_window", outside);
    json.addProperty("late", late);
    return json;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "frames  sent %d   lost %d   duplicated %d   reordered %d   outside %d   late %d",
        sent,
        lost,
        duplicated,
        reordered,
        outside,
        late);
  }
}
