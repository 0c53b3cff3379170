package org.ktsn.mqtt.protocol;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Optional;

/**
 * What a controller wants of a part of a node that is told by one document.
 *
 * @param id the message's name; the same id is the same message
 * @param version orders messages: a higher one takes the place of a lower one
 * @param node the node that it is for, {@code NETWORK/NODE}; a signed message must say so
 * @param document the document, JSON, as it was sent but for blanks
 */
public record DocumentMessage(String id, long version, Optional<String> node, String document)
    implements Desired {

  /** Writes the message. */
  public String encode(String member) {
    return encode(id, version, node, member, document);
  }

  /**
   * Puts a message together.
   *
   * @param member the member that holds the document
   * @param document the document, JSON; it is sent as it is written
   */
  public static String encode(
      String id, long version, Optional<String> node, String member, String document) {
    JsonObject head = new JsonObject();
    head.addProperty("id", id);
    head.addProperty("version", version);
    node.ifPresent(address -> head.addProperty("node", address));
    String text = head.toString();
    return text.substring(0, text.length() - 1)
        + ","
        + new JsonPrimitive(member)
        + ":"
        + document
        + "}";
  }
}
