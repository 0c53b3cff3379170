package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.itests.PolicingCase.Sent;

/** KTSN beside a real kernel, in a guest, which has what this machine's kernel may lack. */
final class KernelComparisonSystemTest {
  private static final int RANDOM_CASES = 16;

  private static Map<String, List<String>> printed;
  private static List<PolicingCase> policing;

  @BeforeAll
  static void bootTheGuest(@TempDir Path folder) throws IOException {
    Guest guest = new Guest();
    policing =
        Stream.of(
                PolicingCases.named().stream(),
                PolicingCases.differences().stream().map(PolicingCases.Difference::example),
                PolicingCases.random(RANDOM_CASES).stream())
            .flatMap(cases -> cases)
            .toList();
    Path table = folder.resolve("policing.cases");
    Files.writeString(
        table, String.join("", policing.stream().map(PolicingCase::forLinux).toList()));
    Contract.prepare(guest);
    printed =
        guest
            .with("police", Guest.program("police"))
            .with("policing.cases", table)
            .job("policing", "./police <policing.cases")
            .run();
  }

  /** What became of a frame, and between which instants. */
  private record Verdict(long beforeNs, long afterNs, boolean passed) {}

  /** What the guest says of a case. */
  private record Seen(long baseNs, long askedNs, List<Verdict> frames) {
    String passed() {
      return String.join("", frames.stream().map(frame -> frame.passed() ? "P" : "D").toList());
    }
  }

  @Test
  void shouldCompareOnNothingThatHangsOnTheMoment() {
    assertEquals(
        List.of(),
        policing.stream()
            .filter(one -> !PolicingCases.isClear(one))
            .map(PolicingCase::name)
            .toList());
  }

  @Test
  void shouldDecideOnFramesAsTheKernelsGatesAndPolicersDo() {
    Map<String, Seen> seen = seen();
    List<String> differences = new ArrayList<>();
    int passed = 0;
    int dropped = 0;
    for (PolicingCase one : policing) {
      if (PolicingCases.differences().stream().anyMatch(other -> other.example().equals(one))) {
        continue;
      }
      Seen linux = seen.get(one.name());
      String ktsn = ktsn(one, linux);
      if (!ktsn.equals(linux.passed())) {
        differences.add(one.name() + "\n  Linux " + linux.passed() + "\n  KTSN  " + ktsn);
      }
      passed += (int) ktsn.chars().filter(verdict -> verdict == 'P').count();
      dropped += (int) ktsn.chars().filter(verdict -> verdict == 'D').count();
    }
    assertEquals(List.of(), differences);
    assertTrue(passed > 400 && dropped > 400, passed + " passed, " + dropped + " dropped");
  }

  @Test
  void shouldDifferFromTheKernelWhereTheStandardSaysSo() {
    Map<String, Seen> seen = seen();
    for (PolicingCases.Difference difference : PolicingCases.differences()) {
      PolicingCase one = difference.example();
      Seen linux = seen.get(one.name());
      assertEquals(difference.linux(), linux.passed(), one.name());
      assertEquals(difference.ktsn(), ktsn(one, linux), one.name());
    }
  }

  @Test
  void shouldAnswerWithLibKtsnAsAKernelDoesThatHasEtf() {
    Contract.compare(printed.get("contract"), Contract.kernel(), Contract.library());
  }

  private static String ktsn(PolicingCase one, Seen linux) {
    PolicedLine line = new PolicedLine(one.forKtsn(linux.baseNs()), linux.askedNs());
    StringBuilder verdicts = new StringBuilder();
    Iterator<Verdict> verdict = linux.frames().iterator();
    for (Sent frame : one.frames()) {
      verdicts.append(
          line.passes(frame.stream(), frame.octets(), verdict.next().beforeNs()) ? 'P' : 'D');
    }
    return verdicts.toString();
  }

  private static Map<String, Seen> seen() {
    Map<String, Seen> all = new java.util.LinkedHashMap<>();
    Iterator<PolicingCase> cases = policing.iterator();
    PolicingCase one = null;
    long baseNs = 0;
    long askedNs = 0;
    List<Verdict> frames = List.of();
    for (String line : printed.get("policing")) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "case" -> {
          one = cases.next();
          assertEquals("case " + one.name(), line);
          frames = new ArrayList<>();
        }
        case "base" -> baseNs = Long.parseLong(words[1]);
        case "asked" -> askedNs = Long.parseLong(words[2]);
        case "frame" -> {
          frames.add(
              new Verdict(
                  Long.parseLong(words[2]), Long.parseLong(words[3]), words[4].equals("passed")));
          if (frames.size() == one.frames().size()) {
            all.put(one.name(), new Seen(baseNs, askedNs, frames));
          }
        }
        default -> throw new AssertionError("not understood: " + line);
      }
    }
    assertEquals(policing.size(), all.size());
    return all;
  }
}
