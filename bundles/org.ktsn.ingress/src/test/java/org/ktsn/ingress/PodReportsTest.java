package org.ktsn.ingress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ktsn.api.ingress.Report;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.foreign.ReportSocket;

/** The report sockets of a pod: who gets which, and what is in a report. */
final class PodReportsTest {
  private final Arena arena = Arena.ofShared();
  private final List<ReportSocket> retired = new ArrayList<>();
  private final PodReports reports = new PodReports(retired::add);
  private final MemorySegment frame = arena.allocate(128);
  private final Report report = new Report();

  @AfterEach
  void close() {
    reports.close();
    retired.forEach(ReportSocket::close);
    arena.close();
  }

  private void send(long socket) {
    report.socket = socket;
    report.kind = Report.Kind.SENT;
    report.family = AddressFamily.INET;
    report.frameAddress = frame.address();
    reports.send(report);
  }

  /** Returns what a program reads there; empty if nothing. */
  private MemorySegment receive(ReportSocket socket) {
    MemorySegment received = arena.allocate(512, 8);
    long octets = SeqpacketClient.receive(socket.descriptor(), received);
    return received.asSlice(0, Math.max(0, octets));
  }

  private boolean hears(ReportSocket socket) {
    return receive(socket).byteSize() > 0;
  }

  @Test
  void shouldReachTheSocketThatItIsOfAndNoOther() {
    List<ReportSocket> all = new ArrayList<>();
    for (int i = 0; i < PodReports.MOST; i++) {
      all.add(reports.open(1_000_000L * i));
    }
    send(12_345); // nobody has asked
    for (int i = 0; i < PodReports.MOST; i++) {
      report.number = i;
      send(1_000_000L * i);
    }
    for (int i = 0; i < PodReports.MOST; i++) {
      MemorySegment received = receive(all.get(i));
      assertEquals(i, received.get(ValueLayout.JAVA_INT, ChannelLayout.REPORT_NUMBER));
      assertFalse(hears(all.get(i)));
    }
    assertEquals(List.of(), retired);
  }

  @Test
  void shouldBelongToWhoeverAsksLast() {
    final ReportSocket first = reports.open(7);
    send(7);
    final ReportSocket second = reports.open(7);
    assertEquals(List.of(first), retired);
    send(7);
    assertTrue(hears(second));
    assertEquals(1, reports.count());
    assertTrue(hears(first), "what it had not read yet");
  }

  @Test
  void shouldTakeTheOldestFromAPodThatAsksForMore() {
    final ReportSocket first = reports.open(1);
    for (int i = 2; i <= PodReports.MOST + 1; i++) {
      reports.open(i);
    }
    assertEquals(PodReports.MOST, reports.count());
    assertEquals(List.of(first), retired);
    send(1); // to nobody
  }

  @Test
  void shouldLetGoOfThoseThatNobodyReads() {
    ReportSocket left = reports.open(1);
    final ReportSocket read = reports.open(2);
    left.giveAway();
    reports.sweep();
    assertEquals(2, reports.count(), "that is not known yet");
    send(1);
    reports.sweep();
    assertEquals(1, reports.count());
    assertEquals(List.of(left), retired);
    send(2);
    assertTrue(hears(read));
  }

  @Test
  void shouldSayWhatBecameOfItAndBetweenWhomTheFrameIs() {
    String ipv4 = "0a4d00020a4d0003";
    String ipv6 = "fd77000000000000000000000000000a" + "fd77000000000000000000000000000b";
    String link = "020000000003" + "020000000002";
    check(link + "0800" + "00".repeat(12) + ipv4, 4, ipv4);
    check(link + "8100e0050800" + "00".repeat(12) + ipv4, 4, ipv4);
    check(link + "86dd" + "00".repeat(8) + ipv6, 16, ipv6);
    check(link + "88b5" + "00".repeat(40), 4, "");
    check(link + "0800" + "00".repeat(12) + "0a4d0002", 4, ""); // cut short
    check("", 4, "");
  }

  private void check(String octets, int addressOctets, String addresses) {
    ReportSocket socket = reports.open(9);
    byte[] bytes = HexFormat.of().parseHex(octets);
    frame.asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    report.number = 77;
    report.stamp = 1L << 60;
    report.instantNs = 1_234_567_890L;
    report.frameOctets = bytes.length;
    send(9);
    MemorySegment received = receive(socket);
    assertEquals(ChannelLayout.REPORT_OCTETS + bytes.length, received.byteSize());
    assertEquals(
        ChannelLayout.KIND_SENT, received.get(ValueLayout.JAVA_BYTE, ChannelLayout.REPORT_KIND));
    assertEquals(2, received.get(ValueLayout.JAVA_BYTE, ChannelLayout.REPORT_FAMILY));
    assertEquals(77, received.get(ValueLayout.JAVA_INT, ChannelLayout.REPORT_NUMBER));
    assertEquals(1L << 60, received.get(ValueLayout.JAVA_LONG, ChannelLayout.REPORT_STAMP));
    assertEquals(1_234_567_890L, received.get(ValueLayout.JAVA_LONG, ChannelLayout.REPORT_INSTANT));
    String source = addresses.isEmpty() ? "" : addresses.substring(0, 2 * addressOctets);
    String destination = addresses.isEmpty() ? "" : addresses.substring(2 * addressOctets);
    assertEquals(padded(source), hex(received, ChannelLayout.REPORT_SOURCE));
    assertEquals(padded(destination), hex(received, ChannelLayout.REPORT_DESTINATION));
  }

  private static String padded(String digits) {
    return digits + "0".repeat(32 - digits.length());
  }

  private static String hex(MemorySegment memory, int at) {
    return HexFormat.of().formatHex(memory.asSlice(at, 16).toArray(ValueLayout.JAVA_BYTE));
  }
}
