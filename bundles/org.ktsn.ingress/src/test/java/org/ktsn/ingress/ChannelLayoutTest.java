package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Compares every constant of {@link ChannelLayout} with what the C compiler makes of
 * ktsn_channel.h.
 */
final class ChannelLayoutTest {
  /** Java constants whose name in the header does not follow from their own. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("MAGIC", "KTSN_CHANNEL_MAGIC"),
          Map.entry("VERSION", "KTSN_CHANNEL_VERSION"),
          Map.entry("HELLO_OCTETS", "sizeof.ktsn_hello"),
          Map.entry("WELCOME_OCTETS", "sizeof.ktsn_welcome"),
          Map.entry("REFUSED_OCTETS", "sizeof.ktsn_refused"),
          Map.entry("RESOLVE_OCTETS", "sizeof.ktsn_resolve"),
          Map.entry("RING_HEADER_OCTETS", "KTSN_RING_HEADER_OCTETS"),
          Map.entry("SLOT_HEADER_OCTETS", "KTSN_SLOT_HEADER_OCTETS"),
          Map.entry("SLOT_FREE", "KTSN_SLOT_FREE"),
          Map.entry("SLOT_PUBLISHED", "KTSN_SLOT_PUBLISHED"),
          Map.entry("SLOT_ORPHANED", "KTSN_SLOT_ORPHANED"),
          Map.entry("STATUS_ACCEPTING", "KTSN_STATUS_ACCEPTING"),
          Map.entry("SLOT_LAUNCH_TIME", "ktsn_slot.launch_time_ns"),
          Map.entry("STATUS_DOORBELL_BEFORE", "ktsn_status.doorbell_before_ns"),
          Map.entry("FLAG_DEADLINE_MODE", "KTSN_SLOT_DEADLINE_MODE"),
          Map.entry("FLAG_REPORT_ERRORS", "KTSN_SLOT_REPORT_ERRORS"),
          Map.entry("FLAG_DONT_FRAGMENT", "KTSN_SLOT_DONT_FRAGMENT"),
          Map.entry("FLAG_NO_CHECKSUM", "KTSN_SLOT_NO_CHECKSUM"),
          Map.entry("FLAG_PAST_IS_NOW", "KTSN_SLOT_PAST_IS_NOW"),
          Map.entry("SLOT_SENT", "ktsn_slot.sent_ns"),
          Map.entry("REPORTS_OCTETS", "sizeof.ktsn_reports"),
          Map.entry("REPORT_OCTETS", "sizeof.ktsn_report"),
          Map.entry("REPORT_INSTANT", "ktsn_report.instant_ns"),
          Map.entry("KIND_INVALID", "KTSN_REPORT_INVALID"),
          Map.entry("KIND_MISSED", "KTSN_REPORT_MISSED"),
          Map.entry("KIND_SCHEDULED", "KTSN_REPORT_SCHEDULED"),
          Map.entry("KIND_SENT", "KTSN_REPORT_SENT"),
          Map.entry("TIMESTAMP_SCHED", "KTSN_SLOT_TX_SCHED"),
          Map.entry("TIMESTAMP_SOFTWARE", "KTSN_SLOT_TX_SOFTWARE"),
          Map.entry("TIMESTAMP_DATA", "KTSN_SLOT_TX_DATA"));

  @Test
  void shouldAgreeWithTheHeaderInEveryConstant() throws Exception {
    Map<String, BigInteger> header = dump();
    int compared = 0;
    for (Field field : ChannelLayout.class.getDeclaredFields()) {
      String name = field.getName();
      if (name.equals("FLAGS_KNOWN") || name.equals("STATUS_OCTETS")) {
        continue; // all flags together, and KTSNd's own choice
      }
      String inHeader = NAMES.getOrDefault(name, usualName(name));
      assertTrue(
          header.containsKey(inHeader),
          name + " stands for " + inHeader + ", which the header lacks");
      BigInteger java = new BigInteger(field.get(null).toString());
      if (java.signum() < 0) {
        java = java.add(BigInteger.ONE.shiftLeft(64));
      }
      assertEquals(header.get(inHeader), java, name);
      compared++;
    }
    assertTrue(compared > 40, "only " + compared + " constants were compared");
  }

  /** RING_CLAIM is ktsn_ring.claim; HELLO is KTSN_HELLO. */
  private static String usualName(String name) {
    int underscore = name.indexOf('_');
    return underscore < 0
        ? "KTSN_" + name
        : "ktsn_"
            + name.substring(0, underscore).toLowerCase(Locale.ROOT)
            + "."
            + name.substring(underscore + 1).toLowerCase(Locale.ROOT);
  }

  private static Map<String, BigInteger> dump() throws IOException {
    Path program = Path.of(System.getProperty("ktsn.root"), "shim/build/abi_dump");
    Process process = new ProcessBuilder(program.toString()).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    Map<String, BigInteger> values = new HashMap<>();
    text.lines()
        .map(line -> line.split(" ", -1))
        .forEach(pair -> values.put(pair[0], new BigInteger(pair[1])));
    return values;
  }
}
