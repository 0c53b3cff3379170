package org.ktsn.dataplane;

import java.util.Optional;
import org.ktsn.api.time.ClockQuality;

/** Which monitor of the clock is asked, if there is one. One thread at a time, but for askNow. */
final class ClockWatch {
  private final Planner planner;
  private volatile Optional<ClockPoll> poll = Optional.empty();

  ClockWatch(Planner planner) {
    this.planner = planner;
  }

  /** Asks this monitor from now on. */
  void begin(ClockQuality monitor) {
    stop();
    ClockPoll next = new ClockPoll(monitor, planner::clockHeard);
    poll = Optional.of(next);
    next.start();
  }

  /** A monitor goes: if it was the one that is asked, none is. */
  void end(ClockQuality monitor) {
    if (poll.filter(present -> present.asks(monitor)).isPresent()) {
      stop();
      poll = Optional.empty();
      planner.clockUnwatched();
    }
  }

  /** Has the report fetched now, by a thread that may wait for it. Any thread. */
  void askNow() {
    poll.ifPresent(ClockPoll::askNow);
  }

  /** Nothing is heard of the monitor any more. */
  void stop() {
    poll.ifPresent(ClockPoll::stop);
  }
}
