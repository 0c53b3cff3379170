package org.ktsn.filter.psfp;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.state.StateStore;

/** Keeps documents as long as the test lasts. */
final class MemoryStore implements StateStore {
  final Map<String, String> documents = new HashMap<>();

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
    documents.put(name + ".broken", documents.remove(name));
    return Path.of(name + ".broken");
  }
}
