package org.ktsn.stack.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.EncodedFrame;

final class PacketStackTest {
  private static final String OWN = "020000000002";
  private static final String FAR = "020000000003";
  private static final String AVTP = "22f0 0200 0102 0304";
  private static final String IPV4_OWN = "45000014 00004000 40110000 0a4d0002 0a4d0003";
  private static final String IPV4_FORGED = "45000014 00004000 40110000 0a4d0009 0a4d0003";
  private static final String IPV6_TARGET = "20010db8000000000000000000000003";
  private static final String IPV6_OWN = "20010db8000000000000000000000002";
  private static final String IPV6_FORGED = "20010db8000000000000000000000009";
  private static final int ROOM = 2048;

  private final MemorySegment buffer = Arena.ofAuto().allocate(ROOM + 1, 8);
  private final EncodedFrame out = new EncodedFrame();
  private final KnownEnds ends = new KnownEnds();
  private PacketStack stack = new PacketStack(EtherTypes.parse("any"), ends);

  @BeforeEach
  void attach() {
    buffer.fill((byte) 0xaa);
    ends.network(3, 7, 1500, 1);
    ends.attached(pod("10.77.0.2/16", "2001:db8::2/64"));
  }

  private static Pod pod(String... addresses) {
    return new Pod(
        "talker",
        3,
        Path.of("/run/netns/talker"),
        "tsn0",
        "v3",
        MacAddress.parse("02:00:00:00:00:02"),
        List.of(addresses),
        Path.of("/run/ktsn/app.sock"));
  }

  /** An odd address on purpose: a frame may begin anywhere. */
  private long address() {
    return buffer.address() + 1;
  }

