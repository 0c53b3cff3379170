package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Programs that wait to hear what became of their datagrams, by the error queue and poll, as they
 * do with the kernel. {@code reports.py} is such a program.
 */
@ExtendWith(Node.class)
final class ReportsSystemTest {
  private static final Path REPORTS = Node.ROOT.resolve("itests/src/test/python/reports.py");
  private static final int COUNT = 10;
  private static final int FRAME_OCTETS = 14 + 20 + 8 + 64;

  /** However busy the machine is. */
  private static final long MOST_LATE_NS = 2_000_000_000L;

  private static List<String> run(String what) {
    return Node.node()
        .exec(
            "alice",
            "/usr/bin/python3",
            REPORTS.toString(),
            what,
            "4",
            Node.node().bob(),
            String.valueOf(COUNT))
        .end(60)
        .expect(0)
        .out()
        .lines()
        .toList();
  }

  @Test
  void shouldTellAProgramWhenEachOfItsDatagramsLeft() {
    long before = Node.node().received();
    List<String> told = run("stamps");
    assertEquals(COUNT + 1, told.size(), told.toString());
    for (int i = 0; i < COUNT; i++) {
      String[] words = told.get(i).split(" ", -1);
      assertEquals(i, Integer.parseInt(words[0]), told.toString());
      long lateNs = Long.parseLong(words[1]);
      assertTrue(lateNs >= 0 && lateNs < MOST_LATE_NS, told.toString());
    }
    assertEquals("quiet", told.getLast());
    assertEquals(before + COUNT + 1, Node.node().received(), "all went through KTSNd");
  }

  @Test
  void shouldShowAProgramWhichOfItsFramesCameTooLate() {
    List<String> expected =
        IntStream.range(0, COUNT)
            .filter(number -> number % 2 == 1)
            .mapToObj(number -> number + " 1 " + FRAME_OCTETS)
            .toList();
    List<String> told = run("errors");
    assertEquals("quiet", told.getLast());
    assertEquals(expected, told.subList(0, told.size() - 1));
  }
}
