package org.ktsn.schedule.mqtt.node;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.state.StateStore;
import org.ktsn.mqtt.protocol.DesiredMessage;
import org.ktsn.mqtt.protocol.DesiredReader;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last accepted message over restarts, so that neither an older one nor the same again is
 * taken for new.
 */
final class AcceptedStore {
  static final String DOCUMENT = "mqtt.json";
  private static final Logger LOG = LoggerFactory.getLogger(AcceptedStore.class);

  private final StateStore store;
  private final ScheduleCodec codec;
  private final String address;

  AcceptedStore(StateStore store, ScheduleCodec codec, String address) {
    this.store = store;
    this.codec = codec;
    this.address = address;
  }

  /** Keeps a message; returns whether that was possible. */
  boolean write(DesiredMessage message) {
    JsonObject document = new JsonObject();
    document.addProperty("node", address);
    document.add("desired", JsonParser.parseString(message.encode(codec)));
    try {
      store.write(DOCUMENT, document.toString());
      return true;
    } catch (UncheckedIOException e) {
      LOG.error("event=mqtt-state-not-kept reason=\"{}\"", e.getMessage());
      return false;
    }
  }

  /** Reads what was kept; that of a node of another name does not count. */
  Optional<DesiredMessage> read(int trafficClasses) {
    Optional<String> document = Optional.empty();
    try {
      document = store.read(DOCUMENT);
      if (document.isEmpty()) {
        return Optional.empty();
      }
      JsonObject json = JsonParser.parseString(document.get()).getAsJsonObject();
      if (!json.get("node").getAsString().equals(address)) {
        return Optional.empty();
      }
      DesiredReader.Result result =
          new DesiredReader(codec)
              .read(json.get("desired").toString(), NodeFacts.ofClasses(trafficClasses));
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
          store.setAside(DOCUMENT),
          reason.replace('"', '\''));
    } catch (UncheckedIOException e) {
      LOG.error("event=mqtt-state-not-set-aside reason=\"{}\"", e.getMessage());
    }
  }
}
