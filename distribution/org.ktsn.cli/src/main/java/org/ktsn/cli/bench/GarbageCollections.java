package org.ktsn.cli.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.ktsn.cli.CommandFailure;

/**
 * What the daemon's collector did.
 *
 * @param collections how many collections
 * @param totalMs how long they took together
 */
record GarbageCollections(long collections, long totalMs) {
  static final GarbageCollections NONE = new GarbageCollections(0, 0);

  /** Reads the answer to {@code ktsn:gc --json}. */
  static GarbageCollections fromJson(JsonElement json) {
    try {
      JsonObject object = json.getAsJsonObject();
      return new GarbageCollections(
          object.get("collections").getAsLong(), object.get("total_ms").getAsLong());
    } catch (RuntimeException e) {
      throw new CommandFailure("The daemon's answer to ktsn:gc can't be read: " + json, e);
    }
  }

  GarbageCollections plus(GarbageCollections other) {
    return new GarbageCollections(collections + other.collections, totalMs + other.totalMs);
  }

  GarbageCollections minus(GarbageCollections other) {
    return new GarbageCollections(collections - other.collections, totalMs - other.totalMs);
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("collections", collections);
    json.addProperty("total_ms", totalMs);
    return json;
  }
}
