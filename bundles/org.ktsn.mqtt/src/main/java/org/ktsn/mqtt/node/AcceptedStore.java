package org.ktsn.mqtt.node;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Function;
import org.ktsn.api.state.StateStore;
import org.ktsn.mqtt.protocol.Desired;
import org.ktsn.mqtt.protocol.Reading;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last accepted message over restarts, so that neither an older one nor the same again is
 * taken for new. Any thread.
 *
 * @param <M> what a message asks for
 */
public final class AcceptedStore<M extends Desired> {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptedStore.class);

  private final StateStore store;
  private final String document;
  private final String address;
  private final Function<M, String> writer;
  private final Function<String, Reading<M>> reader;

  /**
   * Makes one.
   *
   * @param document the document of the store that holds the message
   * @param address the node, {@code NETWORK/NODE}
   * @param writer writes a message as JSON
   * @param reader reads it
   */
  public AcceptedStore(
      StateStore store,
      String document,
      String address,
      Function<M, String> writer,
      Function<String, Reading<M>> reader) {
    this.store = store;
    this.document = document;
    this.address = address;
    this.writer = writer;
    this.reader = reader;
  }

  /** Keeps a message; returns whether that was possible. */
  public boolean write(M message) {
    JsonObject json = new JsonObject();
    json.addProperty("node", address);
    json.add("desired", JsonParser.parseString(writer.apply(message)));
    try {
      store.write(document, json.toString());
      return true;
    } catch (UncheckedIOException e) {
      LOG.error("event=mqtt-state-not-kept reason=\"{}\"", e.getMessage());
      return false;
    }
  }

  /** Reads what was kept; that of a node of another name does not count. */
  public Optional<M> read() {
    try {
      Optional<String> text = store.read(document);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      JsonObject json = JsonParser.parseString(text.get()).getAsJsonObject();
      if (!json.get("node").getAsString().equals(address)) {
        return Optional.empty();
      }
      Reading<M> result = reader.apply(json.get("desired").toString());
      if (result.message().isEmpty()) {
        setAside(String.valueOf(result.problems().getFirst()));
      }
      return result.message();
    } catch (UncheckedIOException e) {
      LOG.error("event=mqtt-state-not-read reason=\"{}\"", e.getMessage());
    } catch (RuntimeException e) {
      setAside(e.toString());
    }
    return Optional.empty();
  }

  private void setAside(String reason) {
    try {
      LOG.error(
          "event=mqtt-state-set-aside file={} reason=\"it can't be used, so the next message counts"
              + " as new whatever its version: {}\"",
          store.setAside(document),
          reason.replace('"', '\''));
    } catch (UncheckedIOException e) {
      LOG.error("event=mqtt-state-not-set-aside reason=\"{}\"", e.getMessage());
    }
  }
}
