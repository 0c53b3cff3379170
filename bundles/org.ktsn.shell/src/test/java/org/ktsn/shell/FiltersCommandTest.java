package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.stats.FilterStatus;

/** {@code ktsn:filters} for people and for programs. */
final class FiltersCommandTest {
  private final FakeDataplane dataplane = new FakeDataplane();
  private final FiltersCommand filters = new FiltersCommand();

  FiltersCommandTest() {
    filters.dataplane = dataplane;
  }

  private String run(String... arguments) {
    return (String) filters.execute(null, List.of((Object[]) arguments));
  }

  private void some() {
    StatusTable pods =
        new StatusTable(
            "pods",
            List.of("pod", "idle_slope_bits_per_second", "waits"),
            List.of(List.of("talker", 10_000_000L, true), List.of("camera", 1_000L, false)));
    StatusTable empty = new StatusTable("meters", List.of("name"), List.of());
    dataplane.filters =
        List.of(
            new FilterStatus("meter", 100, "org.example.meter", "it is broken", List.of()),
            new FilterStatus("credit", 900, "org.ktsn.filter.credit", "", List.of(pods, empty)));
  }

  @Test
  void shouldShowTheLineWhyOneIsNotAtWorkAndWhatTheOthersSay() {
    some();
    assertEquals(
        """
        FILTER  ORDER  AT WORK  BUNDLE
        meter   100    no       org.example.meter
        credit  900    yes      org.ktsn.filter.credit

        meter is not at work: it is broken

        credit, pods:
        pod     idle_slope_bits_per_second  waits
        talker  10000000                    true
        camera  1000                        false
        """,
        run());
  }

  @Test
  void shouldWriteTheSameForPrograms() {
    some();
    assertEquals(
        """
        [
          {
            "name": "meter",
            "order": 100,
            "bundle": "org.example.meter",
            "at_work": false,
            "problem": "it is broken",
            "tables": {}
          },
          {
            "name": "credit",
            "order": 900,
            "bundle": "org.ktsn.filter.credit",
            "at_work": true,
            "tables": {
              "pods": [
                {
                  "pod": "talker",
                  "idle_slope_bits_per_second": 10000000,
                  "waits": true
                },
                {
                  "pod": "camera",
                  "idle_slope_bits_per_second": 1000,
                  "waits": false
                }
              ],
              "meters": []
            }
          }
        ]
        """,
        run("--json"));
  }

  @Test
  void shouldShowAnEmptyLine() {
    assertEquals("FILTER  ORDER  AT WORK  BUNDLE\n", run());
    assertEquals("[]\n", run("--json"));
  }
}
