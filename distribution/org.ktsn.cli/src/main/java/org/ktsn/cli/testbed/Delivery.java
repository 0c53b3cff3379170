package org.ktsn.cli.testbed;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Arrivals.Arrival;

/**
 * What a flow's arrivals amount to.
 *
 * @param sent how many datagrams the talker sent
 * @param received how many different ones arrived
 * @param duplicated how many copies arrived beside the first ones
 * @param reordered how many arrived after one that was sent later
 * @param latencyNs launch time to arrival, of each first copy
 * @param jitterNs |arrival(i) - arrival(i-1) - period| where both arrived
 */
@SuppressWarnings("ArrayRecordComponent") // internal to one computation, never compared
public record Delivery(
    int sent, int received, int duplicated, int reordered, long[] latencyNs, long[] jitterNs) {
  private static final long ABSENT = Long.MIN_VALUE;

  /**
   * Counts and measures.
   *
   * @param sent how many datagrams were sent, numbered from 0
   * @param periodNs the time from one launch to the next
   * @param datagrams what arrived, in the order of arrival
   */
  public static Delivery of(int sent, long periodNs, List<Arrival> datagrams) {
    long[] arrivalNs = LongStream.generate(() -> ABSENT).limit(sent).toArray();
    long[] latencyNs = new long[sent];
    int received = 0;
    int duplicated = 0;
    int reordered = 0;
    long highest = -1;
    for (Arrival datagram : datagrams) {
      if (datagram.sequence() >= sent) {
        throw new CommandFailure(
            "Datagram "
                + datagram.sequence()
                + " arrived, and only "
                + sent
                + " were sent: another talker uses the same port.");
      }
      int sequence = (int) datagram.sequence();
      if (arrivalNs[sequence] != ABSENT) {
        duplicated++;
        continue;
      }
      arrivalNs[sequence] = datagram.arrivalNs();
      latencyNs[received++] = datagram.arrivalNs() - datagram.launchTimeNs();
      if (sequence < highest) {
        reordered++;
      }
      highest = Math.max(highest, sequence);
    }
    return new Delivery(
        sent,
        received,
        duplicated,
        reordered,
        Arrays.copyOf(latencyNs, received),
        jitterNs(arrivalNs, periodNs));
  }

  /** Returns how many datagrams never arrived. */
  public int lost() {
    return sent - received;
  }

  private static long[] jitterNs(long[] arrivalNs, long periodNs) {
    LongStream.Builder jitter = LongStream.builder();
    for (int i = 1; i < arrivalNs.length; i++) {
      if (arrivalNs[i] != ABSENT && arrivalNs[i - 1] != ABSENT) {
        jitter.add(Math.abs(arrivalNs[i] - arrivalNs[i - 1] - periodNs));
      }
    }
    return jitter.build().toArray();
  }
}
