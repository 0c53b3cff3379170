package org.ktsn.schedule.mqtt.node;

import java.util.Optional;
import java.util.OptionalLong;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.mqtt.node.Outcome;
import org.ktsn.mqtt.node.ReplyTo;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.DesiredMessage;

/**
 * The last message that was accepted, and what has become of it.
 *
 * @param message the message
 * @param replyTo where its sender wants to know it
 * @param state accepted, operational or superseded
 * @param configChangeTimeNs when it takes or took effect; not known of a superseded one
 */
record AcceptedMessage(
    DesiredMessage message, ReplyTo replyTo, Answer.Kind state, OptionalLong configChangeTimeNs) {

  /** Compares with what the port says. */
  AcceptedMessage seen(GateSchedule now) {
    Optional<GateSchedule.Pending> pending =
        now.pending().filter(change -> change.parameters().equals(message.schedule()));
    if (pending.isPresent()) {
      return with(Answer.Kind.ACCEPTED, OptionalLong.of(pending.get().configChangeTimeNs()));
    }
    return now.oper().equals(message.schedule())
        ? with(Answer.Kind.OPERATIONAL, OptionalLong.of(now.operSinceNs()))
        : with(Answer.Kind.SUPERSEDED, OptionalLong.empty());
  }

  /** Tells whether the port is asked for these parameters already. */
  static boolean isAskedFor(GateParameters parameters, GateSchedule now) {
    return now.pending()
        .map(GateSchedule.Pending::parameters)
        .orElse(now.oper())
        .equals(parameters);
  }

  Outcome outcome() {
    return new Outcome(message, replyTo, state, configChangeTimeNs);
  }

  AcceptedMessage with(ReplyTo other) {
    return new AcceptedMessage(message, other, state, configChangeTimeNs);
  }

  private AcceptedMessage with(Answer.Kind kind, OptionalLong timeNs) {
    return new AcceptedMessage(message, replyTo, kind, timeNs);
  }
}
