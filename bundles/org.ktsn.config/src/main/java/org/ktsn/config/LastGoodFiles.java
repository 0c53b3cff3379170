package org.ktsn.config;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the text of each file as it was good the last time, over restarts. One thread at a time.
 */
final class LastGoodFiles {
  private static final Logger LOG = LoggerFactory.getLogger(LastGoodFiles.class);

  private final Path directory;

  LastGoodFiles(Path directory) {
    this.directory = directory;
  }

  /** Keeps a text. If that is not possible, it is logged, and a restart finds none. */
  void keep(Path file, String text) {
    Path kept = kept(file);
    Path fresh = kept.resolveSibling(kept.getFileName() + ".new");
    try {
      if (find(file).equals(Optional.of(text))) {
        return;
      }
      Files.createDirectories(directory);
      Files.writeString(fresh, text);
      Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.warn("event=last-good-not-kept file={} reason=\"{}\"", file, e.toString());
    }
  }

  Optional<String> find(Path file) {
    try {
      return Optional.of(Files.readString(kept(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.warn("event=last-good-not-read file={} reason=\"{}\"", file, e.toString());
      return Optional.empty();
    }
  }

  void forget(Path file) {
    try {
      Files.deleteIfExists(kept(file));
    } catch (IOException e) {
      LOG.warn("event=last-good-not-removed file={} reason=\"{}\"", file, e.toString());
    }
  }

  private Path kept(Path file) {
    return directory.resolve(
        URLEncoder.encode(file.toAbsolutePath().toString(), StandardCharsets.UTF_8));
  }
}
