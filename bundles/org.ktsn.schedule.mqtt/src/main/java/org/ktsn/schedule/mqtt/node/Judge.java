package org.ktsn.schedule.mqtt.node;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.DesiredReader.Result;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.Signatures;

/** Judges desired messages by themselves: size, signature, address, content. Any thread. */
final class Judge {
  private final String address;
  private final int payloadLimit;
  private final List<PublicKey> signers;
  private final DesiredReader reader;
  private final Supplier<NodeFacts> facts;

  /**
   * Makes one.
   *
   * @param address the node, {@code NETWORK/NODE}
   * @param signers whose signature is needed; empty: none is
   */
  Judge(
      String address,
      int payloadLimit,
      List<PublicKey> signers,
      DesiredReader reader,
      Supplier<NodeFacts> facts) {
    this.address = address;
    this.payloadLimit = payloadLimit;
    this.signers = List.copyOf(signers);
    this.reader = reader;
    this.facts = facts;
  }

  boolean isTooLong(byte[] payload) {
    return payload.length > payloadLimit;
  }

  /** Judges a message as it came. */
  Result judge(byte[] payload) {
    if (isTooLong(payload)) {
      return Result.unreadable(
          "has " + payload.length + " octets; the node takes " + payloadLimit + " at most");
    }
    return signers.isEmpty() ? judgePlain(payload) : judgeSigned(payload);
  }

  /** Judges the content of a message of which no signature is asked. */
  Result judgeContent(String text) {
    return addressed(reader.read(text, facts.get()), false);
  }

  private Result judgePlain(byte[] payload) {
    Result result = reader.read(payload, facts.get());
    String text = new String(payload, StandardCharsets.ISO_8859_1);
    return result.id().isEmpty() && Signatures.isSigned(text)
        ? Result.unreadable(
            "is signed, and the node has no keys; set signer.keys.file there, or send it unsigned")
        : addressed(result, false);
  }

  private Result judgeSigned(byte[] payload) {
    String text = new String(payload, StandardCharsets.ISO_8859_1);
    if (!Signatures.isSigned(text)) {
      return Result.unreadable("is not signed; the node takes signed messages (JWS) only");
    }
    Optional<String> message = Signatures.verify(text, signers);
    return message.isEmpty()
        ? Result.unreadable("has a signature of none of the node's keys; sign it with one of them")
        : addressed(reader.read(message.get(), facts.get()), true);
  }

  /** A message of another node must not work here; a signed one can be copied, so it must say. */
  private Result addressed(Result result, boolean needed) {
    Optional<String> node = result.message().flatMap(DesiredMessage::node);
    if (result.message().isEmpty() || (node.isEmpty() ? !needed : node.get().equals(address))) {
      return result;
    }
    String problem =
        node.isEmpty()
            ? "is missing; a signed message names its node: give \"" + address + "\""
            : "is another node; this one is " + address;
    return new Result(
        result.id(),
        result.version(),
        Optional.empty(),
        List.of(new ScheduleProblem("/node", problem)));
  }
}
