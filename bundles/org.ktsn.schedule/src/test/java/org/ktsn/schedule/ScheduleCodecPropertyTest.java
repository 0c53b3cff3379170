package org.ktsn.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateOperation;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.ScheduleException;

/** Whatever comes in, parameters or a {@link ScheduleException} come out. */
class ScheduleCodecPropertyTest {
  private static final String SHORT = "base=5s cycle=1/3000s T 200us 7; B 800us 0-6,1 # x\nC 1ms -";
  private static final List<GateOperation> OPERATIONS = List.of(GateOperation.values());
  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\u",
    "\\",
    "null",
    "true",
    "-1",
    "1e9",
    "0",
    "255",
    "256",
    "99999999999999999999",
    "\u0000",
    "\ud800",
    ";",
    "#",
    "=",
    "-",
    "/",
    "ns",
    "s",
    "\n",
    "gate-enabled",
    "\"index\":10,",
    "admin-control-list",
    "'",
    "NaN",
    "//",
    "\"\":"
  };

  private final YangScheduleCodec codec = new YangScheduleCodec();

  @Property(tries = 20_000, shrinking = ShrinkingMode.OFF)
  void shouldRefuseMutatedDocumentsOnlyWithAScheduleException(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder text =
        new StringBuilder(random.nextInt(4) == 0 ? SHORT : YangScheduleCodecTest.EXAMPLE);
    for (int i = random.nextInt(8); i >= 0 && !text.isEmpty(); i--) {
      mutate(text, random);
    }
    decodes(text.toString(), 1 + random.nextInt(8));
  }

  @Property(tries = 2_000)
  void shouldRefuseAnyTextOnlyWithAScheduleException(@ForAll String text) {
    decodes(text, 8);
    decodes("{" + text, 8);
    decodes("T 1us " + text, 8);
  }

  @Property(tries = 1_000, shrinking = ShrinkingMode.OFF)
  void shouldReadBackWhatItWrites(@ForAll long seed) {
    Random random = new Random(seed);
    GateParameters parameters = parameters(random);
    assertEquals(parameters, codec.decode(codec.encode(parameters, "eth\u00e9\"\\" + seed), 8));
  }

  private void decodes(String text, int trafficClasses) {
    try {
      GateParameters parameters = codec.decode(text, trafficClasses);
      assertEquals(parameters, codec.decode(codec.encode(parameters, "x"), 8));
    } catch (ScheduleException e) {
      assertFalse(e.problems().isEmpty());
    }
  }

  private static void mutate(StringBuilder text, Random random) {
    int at = random.nextInt(text.length());
    int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 2 : 40));
    switch (random.nextInt(5)) {
      case 0 -> text.delete(at, end);
      case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
      case 2 -> text.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
      case 3 -> text.insert(random.nextInt(text.length()), text.substring(at, end));
      default -> text.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 0x10000));
    }
  }

  private static GateParameters parameters(Random random) {
    List<GateControlEntry> list = new ArrayList<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      GateOperation operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
      list.add(new GateControlEntry(operation, random.nextInt(256), random.nextLong(1L << 32)));
    }
    List<Integer> maxSdu = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      maxSdu.add(random.nextBoolean() ? 0 : random.nextInt(65_536));
    }
    long denominator = 1 + random.nextLong((1L << 32) - 1);
    long numerator = Math.clamp(denominator * random.nextInt(1, 9_000) / 1_000, 1, (1L << 32) - 1);
    boolean plausible = numerator * 1_000_000 > denominator;
    return new GateParameters(
        random.nextBoolean(),
        random.nextInt(256),
        list,
        plausible ? new CycleTime(numerator, denominator) : CycleTime.ofNanoseconds(125_000),
        random.nextLong(1L << 32),
        random.nextLong(Long.MAX_VALUE),
        maxSdu);
  }
}
