package org.ktsn.api.frame;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The data plane's table of the frames that it holds: what a stage may know of a frame, by the
 * frame's number.
 *
 * <p>A frame's number is stable from its acceptance to its departure and is used again afterwards.
 * All values are plain arrays behind these methods; nothing here allocates. Planner thread only.
 */
@ProviderType
public interface Frames {
  /**
   * Returns the number of frames that the table can hold; numbers run from 0 to {@code capacity() -
   * 1}.
   */
  int capacity();

  /** Returns the instant before which the frame must not leave, in TAI nanoseconds. */
  long launchTimeNs(int frame);

  /** Returns the number of the pod that sent it, as in {@link org.ktsn.api.pod.Pod#number()}. */
  int pod(int frame);

  /** Returns the traffic class, 0 to 7. */
  int trafficClass(int frame);

  /**
   * Returns the length of the Ethernet frame in octets: header, tags and payload, without the FCS.
   */
  int lengthOctets(int frame);

  /**
   * Returns the length of the service data unit in octets: the MAC payload, without header, tags
   * and FCS.
   */
  int sduOctets(int frame);

  /**
   * Returns how long the frame is on the link, in octets without the FCS: its own length, and what
   * a tunnel adds through which it leaves the node. What {@link
   * org.ktsn.api.port.PortModel#durationNs} is asked with.
   */
  default int linkFrameOctets(int frame) {
    return lengthOctets(frame);
  }

  /**
   * Returns the place of the frame in the order of arrival; unique and rising. A frame keeps its
   * place when it is handed to another shaper.
   */
  long arrival(int frame);

  /**
   * Tells whether the frame may leave before its launch time ({@code SOF_TXTIME_DEADLINE_MODE}).
   */
  boolean deadlineMode(int frame);
}
