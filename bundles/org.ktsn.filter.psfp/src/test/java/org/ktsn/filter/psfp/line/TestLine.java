package org.ktsn.filter.psfp.line;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.filter.psfp.model.PolicingParameters;

/** A line with this one filter, cranked by hand: what the data plane asks and tells. */
final class TestLine implements Admission, Leave {
  private static final TrafficClasses CLASSES = new TrafficClasses(8);

  final PsfpFilter filter;
  private DropReason reason;
  private int trafficClass;
  private long departsNs;

  TestLine(int frames) {
    filter = new PsfpFilter(frames, gone -> {});
  }

  TestLine(PolicingParameters parameters, long nowNs) {
    this(64);
    filter.change(parameters, nowNs);
  }

  /**
   * A frame on its whole way, admitted and sent at its launch time; why it is dropped, if it is.
   */
  Optional<DropReason> pass(FakeFrame frame) {
    return pass(frame, frame.launchTimeNs, frame.launchTimeNs);
  }

  /** A frame on its whole way. */
  Optional<DropReason> pass(FakeFrame frame, long admittedNs, long leavesNs) {
    Optional<DropReason> refused = admit(frame, admittedNs);
    if (refused.isPresent()) {
      return refused;
    }
    Optional<DropReason> dropped = leave(frame, leavesNs);
    if (dropped.isEmpty()) {
      sent(frame, leavesNs);
    }
    return dropped;
  }

  Optional<DropReason> admit(FakeFrame frame, long nowNs) {
    reason = null;
    trafficClass = frame.trafficClass;
    filter.admit(frame, nowNs, this);
    frame.trafficClass = trafficClass;
    return Optional.ofNullable(reason);
  }

  /** A frame's turn: it leaves unless the filter drops it. */
  Optional<DropReason> leave(FakeFrame frame, long atNs) {
    Optional<DropReason> dropped = inspect(frame, atNs);
    if (dropped.isEmpty()) {
      filter.leaves(frame, atNs);
    } else {
      filter.dropped(frame, dropped.get());
    }
    return dropped;
  }

  Optional<DropReason> inspect(FakeFrame frame, long atNs) {
    reason = null;
    departsNs = atNs;
    filter.inspect(frame, atNs, this);
    return Optional.ofNullable(reason);
  }

  void sent(FakeFrame frame, long atNs) {
    frame.octetsGone = true;
    filter.sent(frame, atNs);
    frame.octetsGone = false;
  }

  /** The value of a column in the row of an entry, of one of the status tables. */
  Object status(String table, long id, String column) {
    for (StatusTable each : filter.status(0)) {
      if (each.name().equals(table)) {
        int index = each.columns().indexOf(column);
        for (List<Object> row : each.rows()) {
          if (row.getFirst().equals(id)) {
            return row.get(index);
          }
        }
      }
    }
    throw new AssertionError("no " + column + " of " + id + " in " + table);
  }

  void open(int number, String name) {
    filter.opened(
        new Pod(
            name,
            number,
            Path.of("/run/netns/" + name),
            "tsn0",
            "v" + number,
            MacAddress.parse("02:00:00:00:00:0" + (number + 1)),
            List.of(),
            Path.of("/run/ktsn/app.sock")));
  }

  @Override
  public void drop(DropReason why) {
    reason = why;
  }

  @Override
  public void internalPriority(int other) {
    trafficClass = CLASSES.of(other);
  }

  @Override
  public long departsNs() {
    return departsNs;
  }

  @Override
  public long latestNs() {
    return Long.MAX_VALUE;
  }

  @Override
  public void hold(long untilNs) {
    throw new AssertionError("policing holds nothing");
  }
}
