package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class YardstickTest {
  @Test
  void shouldReadTheStepsInTheirOrder() {
    Yardstick yardstick = Yardstick.of("ring 12.4\nstack 30.6\nsum 43.0\n");
    assertEquals("the same in one loop in C, in ns: ring 12, stack 31, sum 43", yardstick.line());
    assertEquals("{\"ring\":12.4,\"stack\":30.6,\"sum\":43.0}", yardstick.toJson().toString());
  }
}
