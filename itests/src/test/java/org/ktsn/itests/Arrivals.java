package org.ktsn.itests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What a listener of the demo wrote down.
 *
 * @param all the datagrams, in the order of their arrival
 */
record Arrivals(List<Arrival> all) {
  private static final int HEADER_OCTETS = 32;
  private static final int RECORD_OCTETS = 24;
  private static final long PUNCTUAL_NS = 20_000_000;

  /**
   * A datagram.
   *
   * @param launchTaiNs the launch time that it was sent with
   * @param arrivalTaiNs when the listener had it
   */
  record Arrival(int sequence, long launchTaiNs, long arrivalTaiNs) {
    /** Arrival minus launch time. */
    long latenessNs() {
      return arrivalTaiNs - launchTaiNs;
    }

    /** KTSNd lets nothing leave before its time, and the kernel sends at once. */
    boolean isLaunched() {
      return latenessNs() >= 0 && latenessNs() < PUNCTUAL_NS;
    }
  }

  /** A time without arrivals; as long as 0 if there is none. */
  record Gap(long beginTaiNs, long endTaiNs) {
    double ms() {
      return (endTaiNs - beginTaiNs) / 1e6;
    }
  }

  static Arrivals read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Arrival> all = new ArrayList<>();
    for (int at = HEADER_OCTETS; at < in.capacity(); at += RECORD_OCTETS) {
      all.add(new Arrival(in.getInt(at), in.getLong(at + 8), in.getLong(at + 16)));
    }
    return new Arrivals(all);
  }

  Arrivals launched() {
    return new Arrivals(all.stream().filter(Arrival::isLaunched).toList());
  }

  /** Those that arrived in a span of time. */
  Arrivals between(long beginTaiNs, long endTaiNs) {
    return new Arrivals(
        all.stream()
            .filter(each -> each.arrivalTaiNs >= beginTaiNs && each.arrivalTaiNs < endTaiNs)
            .toList());
  }

  /** The longest time between two arrivals. */
  Gap longestGap() {
    List<Gap> gaps = new ArrayList<>(List.of(new Gap(0, 0)));
    for (int i = 1; i < all.size(); i++) {
      gaps.add(new Gap(all.get(i - 1).arrivalTaiNs, all.get(i).arrivalTaiNs));
    }
    return gaps.stream().max(Comparator.comparingDouble(Gap::ms)).orElseThrow();
  }

  /** The greatest arrival minus launch time. */
  double latestMs() {
    return all.stream().mapToLong(Arrival::latenessNs).max().orElse(0) / 1e6;
  }

  /** How far TAI is ahead of the clock that Java reads. */
  static long taiOffsetNs() {
    return Long.parseLong(
        Command.start(
                Map.of(), List.of(Node.HOME.resolve("demo/nativeloop").toString(), "--offset"))
            .end(10)
            .expect(0)
            .out()
            .strip());
  }

  static long taiNs(long offsetNs) {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano() + offsetNs;
  }
}
