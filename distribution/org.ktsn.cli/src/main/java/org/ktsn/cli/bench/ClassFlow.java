package org.ktsn.cli.bench;

import java.util.function.IntToLongFunction;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.Testbed;

/**
 * The frames of one traffic class, as everyone can compute them beforehand.
 *
 * @param trafficClass 0 to 7
 * @param frames how many; they are numbered from 0
 * @param baseNs the launch time of the first, in TAI nanoseconds
 * @param periodNs from one launch time to the next
 * @param durationNs how long the frame of a number occupies the link
 */
record ClassFlow(
    int trafficClass, int frames, long baseNs, long periodNs, IntToLongFunction durationNs) {

  /** Returns the frames of a flow whose first launch time is known. */
  static ClassFlow of(Flow flow, long baseNs, Testbed testbed) {
    return new ClassFlow(
        flow.trafficClass(),
        flow.frames(),
        baseNs,
        flow.periodNs(),
        sequence -> testbed.wireDurationNs(flow.frameOctets(sequence)));
  }

  long launchNs(int sequence) {
    return baseNs + sequence * periodNs;
  }

  long durationNs(int sequence) {
    return durationNs.applyAsLong(sequence);
  }

  /**
   * Returns the number of the frame with a launch time.
   *
   * @return -1 if there is none
   */
  int sequenceOf(long launchNs) {
    long since = launchNs - baseNs;
    return since >= 0 && since % periodNs == 0 && since / periodNs < frames
        ? (int) (since / periodNs)
        : -1;
  }
}
