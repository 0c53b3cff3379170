package org.ktsn.mqtt.node;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ktsn.api.schedule.ScheduleProblem;
import org.ktsn.mqtt.protocol.Desired;
import org.ktsn.mqtt.protocol.Reading;
import org.ktsn.mqtt.protocol.Signatures;

/**
 * Judges desired messages by themselves: size, signature, address, content. Any thread.
 *
 * @param <M> what a message asks for
 */
public final class Judge<M extends Desired> {
  private final String address;
  private final int payloadLimit;
  private final List<PublicKey> signers;
  private final Function<String, Reading<M>> reader;

  /**
   * Makes one.
   *
   * @param address the node, {@code NETWORK/NODE}
   * @param payloadLimit the most octets that a message may have
   * @param signers whose signature is needed; empty: none is
   * @param reader reads the text of a message, and judges its content
   */
  public Judge(
      String address,
      int payloadLimit,
      List<PublicKey> signers,
      Function<String, Reading<M>> reader) {
    this.address = address;
    this.payloadLimit = payloadLimit;
    this.signers = List.copyOf(signers);
    this.reader = reader;
  }

  /** Tells whether a message is longer than the node takes. */
  public boolean isTooLong(byte[] payload) {
    return payload.length > payloadLimit;
  }

  /** Judges a message as it came. */
  public Reading<M> judge(byte[] payload) {
    if (isTooLong(payload)) {
      return Reading.unreadable(
          "has " + payload.length + " octets; the node takes " + payloadLimit + " at most");
    }
    return signers.isEmpty() ? judgePlain(payload) : judgeSigned(payload);
  }

  /** Judges the content of a message of which no signature is asked. */
  public Reading<M> judgeContent(String text) {
    return addressed(reader.apply(text), false);
  }

  private Reading<M> judgePlain(byte[] payload) {
    Reading<M> result = Reading.of(payload, reader);
    String text = new String(payload, StandardCharsets.ISO_8859_1);
    return result.id().isEmpty() && Signatures.isSigned(text)
        ? Reading.unreadable(
            "is signed, and the node has no keys; set signer.keys.file there, or send it unsigned")
        : addressed(result, false);
  }

  private Reading<M> judgeSigned(byte[] payload) {
    String text = new String(payload, StandardCharsets.ISO_8859_1);
    if (!Signatures.isSigned(text)) {
      return Reading.unreadable("is not signed; the node takes signed messages (JWS) only");
    }
    Optional<String> message = Signatures.verify(text, signers);
    return message.isEmpty()
        ? Reading.unreadable("has a signature of none of the node's keys; sign it with one of them")
        : addressed(reader.apply(message.get()), true);
  }

  /** A message of another node must not work here; a signed one can be copied, so it must say. */
  private Reading<M> addressed(Reading<M> result, boolean needed) {
    Optional<String> node = result.message().flatMap(Desired::node);
    if (result.message().isEmpty() || (node.isEmpty() ? !needed : node.get().equals(address))) {
      return result;
    }
    String problem =
        node.isEmpty()
            ? "is missing; a signed message names its node: give \"" + address + "\""
            : "is another node; this one is " + address;
    return new Reading<>(
        result.id(),
        result.version(),
        Optional.empty(),
        List.of(new ScheduleProblem("/node", problem)));
  }
}
