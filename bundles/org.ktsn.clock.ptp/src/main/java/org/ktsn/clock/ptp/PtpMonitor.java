package org.ktsn.clock.ptp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockQualityObserver;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockStep;
import org.ktsn.clock.ptp.MonitorCounters.Kind;
import org.ktsn.foreign.Poller;
import org.ktsn.foreign.SystemClocks;
import org.ktsn.runtime.LastingThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The monitor: one thread that watches all ptp4l and the node's clock, judges, and publishes. It
 * shares nothing with the data path but the published report.
 */
final class PtpMonitor implements ClockQuality, PtpView.Source, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PtpMonitor.class);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(5);
  private static final int MOST_READY = 16;

  private final MonitorSettings settings;
  private final MonitorCounters counters = new MonitorCounters();
  private final List<InstanceWatch> watches = new ArrayList<>();
  private final Map<String, Reach> told = new HashMap<>();
  private final ClockWatch clock;
  private final QualityJudge judge;
  private final Poller poller = Poller.open();
  private final List<ClockQualityObserver> observers = new CopyOnWriteArrayList<>();

  /** Told of the present state on its next turn; handed from any thread to the monitor's. */
  private final Queue<ClockQualityObserver> newcomers = new ConcurrentLinkedQueue<>();

  private final LastingThread thread =
      new LastingThread(Thread.ofPlatform().daemon(), "ktsn-ptp", this::turnAndWait);
  private final int[] ready = new int[MOST_READY];
  private volatile PtpView view;

  /**
   * Makes the monitor and judges once; nothing is asked before {@link #start}.
   *
   * @throws org.ktsn.foreign.ForeignException if a reply socket can't be made
   */
  PtpMonitor(MonitorSettings settings, ClockReader clocks) {
    this.settings = settings;
    clock = new ClockWatch(clocks, settings.quality().stepNs());
    judge = new QualityJudge(settings.instances(), settings.quality(), settings.automatic());
    try {
      for (InstanceSettings instance : settings.instances()) {
        InstanceWatch watch =
            new InstanceWatch(
                instance,
                settings.pollNs(),
                settings.answerLimitNs(),
                settings.replySocket(instance),
                clocks,
                counters,
                clock.last().monotonicNs());
        poller.add(watch.descriptor(), watches.size());
        watches.add(watch);
      }
    } catch (RuntimeException e) {
      release();
      throw e;
    }
    view = judge(clock.last());
  }

  void start() {
    thread.start();
  }

  @Override
  public ClockReport report() {
    return view.report();
  }

  @Override
  public Map<String, Long> counters() {
    return counters.all();
  }

  @Override
  public PtpView view() {
    return view;
  }

  /** Tells an observer of the present state, and of each change from now on. Any thread. */
  void add(ClockQualityObserver observer) {
    newcomers.add(observer);
    poller.wake();
  }

  /** Tells an observer nothing more. Any thread. */
  void remove(ClockQualityObserver observer) {
    newcomers.remove(observer);
    observers.remove(observer);
  }

  private void turnAndWait() {
    long due = turn();
    long waitNs = Math.clamp(due - clock.last().monotonicNs(), 0, settings.clockCheckNs());
    poller.awaitNs(ready, waitNs);
  }

  /**
   * Does what is due: looks at the clock, asks and listens, judges, publishes.
   *
   * @return when the next turn is due at the latest, by the monotonic clock
   */
  long turn() {
    Optional<ClockStep> step = clock.look();
    SystemClocks.Reading now = clock.last();
    step.ifPresent(it -> stepped(it, now));
    long due = Long.MAX_VALUE;
    for (InstanceWatch watch : watches) {
      due = Math.min(due, watch.turn(now.monotonicNs()));
      tellOf(watch.status());
    }
    PtpView before = view;
    PtpView next = judge(now);
    boolean changed = before.report().state() != next.report().state();
    if (changed) {
      counters.count(Kind.TRANSITIONS);
    }
    view = next;
    if (changed) {
      tellOf(before.report(), next.report());
    }
    welcome(next.report());
    return due;
  }

  private void welcome(ClockReport report) {
    for (ClockQualityObserver newcomer = newcomers.peek();
        newcomer != null;
        newcomer = newcomers.peek()) {
      observers.add(newcomer);
      if (newcomers.remove(newcomer)) {
        tell(newcomer, observer -> observer.qualityChanged(report));
      } else {
        observers.remove(newcomer); // it has gone meanwhile
      }
    }
  }

  private PtpView judge(SystemClocks.Reading now) {
    List<InstanceStatus> all = watches.stream().map(InstanceWatch::status).toList();
    ClockReport report = judge.judge(all, now, System.nanoTime());
    return new PtpView(
        report, all, judge.judgements(), judge.transitions(), clock.lastStep(), counters.all());
  }

  private void stepped(ClockStep step, SystemClocks.Reading now) {
    counters.count(Kind.CLOCK_STEPS);
    judge.stepped(now.monotonicNs());
    LOG.warn(
        "event=clock-stepped step-ns={} tai-offset-before-s={} tai-offset-s={}",
        step.stepNs(),
        step.taiOffsetBeforeS(),
        step.taiOffsetS());
    observers.forEach(each -> tell(each, observer -> observer.clockStepped(step)));
  }

  private void tellOf(ClockReport before, ClockReport now) {
    ClockReason reason =
        now.reasons().isEmpty() ? new ClockReason("", "") : now.reasons().getFirst();
    LOG.info(
        "event=clock-quality from={} to={} code={} reason=\"{}\"",
        before.state(),
        now.state(),
        reason.code(),
        reason.sentence());
    observers.forEach(each -> tell(each, observer -> observer.qualityChanged(now)));
  }

  /** Logs once what is the matter with an instance, and once that it is over. */
  private void tellOf(InstanceStatus status) {
    String name = status.settings().name();
    Reach before = told.put(name, status.reach());
    if (before == status.reach() || status.reach() == Reach.NOT_ASKED) {
      return;
    }
    if (status.reach() == Reach.ANSWERS) {
      LOG.info("event=ptp4l-answers instance={} read-only={}", name, status.readOnly());
    } else if (!(settings.automatic() && status.reach() == Reach.NO_SOCKET && before == null)) {
      LOG.warn("event=ptp4l-away instance={} reason=\"{}\"", name, status.explanation());
    }
  }

  private static void tell(ClockQualityObserver who, Consumer<ClockQualityObserver> what) {
    try {
      what.accept(who);
    } catch (RuntimeException | Error e) {
      LOG.warn("event=clock-observer-failed observer={}", who.getClass().getName(), e);
    }
  }

  /** Stops the thread and gives the sockets back. */
  @Override
  public void close() {
    thread.stop();
    poller.wake();
    try {
      if (!thread.join(LONGEST_STOP)) {
        LOG.error("event=ptp-monitor-stuck action=sockets-kept");
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    release();
  }

  private void release() {
    watches.forEach(InstanceWatch::close);
    watches.clear();
    poller.close();
  }
}
