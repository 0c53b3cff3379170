package org.ktsn.dataplane;

import java.util.Objects;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.port.PortModel;
import org.ktsn.foreign.NativeMemory;

/**
 * What filters see of frames during one life of the planner: one frame after another. It reads the
 * table, so that a filter sees what another one before it has changed. Planner thread only.
 */
final class ShownFrame implements FrameView {
  private final FrameTable frames;
  private int frame;
  private PortModel link = NoStages.MODEL;
  private boolean readable;

  ShownFrame(FrameTable frames) {
    this.frames = frames;
  }

  /**
   * Shows a frame from now on.
   *
   * @param isReadable whether its octets are the data plane's
   */
  ShownFrame show(int number, PortModel onLink, boolean isReadable) {
    frame = number;
    link = onLink;
    readable = isReadable;
    return this;
  }

  @Override
  public int number() {
    return frame;
  }

  @Override
  public int pod() {
    return frames.pod[frame];
  }

  @Override
  public long flow() {
    return frames.flow[frame];
  }

  @Override
  public int priority() {
    return frames.priority[frame];
  }

  @Override
  public int trafficClass() {
    return frames.trafficClass(frame);
  }

  @Override
  public int lengthOctets() {
    return frames.lengthOctets(frame);
  }

  @Override
  public int sduOctets() {
    return frames.sduOctets(frame);
  }

  @Override
  public long linkOctets() {
    return link.linkOctets(frames.linkFrameOctets(frame));
  }

  @Override
  public long launchTimeNs() {
    return frames.launchTimeNs(frame);
  }

  @Override
  public boolean deadlineMode() {
    return frames.deadlineMode(frame);
  }

  @Override
  public boolean wasHeld() {
    return frames.isDated(frame);
  }

  @Override
  public long arrivedNs() {
    return frames.arrivedNs[frame];
  }

  @Override
  public long arrival() {
    return frames.arrival(frame);
  }

  @Override
  public int octet(int offset) {
    if (!readable) {
      throw new IllegalStateException(
          "the frame was sent, and its octets are the device's; read them before it leaves");
    }
    int inFrame = Objects.checkIndex(offset, frames.lengthOctets(frame));
    return NativeMemory.getByte(frames.data[frame] + inFrame) & 0xff;
  }
}
