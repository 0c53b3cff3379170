package org.ktsn.overlay.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ktsn.api.state.StateStore;

/** Keeps documents as long as the test lasts: a restart of the node, not of the machine. */
final class MemoryStore implements StateStore {
  final Map<String, String> documents = new ConcurrentHashMap<>();
  volatile boolean full;

  @Override
  public Optional<String> read(String name) {
    return Optional.ofNullable(documents.get(name));
  }

  @Override
  public void write(String name, String document) {
    if (full) {
      throw new UncheckedIOException(new IOException("no space left"));
    }
    documents.put(name, document);
  }

  @Override
  public Path setAside(String name) {
    documents.put(name + ".broken", documents.remove(name));
    return Path.of(name + ".broken");
  }
}
