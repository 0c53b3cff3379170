package org.ktsn.binder.ovs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Which of the overlay's rules the switch has, by their cookies, and what differs from those that
 * are wanted. The rules of a node that is as it was are not made again to find that out. Keeper's
 * thread only.
 */
final class OverlayTable {
  private final Set<Long> there = new HashSet<>();

  /** The rules that were wanted last, if the switch has them for all that is known. */
  private Optional<OverlayRules> rules = Optional.empty();

  /** The cookies of each part of them. */
  private Map<OverlayRules.Part, long[]> parts = Map.of();

  /**
   * What makes the wanted ones of those that are there.
   *
   * @param additions rules that are not there
   * @param removals rules that are not wanted; they go when the others are there
   */
  record Changes(List<IntFunction<ByteBuffer>> additions, List<IntFunction<ByteBuffer>> removals) {
    List<IntFunction<ByteBuffer>> messages() {
      List<IntFunction<ByteBuffer>> messages = new ArrayList<>(additions);
      messages.addAll(removals);
      return messages;
    }
  }

  /** Takes what the switch says that it has; somebody may have removed rules. */
  void read(Collection<OpenFlow.Counted> found) {
    there.clear();
    found.forEach(rule -> there.add(rule.cookie()));
    rules = Optional.empty();
  }

  boolean isEmpty() {
    return there.isEmpty();
  }

  /** Tells whether these were wanted last, and are there. */
  boolean holds(OverlayRules wanted) {
    return rules.equals(Optional.of(wanted));
  }

  /** Finds what differs; the switch has the wanted ones when {@link #settled} is called. */
  Changes changes(OverlayRules wanted) {
    Map<OverlayRules.Part, long[]> next = new HashMap<>();
    Set<Long> goners = new HashSet<>(there);
    List<IntFunction<ByteBuffer>> additions = new ArrayList<>();
    for (OverlayRules.Part part : wanted.parts()) {
      long[] known = parts.get(part);
      if (known == null || !hasAll(known)) {
        Map<Long, IntFunction<ByteBuffer>> messages = part.messages();
        messages.forEach(
            (cookie, message) -> {
              if (!there.contains(cookie)) {
                additions.add(message);
              }
            });
        known = messages.keySet().stream().mapToLong(Long::longValue).toArray();
      }
      next.put(part, known);
      for (long cookie : known) {
        goners.remove(cookie);
      }
    }
    parts = next;
    List<IntFunction<ByteBuffer>> removals = new ArrayList<>();
    for (long cookie : goners) {
      removals.add(xid -> OpenFlow.delete(xid, cookie));
    }
    return new Changes(additions, removals);
  }

  /** Says that the changes have been carried out. */
  void settled(OverlayRules wanted) {
    there.clear();
    for (long[] cookies : parts.values()) {
      for (long cookie : cookies) {
        there.add(cookie);
      }
    }
    rules = Optional.of(wanted);
  }

  private boolean hasAll(long[] cookies) {
    for (long cookie : cookies) {
      if (!there.contains(cookie)) {
        return false;
      }
    }
    return true;
  }
}
