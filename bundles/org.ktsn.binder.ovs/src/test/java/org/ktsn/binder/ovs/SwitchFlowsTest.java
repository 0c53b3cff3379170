package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.pod.MacAddress;

@Timeout(30)
class SwitchFlowsTest {
  private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:01");
  private static final SourceRules RULES =
      new SourceRules(1025, MAC, List.of(InetAddress.ofLiteral("10.77.0.2")));
  private static final SourceRules OTHER_ADDRESS =
      new SourceRules(
          1025,
          MAC,
          List.of(InetAddress.ofLiteral("10.77.0.3"), InetAddress.ofLiteral("10.77.0.4")));

  @TempDir private Path directory;
  private FakeFlowTable table;
  private SwitchFlows flows;

  @BeforeEach
  void connect() throws IOException {
    table = new FakeFlowTable(directory.resolve("br-x.mgmt"));
    flows = open();
  }

  @AfterEach
  void disconnect() throws IOException {
    flows.close();
    table.close();
  }

  private SwitchFlows open() throws IOException {
    return SwitchFlows.open(directory.resolve("br-x.mgmt"), Duration.ofSeconds(5), () -> {});
  }

  @Test
  void shouldEncodeRuleAsTheStandardSays() {
    ByteBuffer message =
        OpenFlow.add(
            7,
            0x4b54_0401_0000_0001L,
            0x2001,
            new OpenFlow.Match()
                .inPort(0x401)
                .ethernetSource(MAC.value())
                .ethernetType(OpenFlow.ETHERNET_ARP)
                .arpSender(MAC.value(), InetAddress.ofLiteral("10.77.0.2")),
            true);
    byte[] octets = new byte[message.remaining()];
    message.get(octets);
    // As ovs-ofctl 3.1 sends it for actions=NORMAL, field by field.
    assertEquals(
        "040e007800000007" // header: OpenFlow 1.3, flow_mod, 120 octets
            + "4b540401000000010000000000000000" // cookie, mask
            + "00000000000020" // table, command, time-outs, priority
            + "01ffffffffffffffffffffffff00000000" // priority, no buffer, any port and group
            + "0001002e" // match: OXM, 46 octets and 2 to fill up
            + "8000000400000401" // in_port
            + "8000080602005e100001" // eth_src
            + "80000a020806" // eth_type
            + "80002c040a4d0002" // arp_spa
            + "8000300602005e100001"
            + "0000"
            + "0004001800000000" // apply actions
            + "00000010fffffffa0000000000000000", // output: NORMAL
        HexFormat.of().formatHex(octets));
  }

  @Test
  void shouldHoldIpv6AndWhatDiscoversNeighboursToThePodsAddresses() throws IOException {
    SourceRules dual =
        new SourceRules(
            1025,
            MAC,
            List.of(InetAddress.ofLiteral("10.77.0.2"), InetAddress.ofLiteral("fd77::2")));
    flows.put(List.of(dual));
    assertEquals(16, Collections.frequency(table.cookies(), dual.permitCookie()));
    assertEquals(16, dual.permits());
    assertEquals(5, Collections.frequency(table.cookies(), dual.dropCookie()));
  }

  @Test
  void shouldEncodeRulesForTaggedFramesAsTheStandardSays() {
    ByteBuffer message =
        OpenFlow.output(
            7,
            0x4b55_0401_0000_0001L,
            0x1001,
            new OpenFlow.Match().inPort(1).ethernetDestination(MAC.value()).tagged(),
            0x401);
    byte[] octets = new byte[message.remaining()];
    message.get(octets);
    assertEquals(
        "040e006800000007" // header: OpenFlow 1.3, flow_mod, 104 octets
            + "4b550401000000010000000000000000" // cookie, mask
            + "00000000000010" // table, command, time-outs, priority
            + "01ffffffffffffffffffffffff00000000" // priority, no buffer, any port and group
            + "0001001e" // match: OXM, 30 octets and 2 to fill up
            + "8000000400000001" // in_port
            + "8000060602005e100001" // eth_dst
            + "80000d0410001000" // vlan_vid: present, under a mask
            + "0000"
            + "0004001800000000" // apply actions
            + "00000010000004010000000000000000", // output: the port
        HexFormat.of().formatHex(octets));
  }

