package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.cli.demo.Control;

class BenchCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "launcher --seconds 1   | --seconds 1 is out of range: give 2 to 60.",
        "launcher --rounds 0    | --rounds 0 is out of range: give 1 to 100.",
        "launcher --rounds 100 --seconds 60 | --rounds 100 is out of range: give fewer, 4000 seconds",
        "launcher               | KTSN_RUN is not set",
        "latency --frames 9     | --frames 9 is out of range: give 10 to 1000000.",
        "latency --rounds 101   | --rounds 101 is out of range: give 1 to 100.",
        "--json x               | Unknown options: '--json', 'x'",
        "throughput             | Unmatched argument at index 0: 'throughput'",
      })
  void shouldSayInASentenceWhatIsWrong(String arguments, String sentence) {
    assertTrue(run(arguments.split(" ", -1)).contains(sentence), run(arguments.split(" ", -1)));
  }

  @Test
  void shouldAskWhatToMeasure() {
    assertEquals(
        "bench needs to know what to measure: launcher or latency.",
        run().lines().findFirst().orElseThrow());
  }

  private static String run(String... arguments) {
    StringWriter complaint = new StringWriter();
    Control control = command -> "";
    int code =
        BenchCommand.commandLine(environment -> control, Map.of())
            .setErr(new PrintWriter(complaint, true))
            .execute(arguments);
    assertTrue(code != 0);
    return complaint.toString();
  }
}
