package org.ktsn.schedule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.yang.Problems;

/**
 * Reads the short form for people, {@code T 200us 7; B 800us 0-6}: entries of label, interval and
 * open classes, separated by semicolons or line ends, and the options {@code base}, {@code cycle}
 * and {@code extension} anywhere. The cycle is the sum of the intervals unless it is given.
 */
final class ShortForm {
  private static final long MAX_UINT32 = 0xffff_ffffL;
  private static final Pattern COMMENT = Pattern.compile("#[^\\n\\r]*");
  private static final Pattern SEPARATOR = Pattern.compile("[;\\n\\r]");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Pattern LABEL = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");
  private static final Pattern TIME = Pattern.compile("([0-9]{1,18})(ns|us|\u00b5s|\u03bcs|ms|s)");
  private static final Pattern FRACTION = Pattern.compile("([0-9]{1,10})/([0-9]{1,10})s");
  private static final Pattern CLASSES = Pattern.compile("([0-9]{1,3})(?:-([0-9]{1,3}))?");

  private final int trafficClasses;
  private final Problems problems;
  private final List<GateControlEntry> entries = new ArrayList<>();
  private final Map<String, String> options = new HashMap<>();

  private ShortForm(int trafficClasses, Problems problems) {
    this.trafficClasses = trafficClasses;
    this.problems = problems;
  }

  /**
   * Reads a schedule.
   *
   * @throws org.ktsn.api.schedule.ScheduleException with every problem
   */
  static GateParameters read(String text, int trafficClasses, Problems problems) {
    ShortForm reader = new ShortForm(trafficClasses, problems);
    int number = 0;
    for (String part : SEPARATOR.split(COMMENT.matcher(text).replaceAll(""), -1)) {
      if (!part.isBlank()) {
        reader.part(part.strip(), ++number);
      }
    }
    return reader.parameters();
  }

  private void part(String part, int number) {
    List<String> words = new ArrayList<>();
    for (String word : SPACE.split(part, -1)) {
      if (word.indexOf('=') > 0) {
        option(word);
      } else {
        words.add(word);
      }
    }
    if (!words.isEmpty()) {
      entry(words, "entry " + number + " \"" + Problems.shown(part) + "\": ");
    }
  }

  private void option(String word) {
    int equals = word.indexOf('=');
    String name = word.substring(0, equals);
    if (!List.of("base", "cycle", "extension").contains(name)) {
      problem("the option " + Problems.shown(name) + " is unknown; give base, cycle or extension");
    } else if (options.putIfAbsent(name, word.substring(equals + 1)) != null) {
      problem("the option " + name + " is given twice; keep one");
    }
  }

  private void entry(List<String> words, String place) {
    if (words.size() < 3) {
      problem(place + "write a label, an interval and the open classes: T 200us 7");
      return;
    }
    if (!LABEL.matcher(words.getFirst()).matches()) {
      problem(place + "the label must begin with a letter");
    }
    String interval = words.get(1);
    OptionalLong intervalNs = time(interval, place + "the interval ");
    if (intervalNs.isPresent() && intervalNs.getAsLong() > MAX_UINT32) {
      problem(place + "the interval is " + interval + "; give " + MAX_UINT32 + "ns at most");
    }
    OptionalInt states = classes(String.join("", words.subList(2, words.size())), place);
    if (intervalNs.isPresent() && intervalNs.getAsLong() <= MAX_UINT32 && states.isPresent()) {
      entries.add(
          new GateControlEntry(
              GateOperation.SET_GATE_STATES, states.getAsInt(), intervalNs.getAsLong()));
    }
  }

  private OptionalInt classes(String text, String place) {
    if (text.equals("-")) {
      return OptionalInt.of(0);
    }
    int states = 0;
    for (String range : text.split(",", -1)) {
      Matcher matcher = CLASSES.matcher(range);
      if (!matcher.matches()) {
        problem(
            place
                + "the classes are "
                + Problems.shown(text)
                + "; write them like 0,2-4, or - for none");
        return OptionalInt.empty();
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first > last || last >= trafficClasses) {
        problem(
            place
                + "the classes "
                + range
                + " do not exist; the port has the classes 0 to "
                + (trafficClasses - 1));
        return OptionalInt.empty();
      }
      for (int trafficClass = first; trafficClass <= last; trafficClass++) {
        states |= 1 << trafficClass;
      }
    }
    return OptionalInt.of(states);
  }

  private GateParameters parameters() {
    if (entries.size() > GateParameters.MAX_ENTRIES) {
      problem(entries.size() + " entries; give " + GateParameters.MAX_ENTRIES + " at most");
    }
    if (entries.isEmpty() && problems.isEmpty()) {
      problem("the schedule has no entries; write at least one, like T 200us 7");
    }
    long baseTimeNs = timeOption("base", Long.MAX_VALUE);
    long extensionNs = timeOption("extension", MAX_UINT32);
    CycleTime cycleTime = CycleTime.ofNanoseconds(CycleTime.MIN_NANOSECONDS);
    if (options.containsKey("cycle") || problems.isEmpty()) {
      cycleTime = cycleTime(cycleTime);
    }
    problems.throwIfAny();
    return new GateParameters(
        true,
        GateParameters.ALL_OPEN,
        entries,
        cycleTime,
        extensionNs,
        baseTimeNs,
        Collections.nCopies(8, 0));
  }

  private CycleTime cycleTime(CycleTime fallback) {
    String given = options.get("cycle");
    try {
      if (given == null) {
        return CycleTime.ofNanoseconds(
            entries.stream().mapToLong(GateControlEntry::timeIntervalNs).sum());
      }
      Matcher fraction = FRACTION.matcher(given);
      if (fraction.matches()) {
        return new CycleTime(Long.parseLong(fraction.group(1)), Long.parseLong(fraction.group(2)));
      }
      OptionalLong cycleNs = time(given, "cycle ");
      return cycleNs.isPresent() ? CycleTime.ofNanoseconds(cycleNs.getAsLong()) : fallback;
    } catch (IllegalArgumentException e) {
      String what = given == null ? "the sum of the intervals" : "cycle=" + Problems.shown(given);
      problem(what + " can't be the cycle: " + e.getMessage());
      return fallback;
    }
  }

  private long timeOption(String name, long max) {
    String given = options.get(name);
    if (given == null) {
      return 0;
    }
    long timeNs = time(given, name + " ").orElse(0);
    if (timeNs > max) {
      problem(name + " is " + given + "; give " + max + "ns at most");
      return 0;
    }
    return timeNs;
  }

  private OptionalLong time(String text, String what) {
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      problem(
          what
              + "is "
              + Problems.shown(text)
              + "; write a whole number and ns, us, ms or s: 200us");
      return OptionalLong.empty();
    }
    long factor =
        switch (matcher.group(2)) {
          case "ns" -> 1;
          case "ms" -> 1_000_000;
          case "s" -> 1_000_000_000;
          default -> 1_000;
        };
    try {
      return OptionalLong.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), factor));
    } catch (ArithmeticException e) {
      problem(what + "is " + text + "; give " + Long.MAX_VALUE + "ns at most");
      return OptionalLong.empty();
    }
  }

  private void problem(String message) {
    problems.add(message);
  }
}
