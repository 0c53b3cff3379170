package org.ktsn.binder.ovs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
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

  /** What the changes that were found last add and remove. */
  private final Set<Long> added = new HashSet<>();

  private Set<Long> removed = Set.of();

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
    // Where all that is known is there, only parts that are others need a look.
    boolean sure = rules.isPresent();
    Map<OverlayRules.Part, long[]> former = parts;
    Map<OverlayRules.Part, long[]> next = new HashMap<>();
    added.clear();
    List<IntFunction<ByteBuffer>> additions = new ArrayList<>();
    for (OverlayRules.Part part : wanted.parts()) {
      long[] known = former.get(part);
      if (known == null || (!sure && !hasAll(known))) {
        Map<Long, IntFunction<ByteBuffer>> messages = part.messages();
        messages.forEach(
            (cookie, message) -> {
              if (!there.contains(cookie)) {
                additions.add(message);
                added.add(cookie);
              }
            });
        known = messages.keySet().stream().mapToLong(Long::longValue).toArray();
      }
      next.put(part, known);
    }
    removed = sure ? cookies(former, next.keySet()) : new HashSet<>(there);
    for (Iterator<long[]> each = next.values().iterator(); each.hasNext() && !removed.isEmpty(); ) {
      for (long cookie : each.next()) {
        removed.remove(cookie);
      }
    }
    parts = next;
    rules = Optional.empty(); // until it is settled
    List<IntFunction<ByteBuffer>> removals = new ArrayList<>();
    for (long cookie : removed) {
      removals.add(xid -> OpenFlow.delete(xid, cookie));
    }
    return new Changes(additions, removals);
  }

  /** Returns the cookies of the parts that are not among these. */
  private static Set<Long> cookies(
      Map<OverlayRules.Part, long[]> parts, Set<OverlayRules.Part> without) {
    Set<Long> cookies = new HashSet<>();
    parts.forEach(
        (part, of) -> {
          if (!without.contains(part)) {
            for (long cookie : of) {
              cookies.add(cookie);
            }
          }
        });
    return cookies;
  }

  /** Says that the changes have been carried out. */
  void settled(OverlayRules wanted) {
    there.removeAll(removed);
    there.addAll(added);
    added.clear();
    removed = Set.of();
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
