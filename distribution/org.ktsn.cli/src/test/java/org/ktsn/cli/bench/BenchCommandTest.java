package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ktsn.cli.Control;

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
        "overlay --frames 9     | --frames 9 is out of range: give 10 to 1000000.",
        "overlay --announced 1  | --announced 1 is out of range: give 2 to 1000.",
        "overlay --announced 1000 --pods 200 | --pods 200 is out of range: give fewer, 199000 on all",
        "overlay --listener-processor 5000 | --listener-processor 5000 is out of range: give 0 to",
        "overlay --changes 0    | --changes 0 is out of range: give 1 to 1000.",
        "overlay --rounds 101   | --rounds 101 is out of range: give 1 to 100.",
        "classes --frames 999   | --frames 999 is out of range: give 1000 to 5000000.",
        "classes --rate-mbit 4  | --rate-mbit 4 is out of range: give 5 to 1000.",
        "classes --load 96      | --load 96 is out of range: give 1 to 95.",
        "classes --change --frames 9999 | --frames 9999 is out of range: give 10000 or more where",
        "throughput --port dpdk | --port is 'dpdk': give ovs or null.",
        "throughput --port null --spin 40 | --spin and --port null do not go together.",
        "throughput --family ipx | --family is 'ipx': give ipv4, ipv6 or packet.",
        "throughput --port null --reports | --family and --reports go together with neither --spin",
        "throughput --rates 100001 | --rates 100001 is out of range: give 1 to 100000 for a pod.",
        "cni --count 7          | --count 7 is out of range: give 8 to 10000.",
        "cost --turns 0         | --turns 0 is out of range: give 1 to 10000.",
        "cost --size 1473       | --size 1473 is out of range: give 0 to 1472.",
        "--json x               | Unknown options: '--json', 'x'",
        "hostile --seconds 0    | --seconds 0 is out of range: give 1 to 3600.",
        "speed                  | Unmatched argument at index 0: 'speed'",
      })
  void shouldSayInASentenceWhatIsWrong(String arguments, String sentence) {
    assertTrue(run(arguments.split(" ", -1)).contains(sentence), run(arguments.split(" ", -1)));
  }

  @Test
  void shouldAskWhatToMeasure() {
    assertEquals(
        "bench needs to know what to measure: launcher, latency, overlay, throughput, swap, police,"
            + " hostile, mqtt, outages, planner, classes, cni or cost.",
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
