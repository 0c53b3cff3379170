package org.ktsn.mqtt.node;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ktsn.api.state.StateStore;

/** Keeps documents as long as the test lasts: a restart of the node, not of the machine. */
public final class MemoryStore implements StateStore {
  private final Map<String, String> documents = new ConcurrentHashMap<>();

  @Override
  public Optional<String> read(String name) {
    return Optional.ofNullable(documents.get(name));
  }

  @Override
  public void write(String name, String document) {
    documents.put(name, document);
  }

  @Override
  public Path setAside(String name) {
    String aside = name + ".broken";
    documents.put(aside, documents.remove(name));
    return Path.of(aside);
  }
}
