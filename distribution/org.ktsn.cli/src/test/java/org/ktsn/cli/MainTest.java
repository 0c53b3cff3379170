package org.ktsn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class MainTest {
  private final CommandLine line = Main.commandLine();

  @Test
  void shouldOfferAllSubcommands() {
    Set<String> names = line.getSubcommands().keySet();

    assertTrue(
        names.containsAll(
            List.of("help", "shell", "status", "pod", "schedule", "psfp", "demo", "bench")),
        names.toString());
  }

  @Test
  void shouldLeaveTheOptionsOfAShellCommandToIt() {
    ParseResult shell = line.parseArgs("shell", "ktsn:pods", "--json").subcommand();

    assertEquals(List.of("ktsn:pods", "--json"), shell.matchedPositionalValue(0, List.of()));
  }

  @Test
  void shouldExplainAMistakeInASentenceAndFail() {
    StringWriter error = new StringWriter();
    line.setErr(new PrintWriter(error));

    assertEquals(2, line.execute("pod", "add"));
    assertTrue(error.toString().startsWith("Missing required parameter: 'NAME'"), error.toString());
    assertEquals(2, line.execute("nosuch"));
    assertEquals(2, line.execute("pod", "add", "a", "--nosuch"));
  }
}
