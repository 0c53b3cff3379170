package org.ktsn.mqtt.session;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.mqtt.session.Outbound.Delivery;

/**
 * What waits to be sent: in order, of state only the last for each topic, and of other messages a
 * bounded number, of which the oldest make room. Any thread.
 */
final class Outbox {
  private final int limit;
  private final Map<Object, Outbound> waiting = new LinkedHashMap<>();
  private long sequence;
  private int messages;
  private long dropped;

  Outbox(int limit) {
    this.limit = limit;
  }

  /** Appends a message; a newer state takes the place of an older one, at the end. */
  synchronized void add(Outbound message) {
    if (message.delivery() == Delivery.STATE) {
      waiting.remove(message.topic());
      waiting.put(message.topic(), message);
    } else {
      waiting.put(sequence++, message);
      messages++;
      makeRoom();
    }
  }

  /** Puts back what was sent and not acknowledged, before all else, unless there is newer state. */
  synchronized void addFirst(List<Outbound> unacknowledged) {
    Map<Object, Outbound> later = new LinkedHashMap<>(waiting);
    waiting.clear();
    messages = 0;
    unacknowledged.forEach(
        message -> {
          if (message.delivery() != Delivery.STATE || !later.containsKey(message.topic())) {
            add(message);
          }
        });
    later.values().forEach(this::add);
  }

  /** Takes the next message, if there is one. */
  synchronized Optional<Outbound> poll() {
    Iterator<Outbound> first = waiting.values().iterator();
    if (!first.hasNext()) {
      return Optional.empty();
    }
    Outbound message = first.next();
    first.remove();
    if (message.delivery() != Delivery.STATE) {
      messages--;
    }
    return Optional.of(message);
  }

  synchronized int size() {
    return waiting.size();
  }

  /** How many messages made room for newer ones. */
  synchronized long dropped() {
    return dropped;
  }

  private void makeRoom() {
    Iterator<Outbound> oldest = waiting.values().iterator();
    while (messages > limit) {
      if (oldest.next().delivery() != Delivery.STATE) {
        oldest.remove();
        messages--;
        dropped++;
      }
    }
  }
}
