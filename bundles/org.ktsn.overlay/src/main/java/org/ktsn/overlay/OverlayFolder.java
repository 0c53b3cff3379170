package org.ktsn.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The folder where the node's own descriptions of the overlay are, a file each. */
final class OverlayFolder {
  static final String SUFFIX = ".overlay";

  private final Path folder;

  OverlayFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Returns the file of a network.
   *
   * @throws IllegalArgumentException if that is no name
   */
  Path file(String network) {
    if (!Values.isName(network)) {
      throw new IllegalArgumentException(
          "'"
              + network
              + "' is no name of a network; use 1 to 63 letters, digits, '.', '_' or '-', beginning"
              + " with a letter or digit");
    }
    return folder.resolve(network + SUFFIX);
  }

  /** Writes a description, which is there as a whole or not at all. */
  void write(Path file, String description) {
    Path draft = folder.resolve("." + file.getFileName() + ".draft");
    try {
      Files.createDirectories(folder);
      Files.writeString(draft, description);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IllegalStateException(
          file + " can't be written (" + e.getMessage() + "); make room or access there", e);
    }
  }

  /** Removes a description. */
  void remove(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new IllegalStateException(
          file + " can't be removed (" + e.getMessage() + "); remove it by hand", e);
    }
  }
}
