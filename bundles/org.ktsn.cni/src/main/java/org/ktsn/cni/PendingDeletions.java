package org.ktsn.cni;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tsn-cni wrote down of each DEL that nobody answered in time: one file each, a request as
 * {@code cni/src/relay.h} has it. The runtime was told that it is done. Any thread.
 */
final class PendingDeletions {
  private static final Logger LOG = LoggerFactory.getLogger(PendingDeletions.class);
  private static final String FILES = "[!.]*@*";

  /** What tsn-cni writes before it has the name it is to have: {@code .ID@IF.PID}. */
  private static final Pattern DRAFT = Pattern.compile("\\.[^@]+@.+\\.[0-9]+");

  /** How long a plugin may write; it has a second in all. */
  private static final long DRAFT_LIMIT_MS = TimeUnit.MINUTES.toMillis(1);

  private final Path folder;

  /**
   * Makes it.
   *
   * @param folder where they are; it is made if it is not there
   */
  PendingDeletions(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }

  /**
   * One of them.
   *
   * @param file where it is
   * @param environment what the plugin was given
   * @param config what the plugin was given
   */
  record Deletion(Path file, Environment environment, NetworkConfig config) {
    String podName() {
      return Attachment.podName(environment);
    }
  }

  /**
   * Has a name lead there that plugins can tell from the socket's.
   *
   * @param link the name; what another KTSNd made of it is replaced
   */
  void announce(Path link) throws IOException {
    Path draft = link.resolveSibling(link.getFileName() + ".new");
    Files.createDirectories(link.toAbsolutePath().getParent());
    Files.deleteIfExists(draft);
    Files.createSymbolicLink(draft, folder.toAbsolutePath());
    Files.move(draft, link, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns all. One that makes no sense is set aside, as {@code .NAME.bad}. */
  List<Deletion> all() {
    List<Deletion> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, FILES)) {
      for (Path file : files) {
        read(file, all);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "what was to be removed while KTSNd was away can't be read from "
              + folder
              + ": "
              + e.getMessage(),
          e);
    }
    return all;
  }

  private static void read(Path file, List<Deletion> all) throws IOException {
    byte[] octets;
    try {
      octets = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      LOG.debug("event=deletion-taken-up file={}", file); // by another thread, just now
      return;
    }
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(octets));
      CniServer.checkMagic(in);
      String variables = new String(CniServer.part(in), StandardCharsets.UTF_8);
      String input = new String(CniServer.part(in), StandardCharsets.UTF_8);
      Environment environment = Environment.parse(variables);
      NetworkConfig config = NetworkConfig.parse(input);
      environment.check(CniCommand.DEL);
      config.name();
      config.ipamType();
      all.add(new Deletion(file, environment, config));
    } catch (CniException | IOException e) {
      setAside(file, e);
    }
  }

  /** Whether or not that succeeds, the others count. */
  private static void setAside(Path file, Exception reason) {
    Path aside = file.resolveSibling("." + file.getFileName() + ".bad");
    try {
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.error("event=deletion-unreadable file={} reason=\"{}\"", aside, reason.getMessage());
    } catch (NoSuchFileException e) {
      LOG.debug("event=deletion-set-aside file={}", file); // by another thread, just now
    } catch (IOException e) {
      LOG.error(
          "event=deletion-unreadable file={} reason=\"{}\" not-set-aside=\"{}\"",
          file,
          reason.getMessage(),
          e.toString());
    }
  }

  /** Removes what plugins that were killed began to write. */
  void removeDrafts() {
    try (DirectoryStream<Path> drafts =
        Files.newDirectoryStream(
            folder, file -> DRAFT.matcher(file.getFileName().toString()).matches())) {
      for (Path draft : drafts) {
        removeDraft(draft);
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("event=drafts-not-removed folder={} reason=\"{}\"", folder, e.toString());
    }
  }

  private static void removeDraft(Path draft) throws IOException {
    try {
      long writtenMs = Files.getLastModifiedTime(draft, LinkOption.NOFOLLOW_LINKS).toMillis();
      if (System.currentTimeMillis() - writtenMs > DRAFT_LIMIT_MS && Files.deleteIfExists(draft)) {
        LOG.info("event=draft-removed file={}", draft);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("event=draft-finished file={}", draft); // by its writer, just now
    }
  }

  /** Tells whether it is still to be done. */
  boolean has(Deletion deletion) {
    return Files.exists(deletion.file(), LinkOption.NOFOLLOW_LINKS);
  }

  /** Forgets one, of which the attachment's record speaks from now on. */
  void remove(Deletion deletion) {
    try {
      DurableFiles.remove(deletion.file());
    } catch (IOException e) {
      throw new CniException(
          CniCode.IO_FAILURE,
          deletion.file() + " can't be removed (" + e.getMessage() + "); remove it by hand",
          e);
    }
  }
}