  @Test
  void shouldHaveTheRulesForTaggedFramesThatAreWantedAndNoOthers() throws IOException {
    TagRules one = new TagRules(1, Map.of(MAC, 1025));
    TagRules other = new TagRules(2, Map.of(MAC, 1025, MacAddress.parse("02:00:00:00:00:01"), 7));
    flows.forwardRest();
    flows.put(one);
    assertEquals(3, table.cookies().size());
    flows.put(one);
    assertEquals(3, table.cookies().size(), "they are there");
    flows.close();
    flows = open();
    flows.put(other);
    assertEquals(4, table.cookies().size());
    assertTrue(table.cookies().containsAll(other.messages().keySet()));
    table.removeAll();
    flows.read();
    flows.put(other);
    assertEquals(other.messages().keySet(), Set.copyOf(table.cookies()));
    assertEquals(Map.of(), flows.dropped());
  }

  @Test
  void shouldDropBeforeItPermits() throws IOException {
    assertEquals(List.of(1025), flows.put(List.of(RULES)));
    assertEquals(15, table.cookies().size());
    assertEquals(Collections.nCopies(5, RULES.dropCookie()), table.cookies().subList(0, 5));
    assertEquals(10, Collections.frequency(table.cookies(), RULES.permitCookie()));
    assertEquals(List.of(), flows.put(List.of(RULES)), "they are there");
    assertEquals(15, table.cookies().size());
  }

  @Test
  void shouldRecogniseRulesOfAnEarlierConnection() throws IOException {
    flows.put(List.of(RULES));
    flows.close();
    flows = open();
    assertEquals(List.of(), flows.put(List.of(RULES)));
    assertTrue(flows.knows(1025));
    assertFalse(flows.knows(1026));
  }

  @Test
  void shouldTakeBackWhatIsPermittedNoMore() throws IOException {
    flows.put(List.of(RULES));
    flows.put(List.of(OTHER_ADDRESS));
    assertFalse(table.cookies().contains(RULES.permitCookie()));
    assertEquals(12, Collections.frequency(table.cookies(), OTHER_ADDRESS.permitCookie()));
  }

  @Test
  void shouldMakeRulesAnewThatSomebodyRemoved() throws IOException {
    flows.forwardRest();
    flows.put(List.of(RULES));
    table.removeAll();
    flows.read();
    flows.forwardRest();
    assertEquals(List.of(1025), flows.put(List.of(RULES)));
    assertEquals(16, table.cookies().size());
  }

  @Test
  void shouldRemoveRulesOfPortsThatAreGoneAndNoOthers() throws IOException {
    table.plant(0x1234L);
    flows.close();
    flows = open();
    flows.forwardRest();
    flows.put(List.of(RULES, new SourceRules(1026, MAC, List.of())));
    flows.keepOnly(Set.of(1026));
    assertEquals(
        Set.of(
            SourceRules.REST_COOKIE,
            new SourceRules(1026, MAC, List.of()).dropCookie(),
            new SourceRules(1026, MAC, List.of()).permitCookie(),
            0x1234L),
        Set.copyOf(table.cookies()));
  }

  @Test
  void shouldTellWhatWasDroppedByPort() throws IOException {
    flows.put(List.of(RULES));
    assertEquals(Map.of(1025, 15L), flows.dropped(), "three of each of its rules");
  }

  @Test
  void shouldSayThatSwitchRefusesRuleAndGoOn() throws IOException {
    table.refuse(true);
    IOException refusal = assertThrows(IOException.class, () -> flows.put(List.of(RULES)));
    assertTrue(refusal.getMessage().contains("OpenFlow error 5/0"), refusal.getMessage());
    table.refuse(false);
    assertEquals(List.of(1025), flows.put(List.of(RULES)));
  }

  @Test
  void shouldAnswerEchoRequests() throws IOException {
    table.echo(99);
    Eventually.holds("the reply", () -> table.echoes().equals(List.of(99)));
  }

  @Test
  void shouldNoticeThatSwitchHangsUp() throws IOException {
    table.close();
    Eventually.holds("the notice", () -> !flows.isOpen());
    assertThrows(IOException.class, () -> flows.put(List.of(RULES)));
  }
}
