package org.ktsn.filter.psfp.line;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.ktsn.filter.psfp.model.HeaderMatch;
import org.ktsn.filter.psfp.model.IpMatch;
import org.ktsn.filter.psfp.model.StreamIdentity;

class StreamMatchTest {
  private final FakeFrame frame = new FakeFrame();
  private final FrameHeader header = new FrameHeader();

  @Test
  void shouldKnowTheFiveTuple() {
    StreamMatch match = match(ip("10.77.0.2", "10.77.0.3", 4000, 5000));
    assertTrue(matches(match));
    frame.sourcePort = 4001;
    assertFalse(matches(match));
    frame.sourcePort = 4000;
    frame.destination++;
    assertFalse(matches(match));
  }

  @Test
  void shouldFindTheSameBehindATag() {
    frame.tagged = true;
    frame.vlan = 5;
    frame.priority = 6;
    frame.dropEligible = true;
    assertTrue(matches(match(ip("10.77.0.2", "10.77.0.3", 4000, 5000))));
    assertEquals(5, header.vlan);
    assertTrue(header.dropEligible);
    assertEquals(4000, header.sourcePort);
  }

  @Test
  void shouldSeeNoPortsInAFragmentButTheFirst() {
    frame.fragmentOffset = 100;
    assertFalse(matches(match(ip("10.77.0.2", "10.77.0.3", 4000, 5000))));
    assertTrue(matches(match(ip("10.77.0.2", "10.77.0.3", -1, -1))));
  }

  @Test
  void shouldReadFramesOfAnyLength() {
    for (int length = 0; length < 64; length++) {
      frame.lengthOctets = length;
      for (boolean tagged : new boolean[] {false, true}) {
        frame.tagged = tagged;
        header.read(frame);
        assertEquals(length >= (tagged ? 18 : 14) + 20, header.ip, "length " + length);
      }
    }
  }

  @Test
  void shouldTellVlanTagsFromPriorityTags() {
    StreamMatch tagged = match(vlan(HeaderMatch.Tagged.TAGGED));
    StreamMatch priority = match(vlan(HeaderMatch.Tagged.PRIORITY));
    assertFalse(matches(tagged));
    assertTrue(matches(priority));
    frame.tagged = true;
    assertFalse(matches(tagged));
    assertTrue(matches(priority));
    frame.vlan = 7;
    assertTrue(matches(tagged));
    assertFalse(matches(priority));
  }

  private boolean matches(StreamMatch match) {
    header.read(frame);
    return match.matches(header, frame.trafficClass);
  }

  private static StreamMatch match(HeaderMatch header) {
    return new StreamMatch(new StreamIdentity(1, 1, Optional.empty(), OptionalInt.empty(), header));
  }

  private static HeaderMatch vlan(HeaderMatch.Tagged tagged) {
    return new HeaderMatch(
        HeaderMatch.Method.NULL,
        OptionalLong.empty(),
        OptionalLong.empty(),
        tagged,
        OptionalInt.empty(),
        Optional.empty());
  }

  private static HeaderMatch ip(String source, String destination, int from, int to) {
    return new HeaderMatch(
        HeaderMatch.Method.IP,
        OptionalLong.empty(),
        OptionalLong.empty(),
        HeaderMatch.Tagged.ALL,
        OptionalInt.empty(),
        Optional.of(
            new IpMatch(
                Optional.of(InetAddress.ofLiteral(source)),
                Optional.of(InetAddress.ofLiteral(destination)),
                OptionalInt.empty(),
                OptionalInt.of(17),
                from < 0 ? OptionalInt.empty() : OptionalInt.of(from),
                to < 0 ? OptionalInt.empty() : OptionalInt.of(to))));
  }
}
