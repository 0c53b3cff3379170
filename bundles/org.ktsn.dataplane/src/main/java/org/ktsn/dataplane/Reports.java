package org.ktsn.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.ingress.Report;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.Datagram;
import org.ktsn.foreign.NativeMemory;

/**
 * Tells programs what became of their datagrams, as far as they ask for it. Planner thread only;
 * nothing allocates after construction, and a datagram whose program asks for nothing costs a look
 * at one octet.
 *
 * <p>A frame that was sent has no memory any more when that becomes known: the device has given it
 * back, and another pod's may lie there. So what is to be shown of it is copied when it is
 * committed, into a bounded number of places; a pod may hold no more of them than are free for all
 * others. Where there is none the report is lost, as in the kernel where an error queue is full.
 */
final class Reports {
  private static final short NO_COPY = -1;
  private static final int COPIES = 512;

  /** As much as a frame of an ordinary network has; what is longer is cut. */
  private static final int COPY_OCTETS = 2048;

  private final FrameTable frames;
  private final Agenda agenda;
  private final IngressStage ingress;
  private final Report report = new Report();
  private final MemorySegment copies = Arena.ofAuto().allocate((long) COPIES * COPY_OCTETS, 8);
  private final short[] freeCopies = new short[COPIES];
  private final int[] copiesByPod = new int[Pod.MAX_PODS];
  private int freeCount;

  // by frame
  private final byte[] wanted;
  private final long[] socket;
  private final int[] number;
  private final long[] stamp;
  private final int[] octets;
  private final short[] copy;
  private final boolean[] isAwaited;
  private int awaited;

  Reports(FrameTable frames, Agenda agenda, IngressStage ingress) {
    this.frames = frames;
    this.agenda = agenda;
    this.ingress = ingress;
    wanted = new byte[frames.capacity()];
    socket = new long[frames.capacity()];
    number = new int[frames.capacity()];
    stamp = new long[frames.capacity()];
    octets = new int[frames.capacity()];
    copy = new short[frames.capacity()];
    isAwaited = new boolean[frames.capacity()];
    Arrays.fill(copy, NO_COPY);
    for (short place = COPIES - 1; place >= 0; place--) {
      freeCopies[freeCount++] = place;
    }
  }

  /** Tells whether programs wait for the launch of what is committed. */
  boolean isAwaited() {
    return awaited > 0;
  }

  /** A datagram is about to be taken: its frame has its wishes from now on. */
  void taken(int frame, Datagram datagram) {
    int reports = datagram.reports();
    if (wanted[frame] != 0) {
      end(frame); // where a step has kept the planner in between
    }
    wanted[frame] = (byte) reports;
    if (reports != 0) {
      socket[frame] = datagram.socket();
      number[frame] = datagram.reportNumber();
      stamp[frame] = datagram.stamp();
      octets[frame] = 0;
    }
  }

  /** Tells whether a frame is shown to its program if it is dropped. */
  boolean showsDropped(int frame) {
    return (wanted[frame] & Report.ERRORS) != 0;
  }

  /** The stack has written the frame, so long as this: no more is shown of its buffer. */
  void written(int frame, int lengthOctets) {
    octets[frame] = lengthOctets;
  }

  /** A frame waits with the shaper, for the first time. */
  void queued(int frame) {
    if ((wanted[frame] & Report.SCHEDULED) != 0) {
      boolean shown = (wanted[frame] & Report.FRAME) != 0;
      tell(frame, Report.Kind.SCHEDULED, agenda.nowNs, frames.data[frame], shown);
    }
  }

  /** A frame goes to the launcher. */
  void committed(int frame) {
    if ((wanted[frame] & Report.SENT) == 0) {
      return;
    }
    if (!isAwaited[frame]) {
      isAwaited[frame] = true;
      awaited++;
    }
    int pod = frames.pod[frame];
    if ((wanted[frame] & Report.FRAME) != 0
        && copy[frame] == NO_COPY
        && copiesByPod[pod] < freeCount) {
      copiesByPod[pod]++;
      copy[frame] = freeCopies[--freeCount];
      NativeMemory.copy(frames.data[frame], copied(frame), shownOctets(frame));
    }
  }

  private long copied(int frame) {
    return copies.address() + (long) copy[frame] * COPY_OCTETS;
  }

  private int shownOctets(int frame) {
    return Math.min(octets[frame], COPY_OCTETS);
  }

  /** A frame was handed to the device; its row is free. */
  void sent(int frame, long actualNs) {
    if (wanted[frame] == 0) {
      return;
    }
    boolean shown = (wanted[frame] & Report.FRAME) != 0;
    int place = copy[frame];
    end(frame);
    if ((wanted[frame] & Report.SENT) != 0 && (!shown || place != NO_COPY)) {
      long at = copies.address() + (long) place * COPY_OCTETS;
      tell(frame, Report.Kind.SENT, actualNs, at, shown);
    }
  }

  /** A frame was dropped; its row is free, and what the stack wrote still lies there. */
  void dropped(int frame, DropReason reason) {
    if (wanted[frame] == 0) {
      return;
    }
    end(frame);
    if (showsDropped(frame)) {
      if (isInvalid(reason)) {
        tell(frame, Report.Kind.INVALID, agenda.nowNs, frames.data[frame], true);
      } else if (isMissed(reason)) {
        tell(frame, Report.Kind.MISSED, agenda.nowNs, frames.data[frame], true);
      }
    }
  }

  /** What the kernel's etf refuses when it is handed the packet. */
  private static boolean isInvalid(DropReason reason) {
    return reason == Verdict.LATE_ON_ARRIVAL
        || reason == Verdict.TOO_EARLY
        || reason == Verdict.NEVER_FITS;
  }

  /** What it gives up when the packet's turn has come. */
  private static boolean isMissed(DropReason reason) {
    return reason == Verdict.MISSED || reason == Verdict.OVERDUE || reason == Verdict.PORT_DOWN;
  }

  private void end(int frame) {
    if (isAwaited[frame]) {
      isAwaited[frame] = false;
      awaited--;
    }
    if (copy[frame] != NO_COPY) {
      copiesByPod[frames.pod[frame]]--;
      freeCopies[freeCount++] = copy[frame];
      copy[frame] = NO_COPY;
    }
  }

  private void tell(int frame, Report.Kind kind, long instantNs, long address, boolean shown) {
    report.pod = frames.pod[frame];
    report.socket = socket[frame];
    report.kind = kind;
    report.family = frames.family[frame];
    report.number = number[frame];
    report.stamp = stamp[frame];
    report.instantNs = instantNs;
    report.frameAddress = shown ? address : 0;
    report.frameOctets = shown ? shownOctets(frame) : 0;
    ingress.report(report);
  }
}
