package org.ktsn.binder.ovs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * The rules of the bridge's flow table that are KTSN's, over a connection that stays open: who is
 * allowed to send what. Others' rules are left alone. Keeper's thread, but for {@link #dropped} and
 * {@link #close}.
 */
final class SwitchFlows implements Closeable {
  private final OpenFlowConnection connection;

  /** How many rules there are with each cookie. */
  private final Map<Long, Integer> there = new HashMap<>();

  /** The cookies of the rules for tagged frames. */
  private final Set<Long> tagged = new HashSet<>();

  private final OverlayTable overlay = new OverlayTable();

  /**
   * Rules with what they have counted.
   *
   * @param ofPorts about what comes from pods' ports, and the one for the rest
   * @param tagged for launched frames with a VLAN tag
   * @param overlay of the overlay
   */
  record Counts(
      List<OpenFlow.Counted> ofPorts,
      List<OpenFlow.Counted> tagged,
      List<OpenFlow.Counted> overlay) {}

  private SwitchFlows(OpenFlowConnection connection) {
    this.connection = connection;
  }

  /**
   * Connects and reads what is there.
   *
   * @param socket the bridge's OpenFlow socket
   * @param limit how long each answer may take
   * @param closed called when the connection ends; must not block
   */
  static SwitchFlows open(Path socket, Duration limit, Runnable closed) throws IOException {
    OpenFlowConnection connection = OpenFlowConnection.open(socket, limit, closed);
    try {
      SwitchFlows flows = new SwitchFlows(connection);
      flows.read();
      return flows;
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  /** Reads what is there; somebody may have removed rules. */
  void read() throws IOException {
    Map<Long, Integer> found = new HashMap<>();
    for (OpenFlow.Counted rule : ours()) {
      found.merge(rule.cookie(), 1, Integer::sum);
    }
    there.clear();
    there.putAll(found);
    tagged.clear();
    for (OpenFlow.Counted rule : connection.rules(TagRules.COOKIE, TagRules.COOKIE_MASK)) {
      tagged.add(rule.cookie());
    }
    overlay.read(connection.rules(OverlayRules.COOKIE, OverlayRules.COOKIE_MASK));
  }

  /** Forwards, as a learning switch does, what no rule is about. */
  void forwardRest() throws IOException {
    if (!there.containsKey(SourceRules.REST_COOKIE)) {
      connection.carryOut(List.of(SourceRules.rest()));
      there.put(SourceRules.REST_COOKIE, 1);
    }
  }

  /** Brings about the rules for tagged frames, and no others. */
  void put(TagRules wanted) throws IOException {
    Map<Long, IntFunction<ByteBuffer>> rules = wanted.messages();
    List<IntFunction<ByteBuffer>> messages = new ArrayList<>();
    for (long cookie : tagged) {
      if (!rules.containsKey(cookie)) {
        messages.add(xid -> OpenFlow.delete(xid, cookie));
      }
    }
    rules.forEach(
        (cookie, message) -> {
          if (!tagged.contains(cookie)) {
            messages.add(message);
          }
        });
    if (!messages.isEmpty()) {
      connection.carryOut(messages);
      tagged.clear();
      tagged.addAll(rules.keySet());
    }
  }

  /**
   * Brings about the overlay's rules, and no others; what is new is there before what was goes.
   *
   * @return whether any were not there
   */
  boolean put(OverlayRules wanted) throws IOException {
    if (overlay.holds(wanted)) {
      return false;
    }
    OverlayTable.Changes changes = overlay.changes(wanted);
    if (!changes.messages().isEmpty()) {
      connection.carryOut(changes.messages());
    }
    overlay.settled(wanted);
    return !changes.additions().isEmpty();
  }

  /** Tells whether there are rules of an overlay, whatever they say. */
  boolean hasOverlay() {
    return !overlay.isEmpty();
  }

  /** Has the switch send frames of ours. */
  void send(List<IntFunction<ByteBuffer>> packets) throws IOException {
    if (!packets.isEmpty()) {
      connection.carryOut(packets);
    }
  }

  /** Tells whether there are rules for a port, whatever they say. */
  boolean knows(int port) {
    return there.containsKey(SourceRules.COOKIE | (long) port << 32);
  }

  /**
   * Brings rules about; they hold when this returns.
   *
   * @return the numbers of the ports whose rules were not there
   */
  List<Integer> put(Collection<SourceRules> wanted) throws IOException {
    List<IntFunction<ByteBuffer>> messages = new ArrayList<>();
    List<SourceRules> missing = wanted.stream().filter(rules -> !holds(rules)).toList();
    for (SourceRules rules : missing) {
      messages.addAll(rules.messages());
      // What earlier rules permitted goes; the rules that drop hold meanwhile.
      for (long cookie : there.keySet()) {
        if (SourceRules.port(cookie) == rules.port()
            && cookie != rules.dropCookie()
            && cookie != rules.permitCookie()) {
          messages.add(xid -> OpenFlow.delete(xid, cookie));
        }
      }
    }
    if (!missing.isEmpty()) {
      connection.carryOut(messages);
    }
    for (SourceRules rules : missing) {
      there.keySet().removeIf(cookie -> SourceRules.port(cookie) == rules.port());
      there.put(rules.dropCookie(), rules.drops());
      there.put(rules.permitCookie(), rules.permits());
    }
    return missing.stream().map(SourceRules::port).toList();
  }

  /** Removes the rules of ports that are no more. */
  void keepOnly(Set<Integer> ports) throws IOException {
    List<IntFunction<ByteBuffer>> messages = new ArrayList<>();
    for (Iterator<Long> each = there.keySet().iterator(); each.hasNext(); ) {
      long cookie = each.next();
      if (cookie != SourceRules.REST_COOKIE && !ports.contains(SourceRules.port(cookie))) {
        messages.add(xid -> OpenFlow.delete(xid, cookie));
        each.remove();
      }
    }
    if (!messages.isEmpty()) {
      connection.carryOut(messages);
    }
  }

  /** Returns how many frames of each port were dropped, by its number. Any thread. */
  Map<Integer, Long> dropped() throws IOException {
    Map<Integer, Long> dropped = new HashMap<>();
    for (OpenFlow.Counted rule : ours()) {
      if (SourceRules.drops(rule.cookie())) {
        dropped.merge(SourceRules.port(rule.cookie()), rule.packets(), Long::sum);
      }
    }
    return dropped;
  }

  /** Returns all of KTSN's rules as the switch has them now. Any thread. */
  Counts counts() throws IOException {
    return new Counts(
        ours(),
        connection.rules(TagRules.COOKIE, TagRules.COOKIE_MASK),
        connection.rules(OverlayRules.COOKIE, OverlayRules.COOKIE_MASK));
  }

  @Override
  public void close() {
    connection.close();
  }

  private boolean holds(SourceRules rules) {
    return there.getOrDefault(rules.dropCookie(), 0) == rules.drops()
        && there.getOrDefault(rules.permitCookie(), 0) == rules.permits();
  }

  private List<OpenFlow.Counted> ours() throws IOException {
    return connection.rules(SourceRules.COOKIE, SourceRules.COOKIE_MASK);
  }
}
