package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.trace.TraceLayout.Outcome;
import org.ktsn.cli.testbed.Delivery;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.ListsInForce;
import org.ktsn.cli.testbed.TraceFile.Frame;

/**
 * What became of one class's frames, by the listener and by the trace.
 *
 * @param flow what was sent
 * @param delivery what the listener says
 * @param wrongSize how many arrived with another payload than their number says
 * @param leftTwice how many of the trace's launches were of a frame that had left before
 * @param dropped how many frames the trace has a drop of, and no launch
 * @param unaccounted how many frames the trace has neither a launch nor a drop of
 * @param reordered how many left after one of a greater number
 * @param outside how many left outside their window
 * @param late how many were dated anew
 * @param octets what left, in octets of Ethernet frames without FCS
 * @param endNs when the last one's last octet left
 */
record ClassFigures(
    Flow flow,
    Delivery delivery,
    long wrongSize,
    long leftTwice,
    long dropped,
    long unaccounted,
    long reordered,
    long outside,
    long late,
    long octets,
    long endNs) {

  /** Examines the trace and the listener's recording. */
  static ClassFigures of(FlowResult result, ClassFlow frames, ListsInForce.Judge judge) {
    Flow flow = result.flow();
    boolean[] left = new boolean[flow.frames()];
    long leftTwice = 0;
    long reordered = 0;
    long outside = 0;
    long late = 0;
    long octets = 0;
    long endNs = frames.baseNs();
    int highest = -1;
    for (Frame frame : launches(result)) {
      int sequence = frames.sequenceOf(frame.launchTimeNs());
      if (sequence < 0 || left[sequence]) {
        leftTwice++;
        continue;
      }
      left[sequence] = true;
      reordered += sequence < highest ? 1 : 0;
      highest = Math.max(highest, sequence);
      long durationNs = frames.durationNs(sequence);
      outside += judge.open(frames.trafficClass(), frame.actualNs(), durationNs) ? 0 : 1;
      late += frame.datedAnew() > 0 ? 1 : 0;
      octets += frame.lengthOctets();
      endNs = Math.max(endNs, frame.actualNs() + durationNs);
    }
    boolean[] ended = left.clone();
    long dropped = 0;
    for (Frame frame : result.trace().orElseThrow().records()) {
      int sequence = frames.sequenceOf(frame.launchTimeNs());
      if (frame.outcome() != Outcome.SENT && sequence >= 0 && !ended[sequence]) {
        ended[sequence] = true;
        dropped++;
      }
    }
    long unaccounted = 0;
    for (boolean one : ended) {
      unaccounted += one ? 0 : 1;
    }
    long wrongSize =
        result.arrivals().datagrams().stream()
            .filter(datagram -> datagram.octets() != flow.sizeOf((int) datagram.sequence()))
            .count();
    return new ClassFigures(
        flow,
        result.delivery(),
        wrongSize,
        leftTwice,
        dropped,
        unaccounted,
        reordered,
        outside,
        late,
        octets,
        endNs);
  }

  /** Returns the frames that left, in the order in which they did. */
  static List<Frame> launches(FlowResult result) {
    List<Frame> sent = new ArrayList<>();
    for (Frame frame : result.trace().orElseThrow().records()) {
      if (frame.outcome() == Outcome.SENT) {
        sent.add(frame);
      }
    }
    sent.sort((a, b) -> Long.compare(a.actualNs(), b.actualNs()));
    return sent;
  }

  /** Returns how many frames neither arrived nor were dropped by KTSNd. */
  long lost() {
    return delivery.lost() - dropped;
  }

  /** Returns what is wrong, in sentences. */
  List<String> faults() {
    List<String> faults = new ArrayList<>();
    add(faults, lost(), "did not arrive, and were not dropped by KTSNd");
    add(faults, delivery.duplicated(), "arrived more than once");
    add(faults, delivery.reordered(), "arrived behind a later one");
    add(faults, wrongSize, "arrived with another size than their number says");
    add(faults, unaccounted, "neither left nor were dropped");
    add(faults, leftTwice, "left more than once, or were not the talker's");
    add(faults, reordered, "left behind a later one");
    add(faults, outside, "left outside their window");
    return faults;
  }

  private void add(List<String> faults, long count, String what) {
    if (count > 0) {
      faults.add(
          count
              + " of "
              + flow.frames()
              + " frames of class "
              + flow.trafficClass()
              + " "
              + what
              + ".");
    }
  }

  /** Returns the figures under the names that docs/bench.md lists. */
  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("class", flow.trafficClass());
    json.addProperty("priority", flow.priority());
    json.addProperty("min_size", flow.size());
    json.addProperty("max_size", flow.maxSize());
    json.addProperty("period_ns", flow.periodNs());
    json.addProperty("sent", flow.frames());
    json.addProperty("received", delivery.received());
    json.addProperty("dropped", dropped);
    json.addProperty("lost", lost());
    json.addProperty("duplicated", delivery.duplicated());
    json.addProperty("reordered", delivery.reordered());
    json.addProperty("reordered_in_trace", reordered);
    json.addProperty("outside_window", outside);
    json.addProperty("wrong_size", wrongSize);
    json.addProperty("late", late);
    json.addProperty("octets", octets);
    return json;
  }
}
