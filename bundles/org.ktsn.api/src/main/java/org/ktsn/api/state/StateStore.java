package org.ktsn.api.state;

import java.nio.file.Path;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Keeps small documents over restarts, by name. A document is replaced whole or not at all, also if
 * the machine loses power meanwhile. Any thread.
 *
 * <p>Names are 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter.
 */
@ProviderType
public interface StateStore {
  /**
   * Reads a document; nothing if there is none.
   *
   * @throws java.io.UncheckedIOException if it can't be read
   */
  Optional<String> read(String name);

  /**
   * Writes a document. It is durable when this returns.
   *
   * @throws java.io.UncheckedIOException if it can't be kept; the former one is still there then
   */
  void write(String name, String document);

  /**
   * Puts a document that can't be used out of the way, for people to look at; nothing is there
   * under its name afterwards.
   *
   * @return the file that holds it now
   * @throws java.io.UncheckedIOException if that is not possible
   */
  Path setAside(String name);
}
