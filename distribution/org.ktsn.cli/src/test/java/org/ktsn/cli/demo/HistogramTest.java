package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.ktsn.cli.demo.Histogram.Series;

class HistogramTest {
  private static final Pattern SHARE = Pattern.compile("(\\d+\\.\\d\\d) %");

  @Test
  void shouldDrawOneLineForEachClassOfDurations() {
    List<String> lines =
        new Histogram(false)
            .draw(List.of(new Series("latency", new long[] {20_000, 21_000, 40_000, 30_000})));
    assertEquals("           latency", lines.get(0));
    assertEquals(
        "    18 us  " + "#".repeat(58) + "  50.00 %", lines.get(1), "the most frequent is longest");
    assertEquals("    22 us", lines.get(2).stripTrailing());
    assertEquals("    27 us  " + "#".repeat(29) + " ".repeat(31) + "25.00 %", lines.get(3));
    assertEquals(6, lines.size());
  }

  @Test
  void shouldDrawTwoDistributionsSideBySide() {
    List<String> lines =
        new Histogram(true)
            .draw(
                List.of(
                    new Series("KTSNd", new long[] {1, 1, 1, 1}),
                    new Series("native loop", new long[] {1, 1, 2, 2})));
    assertEquals("           KTSNd                          native loop", lines.get(0));
    assertTrue(lines.get(1).contains("█".repeat(20) + " 100.00 %  " + "█".repeat(10) + "  "));
  }

  @Test
  void shouldDrawNothingWhereNothingWasMeasured() {
    assertEquals(List.of(), new Histogram(true).draw(List.of(new Series("latency", new long[0]))));
  }

  @Property(tries = 200)
  void shouldFitATerminalAndShowEveryValue(
      @ForAll @Size(min = 1, max = 200) @LongRange(max = 20_000_000_000L) long[] one,
      @ForAll @Size(min = 1, max = 200) @LongRange(max = 2000) long[] other,
      @ForAll boolean unicode) {
    List<String> lines =
        new Histogram(unicode)
            .draw(List.of(new Series("one", one), new Series("a longer name", other)));
    assertTrue(lines.size() <= 17, "lines: " + lines.size());
    double shares = 0;
    for (String line : lines) {
      assertTrue(line.length() <= 79, line);
      assertTrue(unicode || StandardCharsets.US_ASCII.newEncoder().canEncode(line), line);
      for (Matcher share = SHARE.matcher(line); share.find(); ) {
        shares += Double.parseDouble(share.group(1));
      }
    }
    assertEquals(200, shares, 0.3);
  }
}
