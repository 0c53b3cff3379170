package org.ktsn.clock.ptp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ManagementCodecTest {
  private static final String HEAD =
      "0000000000000000000000000000005e5647fffe76840600000007047f010203040506070800630000020000";

  // What ptp4l 3.1.1 answered to GETs of clock 01…08, port 99, with sequence 7.
  private static final String DEFAULT =
      "0d02004a00" + HEAD + "010016200003000001c8fffeffff805e5647fffe7684060000";
  private static final String CURRENT =
      "0d02004800" + HEAD + "01001420010001fffffffffd90000000000000068b0000";
  private static final String TIME_STATUS =
      "0d02006800"
          + HEAD
          + "010034c000fffffffffffffc4b18ea54194f9b7e3a"
          + "0000000000000000000000000000000000000000000000000001fe2abffffe942464";
  private static final String REFUSED = "0d02003c00" + HEAD + "0200080002200400000000";

  private static ManagementMessage decode(String hex) {
    byte[] octets = HexFormat.of().parseHex(hex);
    return ManagementCodec.decode(octets, octets.length);
  }

  private static DataSet dataSet(String hex) {
    return ((ManagementTlv.Content) decode(hex).tlv()).dataSet();
  }

  @Test
  void shouldReadWhatAnswersSayOfThemselves() {
    ManagementMessage message = decode(DEFAULT);
    assertEquals(0, message.transportSpecific());
    assertEquals(ManagementAction.RESPONSE, message.action());
    assertEquals(7, message.sequenceId());
    assertEquals("5e5647.fffe.768406-0", message.source().toString());
    assertEquals(new PortIdentity(0x0102030405060708L, 99), message.target());
  }

  @Test
  void shouldReadDataSets() {
    assertEquals(
        new DefaultDataSet(3, 1, 200, 255, 0xfe, 0xffff, 128, 0x5e5647fffe768406L, 0),
        dataSet(DEFAULT));
    CurrentDataSet current = (CurrentDataSet) dataSet(CURRENT);
    assertEquals(1, current.stepsRemoved());
    assertEquals(-624, current.offsetFromMasterNs());
    assertEquals(1675, current.meanPathDelayNs());
    TimeStatus time = (TimeStatus) dataSet(TIME_STATUS);
    assertEquals(-949, time.masterOffsetNs());
    assertEquals(1795339869147070010L, time.ingressTimeNs());
    assertEquals(1, time.gmPresent());
    assertEquals("fe2abf.fffe.942464", PortIdentity.clock(time.gmIdentity()));
  }

  @Test
  void shouldReadRefusals() {
    assertEquals(new ManagementTlv.Refusal(2, 0x2004), decode(REFUSED).tlv());
  }

  @ParameterizedTest
  @ValueSource(strings = {DEFAULT, CURRENT, TIME_STATUS, REFUSED})
  void shouldWriteTheSameOctetsAgain(String hex) {
    assertEquals(hex, HexFormat.of().formatHex(ManagementCodec.encode(decode(hex))));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 32767, 32768, -32768, -32769, 65536, Long.MAX_VALUE})
  void shouldRoundTimeIntervals(long interval) {
    assertEquals(
        Math.floorDiv(interval, 65536) + (Math.floorMod(interval, 65536) >= 32768 ? 1 : 0),
        Octets.nanoseconds(interval));
  }

  @Test
  void shouldSayWhatIsWrongWithOtherOctets() {
    assertRefused("", "ends within a field");
    assertRefused("0d02", "ends within a field");
    assertRefused("00" + DEFAULT.substring(2), "type 0");
    assertRefused("0d01" + DEFAULT.substring(4), "version 1");
    assertRefused("0d02ffff" + DEFAULT.substring(8), "length 65535");
    assertRefused("0d02000a" + DEFAULT.substring(8), "length 10");
    assertRefused(DEFAULT.substring(0, 140), "length 74");
    assertRefused(DEFAULT.replace("020000010016", "020000010080"), "TLV has length 128");
    assertRefused(DEFAULT.replace("020000010016", "020000010002"), "ends within a field");
    assertRefused(DEFAULT.replace("020000010016", "020000090016"), "TLV is of type 9");
    assertRefused(DEFAULT.replace("020000010016", "090000010016"), "action 9");
  }

  private static void assertRefused(String hex, String why) {
    String message = assertThrows(MalformedMessageException.class, () -> decode(hex)).getMessage();
    assertTrue(message.contains(why), message);
  }

  @Test
  void shouldAcceptTheVersionOctetOfLaterReleases() {
    assertEquals(0x12, decode("0d12" + DEFAULT.substring(4)).version());
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "04", "ff"})
  void shouldIgnoreTheControlField(String control) {
    String question = DEFAULT.substring(0, 64) + control + DEFAULT.substring(66);
    assertEquals(decode(DEFAULT), decode(question));
  }

  @Property(tries = 300)
  void shouldReadWhatItWrites(@ForAll("messages") ManagementMessage message) {
    byte[] octets = ManagementCodec.encode(message);
    assertEquals(message, ManagementCodec.decode(octets, octets.length));
    assertArrayEquals(
        octets, ManagementCodec.encode(ManagementCodec.decode(octets, octets.length)));
  }

  @Property
  void shouldSurviveAnyOctets(@ForAll @Size(max = 200) byte[] octets) {
    readOrRefuse(octets);
  }

  @Property(tries = 300)
  void shouldSurviveDamagedAnswers(
      @ForAll("messages") ManagementMessage message,
      @ForAll @IntRange(max = 119) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 120) int length) {
    byte[] octets = ManagementCodec.encode(message);
    octets[at % octets.length] = value;
    readOrRefuse(octets);
    readOrRefuse(Arrays.copyOf(octets, length));
  }

  private static void readOrRefuse(byte[] octets) {
    try {
      assertTrue(ManagementCodec.decode(octets, octets.length).domainNumber() >= 0);
    } catch (MalformedMessageException e) {
      assertTrue(e.getMessage().length() > 10, e.getMessage());
    }
  }

  @Provide
  Arbitrary<ManagementMessage> messages() {
    Arbitrary<PortIdentity> identities =
        Combinators.combine(Arbitraries.longs(), u16()).as(PortIdentity::new);
    return Combinators.combine(
            Arbitraries.integers().between(0, 15),
            u8().filter(version -> version % 16 == 2),
            u8(),
            identities,
            u16(),
            identities,
            Arbitraries.of(ManagementAction.values()),
            tlvs())
        .filter(
            (ts, version, domain, source, sequence, target, action, tlv) ->
                (action == ManagementAction.GET) == tlv instanceof ManagementTlv.Query
                    || tlv instanceof ManagementTlv.Refusal)
        .as(
            (ts, version, domain, source, sequence, target, action, tlv) ->
                new ManagementMessage(
                    ts, version, domain, source, sequence, target, 0, 1, action, tlv));
  }

  private static Arbitrary<Integer> u8() {
    return Arbitraries.integers().between(0, 255);
  }

  private static Arbitrary<Integer> u16() {
    return Arbitraries.integers().between(0, 65535);
  }

  private static Arbitrary<ManagementTlv> tlvs() {
    Arbitrary<ManagementTlv> queries =
        Combinators.combine(u16(), Arbitraries.integers().between(0, 70))
            .as(ManagementTlv.Query::new);
    Arbitrary<ManagementTlv> refusals =
        Combinators.combine(u16(), u16()).as(ManagementTlv.Refusal::new);
    Arbitrary<Long> longs = Arbitraries.longs();
    Arbitrary<Integer> ints = Arbitraries.integers();
    Arbitrary<DataSet> current = Combinators.combine(u16(), longs, longs).as(CurrentDataSet::new);
    Arbitrary<DataSet> time =
        Combinators.combine(longs, longs, ints, ints, u16(), u16(), longs, ints)
            .as((a, b, c, d, e, f, g, h) -> new TimeStatus(a, b, c, d, e, f, g, 7, h, a));
    Arbitrary<DataSet> properties =
        Combinators.combine(Arbitraries.integers().between(-32768, 32767), u8(), u8())
            .as(TimePropertiesDataSet::new);
    Arbitrary<DataSet> port =
        Combinators.combine(longs, u16(), u8(), longs, Arbitraries.bytes())
            .as(
                (a, b, c, d, e) ->
                    new PortDataSet(new PortIdentity(a, b), c, e, d, e, c, e, c, e, c));
    Arbitrary<DataSet> parent =
        Combinators.combine(longs, u16(), u8(), ints, longs)
            .as(
                (a, b, c, d, e) ->
                    new ParentDataSet(new PortIdentity(a, b), c, b, d, c, c, c, b, c, e));
    Arbitrary<DataSet> all =
        Combinators.combine(u8(), u16(), longs)
            .as((a, b, c) -> new DefaultDataSet(a, b, a, a, a, b, a, c, a));
    Arbitrary<DataSet> subscriptions =
        Combinators.combine(u16(), Arbitraries.integers().between(0, 511))
            .as((duration, event) -> new EventSubscription(duration, Set.of(event)));
    Arbitrary<ManagementTlv> contents =
        Arbitraries.oneOf(current, time, properties, port, parent, all, subscriptions)
            .map(ManagementTlv.Content::new);
    return Arbitraries.oneOf(queries, refusals, contents);
  }
}
