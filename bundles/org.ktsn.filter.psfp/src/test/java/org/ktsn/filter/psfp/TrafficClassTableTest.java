package org.ktsn.filter.psfp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;

class TrafficClassTableTest {
  private static final PortSchedule FOUR_CLASSES =
      new PortSchedule() {
        @Override
        public int trafficClasses() {
          return 4;
        }

        @Override
        public GateSchedule current() {
          return GateSchedule.open();
        }

        @Override
        public GateSchedule change(GateParameters parameters) {
          throw new AssertionError("nobody asked for another schedule");
        }
      };

  @Test
  void shouldMapPrioritiesAsTheNodeDoes() {
    TrafficClassTable table = new TrafficClassTable(FOUR_CLASSES, Map.of());
    assertEquals("0,0,1,1,2,2,3,3", table.get().toString());
    table.change(Map.of("pcp.to.class", "3,2,1,0,3,2,1,0", "shaper", "tas"));
    assertEquals("3,2,1,0,3,2,1,0", table.get().toString());
    table.change(Map.of("pcp.to.class", " "));
    assertEquals("0,0,1,1,2,2,3,3", table.get().toString());
  }

  @Test
  void shouldKeepToTheStandardsMappingWhereTheConfigurationIsWrong() {
    TrafficClassTable table =
        new TrafficClassTable(FOUR_CLASSES, Map.of("pcp.to.class", "9,9,9,9,9,9,9,9"));
    assertEquals("0,0,1,1,2,2,3,3", table.get().toString());
  }
}
