package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.ktsn.cli.bench.Blocks.Kind;

class BlocksTest {
  private final Blocks blocks = new Blocks(1000, 100, 2, 10);

  @Test
  void shouldBeQuietAndStormyByTurns() {
    assertEquals(Kind.QUIET, blocks.kind(1050));
    assertEquals(Kind.STORM, blocks.kind(1150));
    assertEquals(Kind.QUIET, blocks.kind(1250));
    assertEquals(Kind.STORM, blocks.kind(1350));
  }

  @Test
  void shouldCountNothingAroundAChange() {
    assertEquals(Kind.NEITHER, blocks.kind(1009));
    assertEquals(Kind.QUIET, blocks.kind(1010));
    assertEquals(Kind.QUIET, blocks.kind(1089));
    assertEquals(Kind.NEITHER, blocks.kind(1090));
    assertEquals(Kind.NEITHER, blocks.kind(1109));
  }

  @Test
  void shouldCountNothingBeforeAndAfter() {
    assertEquals(Kind.NEITHER, blocks.kind(950));
    assertEquals(-1, blocks.block(999));
    assertEquals(3, blocks.block(1399));
    assertEquals(-1, blocks.block(1400));
    assertEquals(Kind.NEITHER, blocks.kind(1450));
  }
}
