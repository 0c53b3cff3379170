package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.Optional;
import org.ktsn.mqtt.protocol.Answer;

/** How far one node is with one message. One thread. */
final class NodeProgress {
  private final String node;
  private final long sentNs;
  private State state = State.SENT;
  private Optional<Answer> last = Optional.empty();
  private double acceptedMs = -1;
  private double operationalMs = -1;

  /** The stations on the way. */
  enum State {
    SENT,
    ACCEPTED,
    OPERATIONAL,
    REFUSED,
    SUPERSEDED;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  NodeProgress(String node, long sentNs) {
    this.node = node;
    this.sentNs = sentNs;
  }

  void answered(Answer answer, long nowNs) {
    last = Optional.of(answer);
    double ms = (nowNs - sentNs) / 1e6;
    switch (answer.kind()) {
      case ACCEPTED -> {
        state = State.ACCEPTED;
        acceptedMs = ms;
      }
      case OPERATIONAL -> {
        state = State.OPERATIONAL;
        acceptedMs = acceptedMs < 0 ? ms : acceptedMs; // it was accepted before
        operationalMs = ms;
      }
      case REFUSED -> state = State.REFUSED;
      case SUPERSEDED -> state = State.SUPERSEDED;
      case VALID -> throw new IllegalStateException("nobody asked " + node + " that");
    }
  }

  String node() {
    return node;
  }

  State state() {
    return state;
  }

  /** Nothing more can come, or nothing more is waited for. */
  boolean isDone(State until) {
    return state == State.REFUSED
        || state == State.SUPERSEDED
        || state == State.OPERATIONAL
        || state == until;
  }

  Optional<Answer> last() {
    return last;
  }

  String toText() {
    StringBuilder text = new StringBuilder(node).append("  ").append(state.word());
    if (acceptedMs >= 0) {
      text.append(String.format(Locale.ROOT, "  accepted after %.1f ms", acceptedMs));
    }
    if (operationalMs >= 0) {
      text.append(String.format(Locale.ROOT, ", operational after %.1f ms", operationalMs));
    }
    last.flatMap(Answer::by).ifPresent(other -> text.append("  by ").append(other));
    last.ifPresent(
        answer -> answer.problems().forEach(problem -> text.append("\n    ").append(problem)));
    return text.toString();
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("node", node);
    json.addProperty("state", state.word());
    if (acceptedMs >= 0) {
      json.addProperty("accepted_ms", acceptedMs);
    }
    if (operationalMs >= 0) {
      json.addProperty("operational_ms", operationalMs);
    }
    last.ifPresent(
        answer -> {
          JsonObject said = answer.toJson();
          for (String member : new String[] {"config-change-time", "problems", "by"}) {
            if (said.has(member)) {
              json.add(member.replace('-', '_'), said.get(member));
            }
          }
        });
    return json;
  }
}
