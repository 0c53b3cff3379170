package org.ktsn.mqtt.protocol;

import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/**
 * Signed messages: JWS in the compact form (RFC 7515) with Ed25519 (RFC 8037), and no other
 * algorithm, whatever the message's header says. Any thread.
 */
public final class Signatures {
  private static final Pattern COMPACT =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*");
  private static final AlgorithmConstraints ED25519 =
      new AlgorithmConstraints(ConstraintType.PERMIT, AlgorithmIdentifiers.EDDSA);

  private Signatures() {}

  /** Tells whether a message has the form of a signed one. */
  public static boolean isSigned(String text) {
    return COMPACT.matcher(text.strip()).matches();
  }

  /** Signs a message. */
  public static String sign(String message, PrivateKey key) {
    try {
      JsonWebSignature signature = new JsonWebSignature();
      signature.setPayload(message);
      signature.setKey(key);
      signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.EDDSA);
      signature.setContentTypeHeaderValue("json");
      return signature.getCompactSerialization();
    } catch (JoseException e) {
      throw new IllegalArgumentException(
          "the message can't be signed: " + e.getMessage() + "; give an Ed25519 private key", e);
    }
  }

  /** Returns the message if one of the keys signed it. */
  public static Optional<String> verify(String signed, List<PublicKey> keys) {
    return keys.stream().flatMap(key -> verify(signed, key).stream()).findFirst();
  }

  private static Optional<String> verify(String signed, Key key) {
    try {
      JsonWebSignature signature = new JsonWebSignature();
      signature.setAlgorithmConstraints(ED25519);
      signature.setCompactSerialization(signed.strip());
      signature.setKey(key);
      return signature.verifySignature() ? Optional.of(signature.getPayload()) : Optional.empty();
    } catch (JoseException | RuntimeException e) {
      return Optional.empty(); // not one that this key could have made
    }
  }
}
