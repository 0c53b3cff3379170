package org.ktsn.shaper.contract;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;

/**
 * Generated frames and schedules for one run of a port: some {@value #END_NS} ns at 10 Gb/s.
 *
 * @param frames all frames
 * @param arrivals when each of them is given to the shaper, in that order
 * @param changes schedules that are asked for, in order; the first at instant 0
 * @param horizonNs how long before its start a transmission is decided; where this is not 0 every
 *     frame is known that long before its launch time
 * @param random for what is decided on the way
 */
public record PortScenario(
    SimulatedFrames frames,
    List<Arrival> arrivals,
    List<Request> changes,
    long horizonNs,
    Random random) {
  /** The link. */
  public static final PortModel PORT = new PortModel(10_000_000_000L, 50);

  /** The largest frame in octets. */
  public static final int MAX_OCTETS = 1_518;

  /** The end of a run in nanoseconds. */
  public static final int END_NS = 14_000;

  private static final int LAST_LAUNCH_NS = 11_000;

  /** A frame given to the shaper. */
  public record Arrival(long atNs, int frame) {}

  /** A schedule asked for. */
  public record Request(long atNs, GateParameters parameters) {}

  /**
   * What kinds of cases are generated.
   *
   * @param gates whether there are schedules at all
   * @param lateChanges whether schedules change where decisions run ahead
   * @param unevenFrames whether windows are an even, and frames an odd number of nanoseconds long,
   *     so that no frame fits a window exactly
   * @param mixedModes whether strict and deadline mode are found in one class
   * @param lowestClass the lowest class of frames
   */
  public record Options(
      boolean gates,
      boolean lateChanges,
      boolean unevenFrames,
      boolean mixedModes,
      int lowestClass) {}

  /** Generates a case. */
  public static PortScenario generate(long seed, Options options) {
    Random random = new Random(seed);
    long horizonNs = random.nextBoolean() ? 0 : 1 + random.nextInt(2_000);
    SimulatedFrames frames = new SimulatedFrames(80);
    List<Arrival> arrivals = new ArrayList<>();
    int classes = 1 + random.nextInt(8 - options.lowestClass());
    int deadlineClasses = random.nextInt(256);
    int count = 5 + random.nextInt(60);
    int pods = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      long launchNs = horizonNs + random.nextInt(LAST_LAUNCH_NS);
      long knownNs = random.nextInt(3) == 0 ? 0 : random.nextInt(3_000);
      int trafficClass = 8 - classes + random.nextInt(classes);
      boolean deadline =
          options.mixedModes()
              ? random.nextInt(10) == 0
              : (deadlineClasses >> trafficClass & 1) != 0;
      int octets = octets(random, options);
      int frame = frames.add(trafficClass, launchNs, octets, horizonNs == 0 && deadline);
      frames.from(frame, random.nextInt(pods));
      arrivals.add(new Arrival(Math.max(0, launchNs - horizonNs - knownNs), frame));
    }
    arrivals.sort(Comparator.comparing(Arrival::atNs));
    return new PortScenario(
        frames, arrivals, requests(random, options, horizonNs), horizonNs, random);
  }

  private static int octets(Random random, Options options) {
    int octets = random.nextBoolean() ? 60 : 60 + random.nextInt(MAX_OCTETS - 60);
    while (options.unevenFrames() && PORT.durationNs(octets) % 2 == 0) {
      octets++;
    }
    return octets;
  }

  private static List<Request> requests(Random random, Options options, long horizonNs) {
    List<Request> requests = new ArrayList<>();
    if (!options.gates()) {
      return requests;
    }
    boolean ahead = horizonNs > 0;
    int step = options.unevenFrames() ? 2 : 1;
    requests.add(new Request(0, parameters(random, ahead, ahead ? 1 : 3_000, step)));
    if (!ahead || options.lateChanges()) {
      random
          .ints(random.nextInt(4), 0, END_NS)
          .sorted()
          .forEach(
              at -> requests.add(new Request(at, parameters(random, ahead, at + 3_000, step))));
    }
    return requests;
  }

  private static GateParameters parameters(
      Random random, boolean enabled, int latestBaseNs, int step) {
    List<GateControlEntry> list = new ArrayList<>();
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      int states = random.nextInt(3) == 0 ? 0xff : random.nextInt(256);
      int intervalNs = random.nextInt(10) == 0 && step == 1 ? 0 : random.nextInt(1_500) + step;
      list.add(new GateControlEntry(GateOperation.SET_GATE_STATES, states, even(intervalNs, step)));
    }
    long extensionNs = random.nextBoolean() ? 0 : random.nextInt(3_000);
    return new GateParameters(
        enabled || random.nextInt(10) != 0,
        random.nextInt(256),
        list,
        CycleTime.ofNanoseconds(even(1_000 + random.nextInt(2_000), step)),
        extensionNs,
        even(random.nextInt(latestBaseNs), step),
        List.of(0, 0, 0, 0, 0, 0, 0, 0));
  }

  private static int even(int value, int step) {
    return value - value % step;
  }

  /** Returns the first request, if there are any. */
  Optional<Request> first() {
    return changes.stream().findFirst();
  }
}
