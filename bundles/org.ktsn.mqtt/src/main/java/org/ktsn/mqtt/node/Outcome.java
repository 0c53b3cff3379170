package org.ktsn.mqtt.node;

import java.util.OptionalLong;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.Desired;

/**
 * What has become of a message that was accepted.
 *
 * @param message the message
 * @param replyTo where its sender wants to know it
 * @param state accepted, operational or superseded
 * @param configChangeTimeNs when it takes or took effect, in TAI nanoseconds, if that is known
 */
public record Outcome(
    Desired message, ReplyTo replyTo, Answer.Kind state, OptionalLong configChangeTimeNs) {}
