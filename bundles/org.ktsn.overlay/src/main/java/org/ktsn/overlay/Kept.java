package org.ktsn.overlay;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.state.StateStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is kept over restarts: by which id this node is known, and what other nodes said, with what
 * of it was refused, so that who came first is first again.
 *
 * @param id empty: there is none yet
 * @param said what nodes said, by their names, the first one first
 * @param refused nodes, and pods as {@code NODE/POD}
 */
record Kept(Optional<String> id, Map<String, String> said, Set<String> refused) {
  static final String DOCUMENT = "overlay.json";
  private static final Logger LOG = LoggerFactory.getLogger(Kept.class);
  private static final Kept NOTHING = new Kept(Optional.empty(), Map.of(), Set.of());

  /** Reads it; what can't be used is put aside. */
  static Kept read(StateStore store) {
    try {
      return store.read(DOCUMENT).map(Kept::parse).orElse(NOTHING);
    } catch (UncheckedIOException e) {
      LOG.error("event=overlay-state-not-read reason=\"{}\"", e.getMessage());
    } catch (RuntimeException e) {
      setAside(store, e);
    }
    return NOTHING;
  }

  private static Kept parse(String text) {
    JsonObject json = JsonParser.parseString(text).getAsJsonObject();
    Map<String, String> said = new LinkedHashMap<>();
    for (JsonElement each : json.getAsJsonArray("nodes")) {
      JsonObject node = each.getAsJsonObject();
      said.put(node.get("name").getAsString(), node.get("said").getAsString());
    }
    Set<String> refused = new LinkedHashSet<>();
    json.getAsJsonArray("refused").forEach(each -> refused.add(each.getAsString()));
    return new Kept(
        Optional.of(json.get("id").getAsString()).filter(Values::isName), said, refused);
  }

  private static void setAside(StateStore store, RuntimeException reason) {
    try {
      LOG.error(
          "event=overlay-state-set-aside file={} reason=\"it can't be used, so other nodes are"
              + " known when they have announced themselves again: {}\"",
          store.setAside(DOCUMENT),
          String.valueOf(reason.getMessage()).replace('"', '\''));
    } catch (UncheckedIOException e) {
      LOG.error("event=overlay-state-not-set-aside reason=\"{}\"", e.getMessage());
    }
  }

  /** Writes it; that there is no room is told. */
  void write(StateStore store) {
    JsonArray nodes = new JsonArray();
    said.forEach(
        (name, text) -> {
          JsonObject node = new JsonObject();
          node.addProperty("name", name);
          node.addProperty("said", text);
          nodes.add(node);
        });
    JsonArray left = new JsonArray();
    refused.forEach(left::add);
    JsonObject json = new JsonObject();
    json.addProperty("id", id.orElse(""));
    json.add("nodes", nodes);
    json.add("refused", left);
    try {
      store.write(DOCUMENT, json.toString());
    } catch (UncheckedIOException e) {
      LOG.error("event=overlay-state-not-kept reason=\"{}\"", e.getMessage());
    }
  }
}
