package org.ktsn.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stats.FlowStatus;

/** Flows as commands print them for people: a table, and why frames of them were late. */
final class FlowText {
  private static final int POD_CHARACTERS = 20;

  /** A wait that is worth a word. */
  private static final long WAIT_NS = 10_000;

  private FlowText() {}

  /**
   * Makes a table.
   *
   * @param names the pods' names by number; empty: the table is of one pod, and does not name it
   * @param nowNs the time in TAI, if there is a clock
   */
  static String table(
      List<FlowStatus> flows, Optional<Map<Integer, String>> names, OptionalLong nowNs) {
    List<String> headings =
        new ArrayList<>(
            List.of(
                "FLOW",
                "CLASS",
                "FRAMES/s",
                "BIT/s",
                "RECEIVED",
                "LATE",
                "DROPPED",
                "NOTICE",
                "WAIT",
                "ERROR",
                "SEEN"));
    if (names.isPresent()) {
      headings.addFirst("POD");
    }
    Table table = new Table(headings.toArray(String[]::new));
    for (FlowStatus flow : flows) {
      List<Object> row = new ArrayList<>(row(flow, nowNs));
      names.ifPresent(known -> row.addFirst(Quantity.shortened(pod(flow, known), POD_CHARACTERS)));
      table.row(row.toArray());
    }
    return table.toString();
  }

  private static List<Object> row(FlowStatus flow, OptionalLong nowNs) {
    return List.of(
        name(flow),
        flow.trafficClass().isPresent() ? flow.trafficClass().getAsInt() : "-",
        Quantity.rate(flow.framesPerSecond()),
        Quantity.rate(flow.bitsPerSecond()),
        Quantity.count(flow.received()),
        Quantity.count(flow.late()),
        Quantity.count(flow.dropped()),
        Nanoseconds.about(flow.noticeNs().smallest()),
        Nanoseconds.about(flow.waitNs().mean()),
        Nanoseconds.about(flow.txErrorNs().p99()),
        nowNs.isPresent()
            ? Nanoseconds.about(Math.max(0, nowNs.getAsLong() - flow.lastSeenNs()))
            : "-");
  }

  /** Who sends to whom: {@code 10.77.0.2:40000 > 10.77.0.3:5000}. */
  static String name(FlowStatus status) {
    return status
        .flow()
        .map(
            flow ->
                end(flow.family(), flow.sourceAddress(), flow.sourcePort())
                    + " > "
                    + end(flow.family(), flow.destinationAddress(), flow.destinationPort()))
        .orElseGet(() -> status.flows() + " others");
  }

  private static String end(AddressFamily family, String address, int port) {
    return switch (family) {
      case INET -> address + ":" + port;
      case INET6 -> "[" + address + "]:" + port;
      case PACKET -> address;
    };
  }

  /** Returns a sentence for each way in which frames of a flow were late or lost. */
  static List<String> reasons(FlowStatus flow) {
    List<String> reasons = new ArrayList<>();
    new TreeMap<>(flow.drops())
        .forEach(
            (reason, count) ->
                reasons.add(count + " of " + flow.received() + " dropped (" + why(reason, flow)));
    if (flow.late() > 0) {
      reasons.add(
          flow.late()
              + " times a frame missed its window and was dated anew: the machine stood still;"
              + " ktsn:stats has the planner's lateness");
    }
    if (flow.waitNs().largest() >= WAIT_NS) {
      reasons.add(
          "frames waited "
              + Nanoseconds.about(flow.waitNs().mean())
              + " on average, "
              + Nanoseconds.about(flow.waitNs().largest())
              + " at most, beyond their launch time: for their gate, for credit, for frames ahead");
    }
    return reasons;
  }

  private static String why(String reason, FlowStatus flow) {
    String why = reason + "): " + Reason.meaning(reason);
    if (!reason.equals("late_on_arrival")) {
      return why;
    }
    FlowStatus.Range notice = flow.noticeNs();
    return why
        + "; the notice was "
        + Nanoseconds.about(notice.smallest())
        + " at least and "
        + Nanoseconds.about(notice.mean())
        + " on average, "
        + Nanoseconds.about(-Math.min(0, notice.smallest()))
        + " more would have done";
  }

  /**
   * Returns the reasons of all flows that have any, a line each below its flow.
   *
   * @param names the pods' names by number; empty: all flows are of one pod
   */
  static String allReasons(List<FlowStatus> flows, Optional<Map<Integer, String>> names) {
    StringBuilder text = new StringBuilder();
    for (FlowStatus flow : flows) {
      List<String> reasons = reasons(flow);
      if (!reasons.isEmpty()) {
        names.ifPresent(known -> text.append(pod(flow, known)).append(": "));
        text.append(name(flow)).append('\n');
        reasons.forEach(reason -> text.append("  ").append(reason).append('\n'));
      }
    }
    return text.toString();
  }

  private static String pod(FlowStatus flow, Map<Integer, String> names) {
    return names.getOrDefault(flow.pod(), "#" + flow.pod());
  }
}
