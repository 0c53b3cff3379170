package org.ktsn.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The processes of a pod's network namespace that LibKTSN does not serve, or not wholly, and why
 * not. All that is read is the kernel's, in {@code /proc}: no file of a container is opened. Any
 * thread.
 */
final class OtherPrograms {
  private static final String LIBRARY = "libktsn.so";
  private static final int MOST_OCTETS = 16 << 20;
  private static final int MOST_NAME_CHARACTERS = 16;

  /** Entries of the auxiliary vector, by {@code <elf.h>}. */
  private static final long AT_BASE = 7;

  private static final long AT_SECURE = 23;

  private final Path processes;

  /**
   * Makes a reader.
   *
   * @param processes {@code /proc}, or what stands for it
   */
  OtherPrograms(Path processes) {
    this.processes = processes;
  }

  /**
   * A process that LibKTSN does not serve.
   *
   * @param process its number, as KTSNd sees it
   * @param name the name that it has given itself, in printable ASCII
   * @param reason a sentence without its subject
   */
  record OtherProgram(int process, String name, String reason) {}

  /** Finds those of a network namespace, in the order of their numbers. */
  List<OtherProgram> in(Path networkNamespace) {
    List<OtherProgram> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(processes)) {
      Object wanted = identity(networkNamespace);
      entries
          .filter(entry -> entry.getFileName().toString().matches("[0-9]{1,9}"))
          .filter(entry -> lives(entry, wanted))
          .forEach(entry -> look(entry).ifPresent(found::add));
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // the namespace is gone, and its processes with it
    }
    found.sort((one, other) -> Integer.compare(one.process(), other.process()));
    return found;
  }

  private static Map<String, Object> identity(Path namespace) throws IOException {
    return Files.readAttributes(namespace, "unix:dev,ino");
  }

  private static boolean lives(Path entry, Object namespace) {
    try {
      return identity(entry.resolve("ns/net")).equals(namespace);
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  private static Optional<OtherProgram> look(Path entry) {
    try {
      return reason(entry)
          .map(
              reason ->
                  new OtherProgram(
                      Integer.parseInt(entry.getFileName().toString()), name(entry), reason));
    } catch (IOException e) {
      return Optional.empty(); // it has ended
    }
  }

  private static Optional<String> reason(Path entry) throws IOException {
    byte[] vector = read(entry.resolve("auxv"));
    if (vector.length == 0) {
      return Optional.empty(); // a thread of the kernel, or one that is ending
    }
    String mappings = new String(read(entry.resolve("maps")), StandardCharsets.ISO_8859_1);
    if (mappings.contains("/" + LIBRARY)) {
      return usesIoUring(entry)
          ? Optional.of(
              "uses io_uring, which LibKTSN does not see: what it sends that way takes the"
                  + " kernel's path")
          : Optional.empty();
    }
    if (value(vector, AT_SECURE) == 1) {
      return Optional.of(
          "has taken another user's rights when it started, so nothing is preloaded into it");
    }
    if (value(vector, AT_BASE) == 0) {
      return Optional.of("is linked statically, so nothing can be preloaded into it");
    }
    if (mappings.contains("/ld-musl-")) {
      return Optional.of(
          "is a program of musl, which reads no /etc/ld.so.preload: put LibKTSN into LD_PRELOAD of"
              + " its container");
    }
    return Optional.of("was started without LibKTSN; preload it");
  }

  private static boolean usesIoUring(Path entry) throws IOException {
    try (Stream<Path> descriptors = Files.list(entry.resolve("fd"))) {
      return descriptors.anyMatch(
          descriptor -> {
            try {
              return Files.readSymbolicLink(descriptor).toString().equals("anon_inode:[io_uring]");
            } catch (IOException e) {
              return false; // closed meanwhile
            }
          });
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** The value of an entry of the auxiliary vector of a 64-bit program; 0 if it has none. */
  private static long value(byte[] vector, long type) {
    ByteBuffer words = ByteBuffer.wrap(vector).order(ByteOrder.nativeOrder());
    while (words.remaining() >= 2 * Long.BYTES) {
      if (words.getLong() == type) {
        return words.getLong();
      }
      words.getLong();
    }
    return 0;
  }

  private static String name(Path entry) {
    try {
      String given =
          new String(read(entry.resolve("comm")), StandardCharsets.ISO_8859_1)
              .strip()
              .replaceAll("[^!-~]", "?");
      return given.substring(0, Math.min(given.length(), MOST_NAME_CHARACTERS));
    } catch (IOException e) {
      return "";
    }
  }

  private static byte[] read(Path file) throws IOException {
    try (var stream = Files.newInputStream(file)) {
      return stream.readNBytes(MOST_OCTETS);
    }
  }
}