  private byte[] written(int length) {
    return buffer.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private Verdict encode(TestFrame frame) {
    return stack.encode(frame, address(), ROOM, out);
  }

  private Verdict encode(String hex) {
    return encode(TestFrame.of(hex));
  }

  private static byte[] frame(int type, int length) {
    byte[] octets = new byte[length];
    new Random(length).nextBytes(octets);
    byte[] header = TestFrame.of(FAR + OWN + "%04x".formatted(type)).octets();
    System.arraycopy(header, 0, octets, 0, Math.min(length, header.length));
    return octets;
  }

  private void assertSent(TestFrame frame, int headerOctets, int pcp) {
    buffer.fill((byte) 0xaa);
    assertEquals(Verdict.ACCEPTED, encode(frame));
    assertEquals(frame.octets().length, out.lengthOctets);
    assertEquals(headerOctets, out.headerOctets);
    assertEquals(pcp, out.pcp);
    assertArrayEquals(frame.octets(), written(out.lengthOctets));
    assertEquals((byte) 0xaa, buffer.get(ValueLayout.JAVA_BYTE, 1L + out.lengthOctets));
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 15, 46, 59, 60, 61, 64, 1000, 1514})
  void shouldSendAFrameAsItIsAtEveryLength(int length) {
    assertSent(TestFrame.of(frame(0x22f0, length)), 14, 0);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "3,3", "7,7", "8,7", "15,7"})
  void shouldGiveAnUntaggedFrameThePriorityOfItsSocket(int priority, int pcp) {
    TestFrame frame = TestFrame.of(FAR + OWN + AVTP);
    frame.priority = priority;
    assertSent(frame, 14, pcp);
  }

  @ParameterizedTest
  @CsvSource({"8100 a064, 5", "8100 e000, 7", "8100 0001, 0", "8100 7fff, 3", "88a8 6001, 3"})
  void shouldKeepATagAndTakeThePriorityFromIt(String tag, int pcp) {
    TestFrame frame = TestFrame.of(FAR + OWN + tag + AVTP);
    frame.priority = 1;
    assertSent(frame, 18, pcp);
  }

  @Test
  void shouldSendToGroupsAndToAll() {
    assertSent(TestFrame.of("91e0f000fe00" + OWN + AVTP), 14, 0);
    assertSent(TestFrame.of("ffffffffffff" + OWN + AVTP), 14, 0);
    assertSent(TestFrame.of("011b19000000" + OWN + "88f7 0002"), 14, 0);
  }

  @Test
  void shouldRefuseASourceThatIsNotThePodS() {
    assertEquals(PacketDrops.FORGED_SOURCE, encode(FAR + FAR + AVTP));
    assertEquals(PacketDrops.FORGED_SOURCE, encode(FAR + "000000000000" + AVTP));
    assertEquals(PacketDrops.FORGED_SOURCE, encode(FAR + "ffffffffffff" + AVTP));
    assertEquals(PacketDrops.FORGED_SOURCE, encode(FAR + "030000000002" + "8100 a064" + AVTP));
  }

  @Test
  void shouldJudgeTheCopyAndNothingElse() {
    TestFrame frame = TestFrame.of(FAR + OWN + AVTP);
    frame.overwrite(11, 9);
    assertEquals(PacketDrops.FORGED_SOURCE, encode(frame));
    frame.overwrite(11, 2);
    assertEquals(Verdict.ACCEPTED, encode(frame));
    frame.overwrite(11, 9);
    assertEquals((byte) 2, buffer.get(ValueLayout.JAVA_BYTE, 1L + 11));
  }

  @Test
  void shouldRefuseASlotThatTellsOtherAddressesThanTheFrame() {
    TestFrame frame = TestFrame.of(FAR + OWN + AVTP);
    frame.destinationHigh ^= 1L << 16;
    assertEquals(Verdict.MALFORMED, encode(frame));
    frame = TestFrame.of(FAR + OWN + AVTP);
    frame.sourceHigh = 0;
    assertEquals(Verdict.MALFORMED, encode(frame));
  }

  @Test
  void shouldRefuseWhatNoBridgeForwards() {
    for (int last = 0; last < 16; last++) {
      assertEquals(
          PacketDrops.RESERVED_DESTINATION, encode("0180c20000%02x".formatted(last) + OWN + AVTP));
    }
    assertSent(TestFrame.of("0180c2000010" + OWN + AVTP), 14, 0);
    assertSent(TestFrame.of("0180c200000e".replace("c2", "c3") + OWN + AVTP), 14, 0);
  }

  @Test
  void shouldSendNothingToThePodItself() {
    assertEquals(Verdict.NO_ROUTE, encode(OWN + OWN + AVTP));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "8100 0000",
        "8100 a064",
        "88a8 0001 8100 0002",
        "8100 0000 8100 0000 8100 0000 8100 0000",
      })
  void shouldLookThroughTagsForWhatIsNotAllowed(String tags) {
    assertEquals(PacketDrops.REFUSED_TYPE, encode(FAR + OWN + tags + "0806 0001 0800 0604 0001"));
    assertEquals(Verdict.BAD_SOURCE, encode(FAR + OWN + tags + "0800" + IPV4_FORGED));
    assertEquals(Verdict.ACCEPTED, encode(FAR + OWN + tags + "0800" + IPV4_OWN));
  }

  @Test
  void shouldLookIntoSnapToo() {
    for (String header : List.of("aaaa03 000000", "abaa03 000000", "aaab03 0000f8")) {
      String snap = FAR + OWN + "001c" + header;
      assertEquals(Verdict.BAD_SOURCE, encode(snap + "0800" + IPV4_FORGED));
      assertEquals(Verdict.ACCEPTED, encode(snap + "0800" + IPV4_OWN));
      assertEquals(PacketDrops.REFUSED_TYPE, encode(FAR + OWN + "0008" + header + "0806"), header);
      assertEquals(
          PacketDrops.REFUSED_TYPE, encode(FAR + OWN + "000c" + header + "8100 0000 0806"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0003 424203, ACCEPTED",
    "0003 424203 0000 00, ACCEPTED",
    "0004 424203, MALFORMED",
    "0000, ACCEPTED",
    "05dc 00, MALFORMED",
    "05dd 00, MALFORMED",
    "05ff 00, MALFORMED",
    "0600 00, ACCEPTED",
    "8100, MALFORMED",
    "8100 a0, MALFORMED",
    "8100 a064, MALFORMED",
    "8100 a064 22, MALFORMED",
    "8100 a064 22f0, ACCEPTED",
    "88a8 0001 8100, MALFORMED",
  })
  void shouldCheckTypeAndLength(String rest, String verdict) {
    assertEquals(verdict.toLowerCase(Locale.ROOT), name(encode(FAR + OWN + rest)));
  }

  private static String name(Verdict verdict) {
    return verdict instanceof DropReason reason
        ? reason.name()
        : verdict.toString().toLowerCase(Locale.ROOT);
  }

  @ParameterizedTest
  @CsvSource({
    // next header, source, what comes behind, verdict
    "11, 20010db8000000000000000000000002, 00000000, accepted",
    "11, 20010db8000000000000000000000009, 00000000, bad_source",
    "11, fe8000000000000000000000ff000002, 00000000, bad_source",
    "11, fe80000000000000000000fffe000002, 00000000, accepted",
    "11, 00000000000000000000000000000000, 00000000, bad_source",
    "3a, 20010db8000000000000000000000002, 80000000, accepted",
    "3a, 20010db8000000000000000000000002, 84000000, accepted",
    "3a, 20010db8000000000000000000000002, 85000000, packet_refused_type",
    "3a, 20010db8000000000000000000000002, 88000000, packet_refused_type",
    "3a, 20010db8000000000000000000000002, 89000000, packet_refused_type",
    "3a, 20010db8000000000000000000000002, 8a000000, accepted",
    "00, 20010db8000000000000000000000002, 3a000000, packet_refused_type",
    "2c, 20010db8000000000000000000000002, 3a000000, packet_refused_type",
    "3c, 20010db8000000000000000000000002, 3a000000, packet_refused_type",
  })
  void shouldLetIpv6GoFromThePodSAddressesOnly(
      String next, String source, String behind, String verdict) {
    String packet = "60000000 0004" + next + "40" + source + IPV6_TARGET + behind;
    assertEquals(verdict, name(encode(FAR + OWN + "86dd" + packet)));
    assertEquals(verdict, name(encode(FAR + OWN + "8100 a000 86dd" + packet)));
  }

  @Test
  void shouldRefuseIpThatIsCutShortOrOfAnotherVersion() {
    String ipv4 = (FAR + OWN + "0800" + IPV4_OWN).replace(" ", "");
    assertEquals(Verdict.MALFORMED, encode(ipv4.substring(0, ipv4.length() - 2)));
    assertEquals(Verdict.MALFORMED, encode(FAR + OWN + "0800" + IPV4_OWN.replaceFirst("4", "6")));
    String ipv6 = FAR + OWN + "86dd" + "6000000000001140" + IPV6_OWN + IPV6_TARGET;
    assertEquals(Verdict.ACCEPTED, encode(ipv6));
    assertEquals(Verdict.MALFORMED, encode(ipv6.substring(0, ipv6.length() - 2)));
    assertEquals(Verdict.MALFORMED, encode(ipv6.replaceFirst("86dd6", "86dd4")));
    assertEquals(Verdict.BAD_SOURCE, encode(ipv6.replace(IPV6_OWN, IPV6_FORGED)));
  }

  @Test
  void shouldAllowWhatTheListHasAndNothingElse() {
    stack = new PacketStack(EtherTypes.parse("0x22F0, 0x0800"), ends);
    assertEquals(Verdict.ACCEPTED, encode(FAR + OWN + AVTP));
    assertEquals(Verdict.ACCEPTED, encode(FAR + OWN + "8100 a064" + AVTP));
    assertEquals(Verdict.ACCEPTED, encode(FAR + OWN + "0800" + IPV4_OWN));
    assertEquals(Verdict.BAD_SOURCE, encode(FAR + OWN + "0800" + IPV4_FORGED));
    assertEquals(PacketDrops.REFUSED_TYPE, encode(FAR + OWN + "8892 0000"));
    assertEquals(PacketDrops.REFUSED_TYPE, encode(FAR + OWN + "8100 a064 8892 0000"));
    assertEquals(PacketDrops.REFUSED_TYPE, encode(FAR + OWN + "0003 424203"));
  }

  @ParameterizedTest
  @CsvSource({
    "22f0, 1514, accepted",
    "22f0, 1515, too_large",
    "8100, 1518, accepted",
    "8100, 1519, too_large",
    "88a8, 1514, accepted",
    "88a8, 1515, too_large",
    "22f0, 2048, too_large",
    "22f0, 2049, too_large",
    "22f0, 13, malformed",
    "22f0, 0, malformed",
  })
  void shouldKeepToTheInterfaceSMtu(String type, int length, String verdict) {
    byte[] octets = frame(Integer.parseInt(type, 16), length);
    if (length > 18) {
      octets[16] = 0x22; // behind a tag
      octets[17] = (byte) 0xf0;
    }
    assertEquals(verdict, name(encode(TestFrame.of(octets))));
  }

  @Test
  void shouldHoldAFrameUntilItIsToldOfTheInterface() {
    TestFrame frame = TestFrame.of(FAR + OWN + AVTP);
    ends.detached(pod());
    assertEquals(Verdict.POD_GONE, encode(frame));
    ends.attached(pod());
    assertEquals(Verdict.HOLD, encode(frame));
    assertEquals(14, out.headerOctets);
    assertEquals(Verdict.HOLD, stack.complete(3, address(), out.lengthOctets));
    ends.network(3, 7, 1500, 2);
    assertEquals(Verdict.ACCEPTED, stack.complete(3, address(), out.lengthOctets));
    assertEquals(Verdict.TOO_LARGE, stack.complete(3, address(), 1515));
    assertArrayEquals(frame.octets(), written(out.lengthOctets));
    ends.network(3, 0, 1500, 3);
    assertEquals(Verdict.NO_ROUTE, encode(frame));
    ends.detached(pod());
    assertEquals(Verdict.POD_GONE, stack.complete(3, address(), out.lengthOctets));
  }

  /** Whatever a pod writes: no more than the frame is touched, and what goes is the pod's. */
  @Test
  void shouldSurviveFramesOfChance() {
    Random random = new Random(1);
    String[] parts = {
      FAR,
      OWN,
      "8100",
      "88a8",
      "0000",
      "a064",
      "0800",
      "86dd",
      "0806",
      "22f0",
      "aaaa03000000",
      IPV4_OWN,
      IPV4_FORGED,
      IPV6_OWN,
      "45",
      "60",
      "05dc",
      "0010"
    };
    int sent = 0;
    for (int round = 0; round < 200_000; round++) {
      StringBuilder hex = new StringBuilder(FAR + (random.nextInt(8) == 0 ? FAR : OWN));
      for (int i = random.nextInt(8); i > 0; i--) {
        hex.append(parts[random.nextInt(parts.length)]);
      }
      byte[] octets = TestFrame.of(hex.toString()).octets();
      TestFrame frame = TestFrame.of(Arrays.copyOf(octets, random.nextInt(octets.length + 1)));
      buffer.fill((byte) 0xaa);
      Verdict verdict = encode(frame);
      int length = frame.octets().length;
      assertEquals((byte) 0xaa, buffer.get(ValueLayout.JAVA_BYTE, 1L + length));
      if (verdict == Verdict.ACCEPTED) {
        sent++;
        assertArrayEquals(frame.octets(), written(length));
        assertArrayEquals(
            Arrays.copyOfRange(TestFrame.of(FAR + OWN).octets(), 6, 12),
            Arrays.copyOfRange(written(length), 6, 12));
      }
    }
    assertTrue(sent > 1000, "sent: " + sent);
  }
}
