package org.ktsn.bench;

import java.util.concurrent.atomic.AtomicLong;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;

/**
 * A filter that looks at each frame wherever it can, and complains when it is told what can't be: a
 * frame that it knows begins, or one that it does not know ends. Planner thread only.
 */
final class LookingFilter implements Filter {
  private final AtomicLong complaints;
  private final long[] arrivals;

  LookingFilter(int capacity, AtomicLong complaints) {
    this.complaints = complaints;
    arrivals = new long[capacity];
  }

  @Override
  public void admit(FrameView frame, long nowNs, Admission answer) {
    begins(frame);
  }

  @Override
  public void waits(FrameView frame, long nowNs) {
    begins(frame);
  }

  @Override
  public void inspect(FrameView frame, long nowNs, Leave answer) {
    check(frame);
  }

  @Override
  public void leaves(FrameView frame, long departsNs) {
    check(frame);
  }

  @Override
  public void returned(FrameView frame, long nowNs) {
    check(frame);
  }

  @Override
  public void sent(FrameView frame, long actualNs) {
    ends(frame);
  }

  @Override
  public void dropped(FrameView frame, DropReason reason) {
    ends(frame);
  }

  private void begins(FrameView frame) {
    if (arrivals[frame.number()] != 0) {
      complaints.incrementAndGet();
      throw new IllegalStateException("frame " + frame.number() + " begins and has not ended");
    }
    arrivals[frame.number()] = frame.arrival() + 1;
  }

  private void check(FrameView frame) {
    if (arrivals[frame.number()] != frame.arrival() + 1) {
      complaints.incrementAndGet();
      throw new IllegalStateException("frame " + frame.number() + " is not known");
    }
  }

  private void ends(FrameView frame) {
    check(frame);
    arrivals[frame.number()] = 0;
  }
}
