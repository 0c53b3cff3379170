package org.ktsn.cni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that names a network namespace: which one it is, and whether it is still that one. */
final class NamespaceFile {
  /** What tells no namespace from another. */
  static final long UNKNOWN = 0;

  private NamespaceFile() {}

  /** Returns the namespace's number (its inode); {@link #UNKNOWN} if it can't be told. */
  static long id(String file) {
    try {
      return file.isEmpty() ? UNKNOWN : number(Path.of(file));
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /**
   * Tells whether a file certainly does not name a namespace any more: there is none of its name,
   * or it is another one. A file that may not be looked at names it still.
   *
   * @param id the namespace's number; {@link #UNKNOWN} stands for each
   */
  static boolean isGone(String file, long id) {
    try {
      return !file.isEmpty() && number(Path.of(file)) != id && id != UNKNOWN;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static long number(Path file) throws IOException {
    return (Long) Files.getAttribute(file, "unix:ino");
  }
}
