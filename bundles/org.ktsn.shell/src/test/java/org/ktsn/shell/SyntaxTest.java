package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SyntaxTest {
  private final Syntax podAdd = new Syntax(PodAddCommand.USAGE);

  @Test
  void shouldSortOperandsOptionsAndFlags() {
    Arguments given =
        podAdd.read(List.of("--address", "10.77.0.5/16", "talker", "--json", "--interface", "t0"));

    assertEquals(List.of("talker"), given.operands());
    assertEquals(Optional.of("10.77.0.5/16"), given.option("--address"));
    assertEquals(Optional.of("t0"), given.option("--interface"));
    assertEquals(Optional.empty(), given.option("--netns"));
    assertTrue(given.json());
  }

  @Test
  void shouldTakeEverythingBehindTwoDashesAsOperands() {
    Arguments given = podAdd.read(List.of("--", "--json"));

    assertEquals(List.of("--json"), given.operands());
    assertFalse(given.json());
  }

  @Test
  void shouldTakeValuesThatAreNotStrings() {
    Arguments given = new Syntax(TraceStartCommand.USAGE).read(List.of("file", 42L));

    assertEquals("42", given.operand(1));
  }

  @Test
  void shouldJoinWhatFollows() {
    Arguments given =
        new Syntax(ScheduleSetCommand.USAGE).read(List.of("-", "T", "300us", "7;", "B"));

    assertEquals("-", given.operand(0));
    assertEquals("T 300us 7; B", given.rest(1));
  }

  @Test
  void shouldNameTheUsageWhenAnArgumentIsMissing() {
    assertEquals(
        "an argument is missing; usage: ktsn:" + PodAddCommand.USAGE, refusal(podAdd, List.of()));
    assertEquals(
        "1 of 2 arguments are given; usage: ktsn:" + TraceStartCommand.USAGE,
        refusal(new Syntax(TraceStartCommand.USAGE), List.of("file")));
  }

  @Test
  void shouldRefuseWhatItDoesNotKnow() {
    assertTrue(refusal(podAdd, List.of("a", "b")).startsWith("'b' is one argument too many"));
    assertTrue(refusal(podAdd, List.of("a", "--jason")).startsWith("there is no option '--jason'"));
    assertTrue(
        refusal(podAdd, List.of("a", "--netns")).startsWith("the option --netns needs a value"));
    assertTrue(
        refusal(podAdd, List.of("a", "--mac", "x", "--mac", "y"))
            .startsWith("the option --mac is given twice"));
  }

  private static String refusal(Syntax syntax, List<?> arguments) {
    return assertThrows(CommandException.class, () -> syntax.read(arguments)).getMessage();
  }
}
