package org.ktsn.ingress;

import java.lang.foreign.Arena;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ktsn.api.ingress.Report;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.foreign.NativeMemory;
import org.ktsn.foreign.ReportSocket;

/**
 * The report sockets of a pod: through which its programs hear what became of their datagrams. A
 * socket of the pod's has one; who asks for it last has it.
 *
 * <p>The channel thread gives and takes them, and hands the planner a table that is replaced as a
 * whole; {@link #send} is the planner's. One that was taken away is closed only when the planner
 * has left the table.
 */
final class PodReports implements AutoCloseable {
  /** A pod that asks for more loses those that were asked for first. */
  static final int MOST = 128;

  private static final int ETHERNET_OCTETS = 14;
  private static final int TAG_OCTETS = 4;
  private static final int TYPE_TAG = 0x8100;
  private static final int TYPE_IPV4 = 0x0800;
  private static final int TYPE_IPV6 = 0x86dd;
  private static final int IPV4_SOURCE = 12;
  private static final int IPV6_SOURCE = 8;
  private static final int IPV4_OCTETS = 20;
  private static final int IPV6_OCTETS = 40;

  /** By hash; a power of two, more than twice as many as there can be. */
  private static final int PLACES = 512;

  /** What the planner looks up; not changed once it is published. */
  private static final class Table {
    final long[] sockets = new long[PLACES];
    final ReportSocket[] reports = new ReportSocket[PLACES];
  }

  private final Map<Long, ReportSocket> bySocket = new LinkedHashMap<>();
  private final Consumer<ReportSocket> retire;
  private final Arena arena = Arena.ofShared();
  private final long record = arena.allocate(ChannelLayout.REPORT_OCTETS, 8).address();
  private volatile Table table = new Table();

  /**
   * Makes it, without any.
   *
   * @param retire closes one when the planner has begun a later turn
   */
  PodReports(Consumer<ReportSocket> retire) {
    this.retire = retire;
  }

  // ---- the channel thread's side ----

  /** Makes one for a socket, in place of the one that it had. */
  ReportSocket open(long socket) {
    ReportSocket made = new ReportSocket();
    ReportSocket before = bySocket.remove(socket);
    if (before == null && bySocket.size() == MOST) {
      Iterator<ReportSocket> oldest = bySocket.values().iterator();
      before = oldest.next();
      oldest.remove();
    }
    bySocket.put(socket, made);
    publish();
    if (before != null) {
      retire.accept(before);
    }
    return made;
  }

  /** Lets go of those that nobody reads any more. */
  void sweep() {
    if (bySocket.values().stream().noneMatch(ReportSocket::isDeserted)) {
      return;
    }
    List<ReportSocket> deserted =
        bySocket.values().stream().filter(ReportSocket::isDeserted).toList();
    bySocket.values().removeAll(deserted);
    publish();
    deserted.forEach(retire);
  }

  int count() {
    return bySocket.size();
  }

  private void publish() {
    Table next = new Table();
    bySocket.forEach(
        (socket, report) -> {
          int place = place(socket);
          while (next.reports[place] != null) {
            place = next(place);
          }
          next.sockets[place] = socket;
          next.reports[place] = report;
        });
    table = next;
  }

  /** Closes all; the planner must not know this pod any more. */
  @Override
  public void close() {
    bySocket.values().forEach(ReportSocket::close);
    bySocket.clear();
    publish();
    arena.close();
  }

  // ---- the planner's side ----

  /** Sends a report, if somebody has asked for those of its socket. Planner thread only. */
  void send(Report report) {
    Table now = table;
    int place = place(report.socket);
    while (now.reports[place] != null && now.sockets[place] != report.socket) {
      place = next(place);
    }
    ReportSocket found = now.reports[place];
    if (found != null) {
      write(report);
      found.send(record, ChannelLayout.REPORT_OCTETS, report.frameAddress, report.frameOctets);
    }
  }

  private void write(Report report) {
    NativeMemory.fill(record, ChannelLayout.REPORT_OCTETS, (byte) 0);
    NativeMemory.putByte(record + ChannelLayout.REPORT_KIND, (byte) kind(report.kind));
    NativeMemory.putByte(record + ChannelLayout.REPORT_FAMILY, (byte) report.family.number());
    NativeMemory.putInt(record + ChannelLayout.REPORT_NUMBER, report.number);
    NativeMemory.putLong(record + ChannelLayout.REPORT_STAMP, report.stamp);
    NativeMemory.putLong(record + ChannelLayout.REPORT_INSTANT, report.instantNs);
    if (report.family != AddressFamily.PACKET) {
      writeAddresses(report.frameAddress, report.frameOctets);
    }
  }

  private static int kind(Report.Kind kind) {
    return switch (kind) {
      case INVALID -> ChannelLayout.KIND_INVALID;
      case MISSED -> ChannelLayout.KIND_MISSED;
      case SCHEDULED -> ChannelLayout.KIND_SCHEDULED;
      case SENT -> ChannelLayout.KIND_SENT;
    };
  }

  /** As the frame says: it is a stack's work, and what there is of it may be short. */
  private void writeAddresses(long frame, int octets) {
    if (octets < ETHERNET_OCTETS + TAG_OCTETS) {
      return;
    }
    int header = ETHERNET_OCTETS;
    int type = type(frame + header - 2);
    if (type == TYPE_TAG) {
      header += TAG_OCTETS;
      type = type(frame + header - 2);
    }
    if (type == TYPE_IPV4 && octets >= header + IPV4_OCTETS) {
      long source = frame + header + IPV4_SOURCE;
      NativeMemory.copy(source, record + ChannelLayout.REPORT_SOURCE, 4);
      NativeMemory.copy(source + 4, record + ChannelLayout.REPORT_DESTINATION, 4);
    } else if (type == TYPE_IPV6 && octets >= header + IPV6_OCTETS) {
      long source = frame + header + IPV6_SOURCE;
      NativeMemory.copy(source, record + ChannelLayout.REPORT_SOURCE, 16);
      NativeMemory.copy(source + 16, record + ChannelLayout.REPORT_DESTINATION, 16);
    }
  }

  private static int type(long at) {
    return Short.toUnsignedInt(Short.reverseBytes(NativeMemory.getShort(at)));
  }

  private static int place(long socket) {
    return (int) ((socket * 0x9e37_79b9_7f4a_7c15L) >>> 32) & (PLACES - 1);
  }

  private static int next(int place) {
    return (place + 1) & (PLACES - 1);
  }
}
