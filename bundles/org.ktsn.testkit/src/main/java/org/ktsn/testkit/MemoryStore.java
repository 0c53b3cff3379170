package org.ktsn.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ktsn.api.state.StateStore;

/**
 * Keeps documents as long as the test lasts: over a restart of the node, not of the machine. Any
 * thread.
 */
public final class MemoryStore implements StateStore {
  private final Map<String, String> documents = new ConcurrentHashMap<>();
  private volatile boolean full;

  /** Makes one without a document. */
  public MemoryStore() {}

  /** Returns the documents by their names, for the test to look at and to change. */
  public Map<String, String> documents() {
    return documents;
  }

  /** From here on there is room for no document. */
  public void fill() {
    full = true;
  }

  @Override
  public Optional<String> read(String name) {
    return Optional.ofNullable(documents.get(name));
  }

  /**
   * Keeps one.
   *
   * @throws UncheckedIOException after {@link #fill}
   */
  @Override
  public void write(String name, String document) {
    if (full) {
      throw new UncheckedIOException(new IOException("no space left"));
    }
    documents.put(name, document);
  }

  @Override
  public Path setAside(String name) {
    String aside = name + ".broken";
    documents.put(aside, documents.remove(name));
    return Path.of(aside);
  }
}
