package org.ktsn.dataplane;

import java.util.Objects;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.DatagramSink;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.schedule.TrafficClasses;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;

/**
 * Takes datagrams in: a row of the frame table and a buffer for each, judged by its launch time,
 * written by its family's stack, and given to the {@link Line}; or held until its next hop is
 * known. Planner thread only; nothing allocates on a frame's way.
 */
final class Intake {
  private static final int NONE = -1;
  private static final int BUDGET = 256;

  /**
   * What was sent in time and is read this much after its launch time, or less, leaves late. What
   * lay longer is dropped, so that a planner that has fallen behind catches up.
   */
  private static final long READ_LATE_LIMIT_NS = 10_000_000;

  private final PlannerSettings settings;
  private final FrameTable frames;
  private final Agenda agenda;
  private final AttachedPods pods;
  private final PacketBuffers buffers;
  private final IngressStage ingress;
  private final StackStages stacks;
  private final Line line;
  private final Lifetimes lifetimes;
  private final OverdueFrames overdue;
  private final OutcomeBook book;
  private final PodPriorities priorities;
  private final RemoteStations stations;
  private final Reports reports;
  private final HeldFrames held;
  private TrafficClasses classes;
  private DatagramSink sink;
  private int accepting = NONE;

  Intake(
      PlannerSettings settings,
      FrameTable frames,
      Agenda agenda,
      AttachedPods pods,
      PacketBuffers buffers,
      IngressStage ingress,
      StackStages stacks,
      Line line,
      Lifetimes lifetimes,
      OverdueFrames overdue,
      OutcomeBook book,
      PodPriorities priorities,
      RemoteStations stations,
      TrafficClasses classes) {
    this.settings = settings;
    this.frames = frames;
    this.agenda = agenda;
    this.pods = pods;
    this.buffers = buffers;
    this.ingress = ingress;
    this.stacks = stacks;
    this.line = line;
    this.lifetimes = lifetimes;
    this.overdue = overdue;
    this.book = book;
    this.priorities = priorities;
    this.stations = stations;
    reports = line.reports;
    this.classes = classes;
    held = new HeldFrames(frames, this::tryAgain);
  }

  /** Where an ingress puts its datagrams during one life of the planner. */
  private final class Sink implements DatagramSink {
    private final Life life;

    Sink(Life life) {
      this.life = life;
    }

    @Override
    public boolean accept(Datagram datagram) {
      life.calledBack();
      try {
        return take(datagram, life);
      } finally {
        life.answered(ingress.guard());
      }
    }

    @Override
    public void malformed(int pod) {
      life.calledBack();
      try {
        book.malformed(Objects.checkIndex(pod, Pod.MAX_PODS));
      } finally {
        life.answered(ingress.guard());
      }
    }
  }

  /** A life of the planner begins. */
  void begin(Life life) {
    sink = new Sink(life);
  }

  /** As {@link #begin}, and brings in order what another thread left in the middle of something. */
  void recover(Life life) {
    begin(life);
    if (accepting != NONE && frames.state(accepting) != FrameTable.FREE) {
      line.takenBack(accepting); // its datagram is still in the ring and comes again
    }
    accepting = NONE;
    held.recover();
  }

  /** Maps priorities to classes in another way from now on; frames that wait keep theirs. */
  void classes(TrafficClasses next) {
    classes = next;
  }

  /** Takes what the ingress has, up to a limit; returns how much was done. */
  int poll() {
    return ingress.poll(sink, BUDGET);
  }

  /** Returns when frames must be tried again whose next hop is not known. */
  long nextTrialNs() {
    return held.isEmpty() ? Long.MAX_VALUE : held.nextNs();
  }

  /** Tries the frames again that are held; returns how many are done with. */
  int retry() {
    return held.isEmpty() ? 0 : held.retry(agenda.nowNs);
  }

