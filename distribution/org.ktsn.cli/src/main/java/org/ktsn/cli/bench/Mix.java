package org.ktsn.cli.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import org.ktsn.cli.testbed.Flow;

/**
 * Three traffic classes, the gates that they share, and how fast each may send: so that it asks for
 * a given part of what the open windows can carry.
 *
 * <p>At the end of each window there is a time in which no frame fits any more. On an average that
 * is what is left of a frame that a random instant cuts: {@code E(d^2) / 2 E(d)} for frames of
 * durations d. What is left of a window is shared evenly by the classes that are open in it.
 */
record Mix(List<Member> members, List<Window> usual, List<Window> changed) {
  private static final long NS_PER_US_AT_100_MBIT = 1000;
  private static final int HEADER_OCTETS = 42;

  /**
   * A class.
   *
   * @param trafficClass 0 to 7
   * @param priority the priority that the standard's table maps to it
   * @param minSize the least payload
   * @param maxSize the greatest payload
   */
  record Member(int trafficClass, int priority, int minSize, int maxSize) {}

  /**
   * An entry of the gate control list.
   *
   * @param label for people
   * @param us how long it lasts where the link has 100 Mb/s; as many octets more where it is slower
   * @param classes whose gates are open
   */
  record Window(String label, int us, List<Integer> classes) {}

  /** Makes the mix of the benchmark: in one window class 5 goes before class 0. */
  static Mix ofThree() {
    return new Mix(
        List.of(new Member(7, 7, 64, 500), new Member(5, 5, 200, 1200), new Member(0, 1, 64, 1472)),
        List.of(
            new Window("T", 400, List.of(7)),
            new Window("V", 500, List.of(5)),
            new Window("S", 600, List.of(0, 5)),
            new Window("B", 500, List.of(0))),
        List.of(
            new Window("T", 500, List.of(7)),
            new Window("B", 550, List.of(0)),
            new Window("S", 700, List.of(0, 5)),
            new Window("V", 450, List.of(5))));
  }

  /** Writes a list in the short form, for a link of a rate. */
  static String text(List<Window> list, int rateMbit) {
    return list.stream()
        .map(
            window ->
                String.format(
                    Locale.ROOT,
                    "%s %dns %s",
                    window.label(),
                    lengthNs(window, rateMbit),
                    window.classes().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(","))))
        .collect(Collectors.joining("; "));
  }

  /** Returns how long the cycle of a list is. */
  static long cycleNs(List<Window> list, int rateMbit) {
    return list.stream().mapToLong(window -> lengthNs(window, rateMbit)).sum();
  }

  private static long lengthNs(Window window, int rateMbit) {
    return window.us() * NS_PER_US_AT_100_MBIT * 100 / rateMbit;
  }

  /**
   * Returns from one launch time to the next of a class, so that its frames take {@code
   * loadPercent} of what the windows can carry; of several lists, of the one that carries least.
   *
   * @param lists those that are to be in force
   * @param durationNs how long an Ethernet frame of so many octets occupies the link
   */
  long periodNs(
      Member member,
      List<List<Window>> lists,
      int loadPercent,
      int rateMbit,
      IntToLongFunction durationNs) {
    double part =
        lists.stream()
            .mapToDouble(list -> part(member, list, rateMbit, durationNs))
            .min()
            .orElseThrow();
    return Math.round(meanNs(member, durationNs) / (part * loadPercent / 100));
  }

  /** Returns what part of what the windows of a list can carry a class takes with a period. */
  double loadPercent(
      Member member, List<Window> list, long periodNs, int rateMbit, IntToLongFunction durationNs) {
    return 100 * meanNs(member, durationNs) / periodNs / part(member, list, rateMbit, durationNs);
  }

  /** Returns the part of the time in which a class can send. */
  private double part(
      Member member, List<Window> list, int rateMbit, IntToLongFunction durationNs) {
    double ns = 0;
    for (Window window : list) {
      if (window.classes().contains(member.trafficClass())) {
        double guardNs =
            members.stream()
                .filter(other -> window.classes().contains(other.trafficClass()))
                .mapToDouble(other -> guardNs(other, durationNs))
                .max()
                .orElseThrow();
        ns += (lengthNs(window, rateMbit) - guardNs) / window.classes().size();
      }
    }
    return ns / cycleNs(list, rateMbit);
  }

  private static double meanNs(Member member, IntToLongFunction durationNs) {
    return Arrays.stream(durationsNs(member, durationNs)).average().orElseThrow();
  }

  private static double guardNs(Member member, IntToLongFunction durationNs) {
    long[] all = durationsNs(member, durationNs);
    double squares = 0;
    double sum = 0;
    for (long ns : all) {
      squares += (double) ns * ns;
      sum += ns;
    }
    return squares / sum / 2;
  }

  private static long[] durationsNs(Member member, IntToLongFunction durationNs) {
    long[] all = new long[member.maxSize() - member.minSize() + 1];
    Arrays.setAll(all, i -> durationNs.applyAsLong(member.minSize() + i + HEADER_OCTETS));
    return all;
  }

  /**
   * Makes the flows: so many frames in all that they take the same time.
   *
   * @param lists those that are to be in force
   * @param mostAhead how many frames a talker may have sent before their launch times
   * @param mostLeadNs how long before its launch time each is sent at most
   */
  List<Flow> flows(
      int frames,
      List<List<Window>> lists,
      int loadPercent,
      int rateMbit,
      IntToLongFunction durationNs,
      int mostAhead,
      long mostLeadNs) {
    long[] periodsNs =
        members.stream()
            .mapToLong(member -> periodNs(member, lists, loadPercent, rateMbit, durationNs))
            .toArray();
    double perNs = Arrays.stream(periodsNs).mapToDouble(periodNs -> 1.0 / periodNs).sum();
    long shortestNs = Arrays.stream(periodsNs).min().orElseThrow();
    long leadNs = Math.min(mostLeadNs, mostAhead * shortestNs);
    List<Flow> flows = new ArrayList<>();
    int left = frames;
    for (int i = 0; i < periodsNs.length; i++) {
      Member member = members.get(i);
      boolean last = i == periodsNs.length - 1;
      int share = last ? left : (int) Math.round(frames / (periodsNs[i] * perNs));
      left -= share;
      flows.add(
          new Flow(
              share,
              member.minSize(),
              member.maxSize(),
              periodsNs[i],
              leadNs,
              0,
              member.priority(),
              Flow.DataPath.KTSN,
              true));
    }
    return flows;
  }
}
