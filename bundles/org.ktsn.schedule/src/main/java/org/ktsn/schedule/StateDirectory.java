package org.ktsn.schedule;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;
import org.ktsn.api.state.StateStore;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Keeps documents as files in the state directory: the framework property {@code ktsn.state},
 * otherwise {@code /var/lib/INSTANCE}. A document is written beside its file, forced to the disk
 * and moved over it; the directory is forced too, so that the move itself survives.
 */
@Component(name = "org.ktsn.schedule.state")
public final class StateDirectory implements StateStore {
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Path directory;

  /** Finds the directory; it is made with the first document. */
  @Activate
  public StateDirectory(BundleContext context) {
    this(NodeProperties.of(context).state());
  }

  StateDirectory(Path directory) {
    this.directory = directory;
  }

  @Override
  public synchronized Optional<String> read(String name) {
    try {
      return Optional.of(new String(Files.readAllBytes(file(name)), StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file(name) + " can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void write(String name, String document) {
    Path file = file(name);
    Path next = directory.resolve(name + ".new");
    try {
      Files.createDirectories(directory);
      try (FileChannel channel =
          FileChannel.open(
              next,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer octets = ByteBuffer.wrap(document.getBytes(StandardCharsets.UTF_8));
        while (octets.hasRemaining()) {
          channel.write(octets);
        }
        channel.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      forceDirectory();
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + " can't be written (" + e + "); make room there, or name another ktsn.state", e);
    }
  }

  @Override
  public synchronized Path setAside(String name) {
    Path file = file(name);
    Path aside = directory.resolve(name + ".broken-" + TIME.format(Instant.now()));
    try {
      Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
      forceDirectory();
      return aside;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " can't be set aside: " + e, e);
    }
  }

  private void forceDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private Path file(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no name of a document; use letters, digits, '.', '_' and '-'");
    }
    return directory.resolve(name);
  }
}
