package org.ktsn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.cli.Control;
import picocli.CommandLine;

class DemoCommandTest {
  private final StringWriter complaint = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--frames 0          | --frames 0 is out of range: give 1 to 5000000.",
        "--size 15           | --size 15 is out of range: give 16 to 1472.",
        "--size 1473         | --size 1473 is out of range: give 16 to 1472.",
        "--period-us 9       | --period-us 9 is out of range: give 10 to 1000000.",
        "--period-us 1000001 | --period-us 1000001 is out of range: give 10 to 1000000.",
        "--lead-us -1        | --lead-us -1 is out of range: give 0 to 1000000.",
        "--priority 8        | --priority 8 is out of range: give 0 to 7.",
        "--period-us 9223372036854775807 | is out of range",
        "--schedule /no/file | The schedule file /no/file can't be read",
        "--json /no/dir/file | --json /no/dir/file can't be written",
        "--runtime docker    | --runtime docker is not known: give one of netns, containerd, podman.",
        "--frames many       | Invalid value for option '--frames'",
        "--fast              | Unknown option: '--fast'",
      })
  void shouldSayInASentenceWhatIsWrongWithAnOption(String options, String sentence) {
    assertTrue(run(options.split(" ", -1)) != 0);
    assertTrue(complaint.toString().contains(sentence), complaint.toString());
  }

  @Test
  void shouldAskForTheEnvironmentThatItNeeds() {
    assertEquals(1, run());
    assertEquals(
        "ktsn demo: KTSN_RUN is not set; run this as './ktsn demo' does.\n", complaint.toString());
  }

  private int run(String... options) {
    Control control = command -> "";
    return new CommandLine(new DemoCommand(environment -> control, Map.of()))
        .setErr(new PrintWriter(complaint, true))
        .execute(options);
  }
}