  private boolean take(Datagram datagram, Life life) {
    int pod = datagram.pod();
    AddressFamily family = datagram.family();
    StackStage stack = stacks.of(family);
    int frame = frames.peekFree();
    // A pod may hold no more than what is free for all others: none can fill the table alone.
    if (frame < 0
        || !pods.isAttached(pod)
        || frames.heldBy(pod) >= Math.min(settings.maxFramesPerPod(), frames.freeCount())) {
      overdue.hurry();
      return false;
    }
    if (stack.isAwaited() || !hasBuffer(frame)) {
      return false;
    }
    accepting = frame;
    reports.taken(frame, datagram);
    frames.take(frame, pod, datagram.launchTimeNs(), datagram.deadlineMode());
    line.arrived(frame);
    frames.leavesLate[frame] = settings.lateOnArrival().sends(datagram);
    frames.family[frame] = family;
    frames.sourceAddress[frame] = family == AddressFamily.INET ? datagram.sourceIpv4() : 0;
    frames.sourcePort[frame] = (short) datagram.sourcePort();
    frames.destinationPort[frame] = (short) datagram.destinationPort();

    Verdict verdict = timely(frame, datagram);
    if (verdict == Verdict.ACCEPTED || reports.showsDropped(frame)) {
      Verdict ofStack = stack.encode(datagram, frames.data[frame]);
      verdict = verdict == Verdict.ACCEPTED ? ofStack : verdict;
      reports.written(frame, ofStack.isDrop() ? 0 : life.encoded.lengthOctets);
    }
    if (verdict.isDrop()) {
      frames.shape(frame, 0, 0, 0);
    } else {
      EncodedFrame encoded = life.encoded;
      priorities.settle(pod, encoded, frames.data[frame]);
      frames.priority[frame] = (byte) encoded.pcp;
      frames.shape(frame, encoded.lengthOctets, encoded.headerOctets, classes.of(encoded.pcp));
    }
    book.identify(frame, datagram, agenda.nowNs);
    if (verdict == Verdict.HOLD) {
      held.hold(frame, agenda.nowNs);
    } else if (verdict == Verdict.ACCEPTED) {
      if (held.holds(pod)) {
        held.hurry();
      }
      verdict = admit(frame);
    }
    book.received(frame, datagram, agenda.nowNs);
    accepting = NONE;
    if (verdict == Verdict.ACCEPTED) {
      reports.queued(frame);
    } else if (verdict instanceof DropReason reason) {
      line.drop(frame, reason);
    }
    return true;
  }

  /** Until it is counted, it comes again if a step keeps the planner: so filters hear first. */
  private Verdict admit(int frame) {
    measure(frame);
    boolean readLate = isPast(frame);
    Verdict verdict = readLate ? line.admitMissed(frame, classes) : line.admit(frame, classes);
    if (verdict == Verdict.ACCEPTED && readLate) {
      frames.redated[frame]++;
      book.late(frame);
    }
    if (verdict instanceof DropReason reason) {
      line.refused(frame, reason);
    }
    return verdict;
  }

  private boolean hasBuffer(int frame) {
    if (frames.buffer[frame] == 0) {
      long buffer = buffers.take();
      if (buffer == 0) {
        return false;
      }
      frames.buffer[frame] = buffer;
      frames.data[frame] = buffers.data(buffer);
    }
    return true;
  }

  /**
   * Judges a datagram by its launch time. One that its program sent in time, as it says itself, is
   * none that came too late: the planner has missed it. What a pod says falsely helps it to no more
   * than that.
   */
  private Verdict timely(int frame, Datagram datagram) {
    long aheadNs = datagram.launchTimeNs() - agenda.nowNs;
    if (aheadNs > settings.maxAheadNs()) {
      return Verdict.TOO_EARLY;
    }
    if (!isPast(frame)) {
      return Verdict.ACCEPTED;
    }
    if (datagram.sentNs() > datagram.launchTimeNs()) {
      return Verdict.LATE_ON_ARRIVAL;
    }
    return datagram.deadlineMode() || -aheadNs > READ_LATE_LIMIT_NS
        ? Verdict.MISSED
        : Verdict.ACCEPTED;
  }

  /** Tells whether a frame can't leave at its launch time any more, and mustn't later. */
  private boolean isPast(int frame) {
    return frames.launchTimeNs(frame) < agenda.nowNs && !frames.leavesLate[frame];
  }

  /** Tries a frame again whose next hop was unknown. */
  private Verdict tryAgain(int frame) {
    Verdict verdict = pods.isGone(frame) ? Verdict.POD_GONE : complete(frame);
    boolean late = isPast(frame);
    if (verdict == Verdict.HOLD
        && (late || lifetimes.judge(frame, agenda.nowNs) != Verdict.ACCEPTED)) {
      verdict = Verdict.NO_NEIGHBOUR;
    } else if (verdict == Verdict.ACCEPTED && late) {
      verdict = Verdict.LATE_ON_ARRIVAL;
    }
    if (verdict == Verdict.ACCEPTED) {
      measure(frame);
      verdict = line.admit(frame, classes);
    }
    if (verdict == Verdict.ACCEPTED) {
      reports.queued(frame);
    } else if (verdict instanceof DropReason reason) {
      line.drop(frame, reason);
    }
    return verdict;
  }

  /** Finds out how long a frame is on the link, now that it is known to whom it goes. */
  private void measure(int frame) {
    frames.linkFrameOctets(
        frame, stations.linkFrameOctets(frames.data[frame], frames.lengthOctets(frame)));
  }

  private Verdict complete(int frame) {
    return stacks
        .of(frames.family[frame])
        .complete(frames.pod[frame], frames.data[frame], frames.lengthOctets(frame));
  }
}
