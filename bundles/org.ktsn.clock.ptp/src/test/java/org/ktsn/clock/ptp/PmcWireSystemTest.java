package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ktsn.foreign.UnixDatagram;

/** Octet for octet against pmc, in both directions: its questions, and what it makes of answers. */
final class PmcWireSystemTest {
  /**
   * What pmc is to subscribe to. It takes as many of the values as its version knows, and wants all
   * of those since linuxptp 4.
   */
  private static final String SUBSCRIPTION =
      "SET SUBSCRIBE_EVENTS_NP duration 60 NOTIFY_PORT_STATE on NOTIFY_TIME_SYNC off"
          + " NOTIFY_PARENT_DATA_SET off NOTIFY_CMLDS off";

  @TempDir static Path directory;

  /** What pmc sent for one command, in hexadecimal, and what it printed of our answer. */
  private record Exchange(String question, String printed) {
    ManagementMessage message() {
      byte[] octets = HexFormat.of().parseHex(question);
      return ManagementCodec.decode(octets, octets.length);
    }
  }

  @BeforeAll
  static void need() {
    Programs.need();
  }

  private static Exchange exchange(DataSet answer, String... options) throws IOException {
    Path daemon = directory.resolve("daemon");
    Path client = directory.resolve("client");
    Path output = Files.createTempFile(directory, "pmc", ".log");
    List<String> words =
        new ArrayList<>(List.of("pmc", "-u", "-s", daemon.toString(), "-i", client.toString()));
    words.addAll(List.of(options));
    byte[] buffer = new byte[ManagementCodec.LONGEST];
    try (UnixDatagram socket = UnixDatagram.bind(daemon, 0660, buffer.length)) {
      Process pmc = Programs.start(output, words.toArray(String[]::new));
      int[] octets = {UnixDatagram.NOTHING};
      Eventually.holds(
          "a question of pmc", () -> (octets[0] = socket.receive(buffer)) != UnixDatagram.NOTHING);
      byte[] question = Arrays.copyOf(buffer, octets[0]);
      ManagementMessage asked = ManagementCodec.decode(question, question.length);
      byte[] response =
          ManagementCodec.encode(
              new ManagementMessage(
                  asked.transportSpecific(),
                  2,
                  asked.domainNumber(),
                  new PortIdentity(Samples.SELF, 1),
                  asked.sequenceId(),
                  asked.source(),
                  0,
                  0,
                  ManagementAction.RESPONSE,
                  new ManagementTlv.Content(answer)));
      assertEquals(UnixDatagram.SENT, socket.send(response, client));
      Eventually.holds("the end of pmc", () -> !pmc.isAlive());
      return new Exchange(HexFormat.of().formatHex(question), Files.readString(output));
    }
  }

  /** Asserts that pmc sent the octets that we send. */
  private static void assertSame(Exchange exchange, ManagementMessage ours) {
    SameMessage.assertSame(
        HexFormat.of().parseHex(exchange.question()), ManagementCodec.encode(ours));
  }

  private static DataSet sample(ManagementId id) {
    return Samples.slave(-893, 1_795_339_849_481_040_775L).dataSet(id, 1);
  }

  @ParameterizedTest
  @EnumSource(ManagementId.class)
  void shouldAskAsPmcAsks(ManagementId id) throws IOException {
    Exchange exchange = exchange(sample(id), "-b", "0", "GET " + id);
    ManagementMessage pmc = exchange.message();
    ManagementMessage ours =
        new ManagementMessage(
            0,
            pmc.version(),
            0,
            pmc.source(),
            pmc.sequenceId(),
            PortIdentity.ANY,
            0,
            0,
            ManagementAction.GET,
            new ManagementTlv.Query(id.value(), padding(id, pmc)));
    assertSame(exchange, ours);
  }

  /** How many zeros pmc sends with a question; with this one of its own linuxptp 3 sends none. */
  private static int padding(ManagementId id, ManagementMessage pmc) {
    boolean none =
        id == ManagementId.SUBSCRIBE_EVENTS_NP
            && pmc.tlv() instanceof ManagementTlv.Query query
            && query.meaninglessOctets() == 0;
    return none ? 0 : id.octets();
  }

  @ParameterizedTest
  @EnumSource(ManagementId.class)
  void shouldAskAsPmcAsksWithoutData(ManagementId id) throws IOException {
    Exchange exchange = exchange(sample(id), "-z", "-b", "1", "-d", "24", "-t", "1", "GET " + id);
    ManagementMessage pmc = exchange.message();
    assertEquals(2 * 54, exchange.question().length());
    ManagementMessage ours =
        new ManagementMessage(
            1,
            pmc.version(),
            24,
            pmc.source(),
            pmc.sequenceId(),
            PortIdentity.ANY,
            1,
            1,
            ManagementAction.GET,
            new ManagementTlv.Query(id.value(), 0));
    assertSame(exchange, ours);
  }

  @Test
  void shouldSubscribeAsPmcSubscribes() throws IOException {
    Exchange exchange = exchange(sample(ManagementId.SUBSCRIBE_EVENTS_NP), "-b", "0", SUBSCRIPTION);
    ManagementMessage pmc = exchange.message();
    ManagementMessage ours =
        new ManagementMessage(
            0,
            pmc.version(),
            0,
            pmc.source(),
            pmc.sequenceId(),
            PortIdentity.ANY,
            0,
            0,
            ManagementAction.SET,
            new ManagementTlv.Content(
                new EventSubscription(60, Set.of(EventSubscription.PORT_STATE))));
    assertSame(exchange, ours);
  }

  @Test
  void shouldBeUnderstoodByPmc() throws IOException {
    printed(ManagementId.DEFAULT_DATA_SET, "clockIdentity", "5e5647.fffe.768406");
    printed(ManagementId.DEFAULT_DATA_SET, "priority1", "200");
    printed(ManagementId.CURRENT_DATA_SET, "offsetFromMaster", "-893.0");
    printed(ManagementId.CURRENT_DATA_SET, "meanPathDelay", "1577.0");
    printed(ManagementId.PARENT_DATA_SET, "grandmasterIdentity", "fe2abf.fffe.942464");
    printed(ManagementId.PARENT_DATA_SET, "gm.ClockClass", "248");
    printed(ManagementId.TIME_PROPERTIES_DATA_SET, "currentUtcOffset", "37");
    printed(ManagementId.PORT_DATA_SET, "portState", "SLAVE");
    printed(ManagementId.PORT_DATA_SET, "logSyncInterval", "-3");
    printed(ManagementId.TIME_STATUS_NP, "master_offset", "-893");
    printed(ManagementId.TIME_STATUS_NP, "ingress_time", "1795339849481040775");
    printed(ManagementId.SUBSCRIBE_EVENTS_NP, "NOTIFY_PORT_STATE", "on");
  }

  private static void printed(ManagementId id, String member, String value) throws IOException {
    String text = exchange(sample(id), "-b", "0", "GET " + id).printed();
    assertTrue(text.contains("RESPONSE MANAGEMENT " + id), text);
    assertEquals(value, Programs.value(text, member));
  }
}
