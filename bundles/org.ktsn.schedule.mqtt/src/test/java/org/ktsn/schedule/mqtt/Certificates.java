package org.ktsn.schedule.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.ktsn.mqtt.session.TlsFiles;

/**
 * An authority and what it signs, made by openssl in a folder. It signs by {@code openssl ca}: no
 * other command takes an instant for both ends of a certificate's life in every release.
 */
public final class Certificates {
  private static final DateTimeFormatter INSTANT =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final String AUTHORITY =
      """
      [ca]
      default_ca = authority
      [authority]
      certificate = ca.pem
      private_key = ca.key
      database = issued
      new_certs_dir = .
      rand_serial = yes
      unique_subject = no
      default_md = sha256
      policy = names
      [names]
      commonName = supplied
      """;

  private final Path folder;

  /** Makes an authority. */
  public Certificates(Path folder) {
    this.folder = folder;
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=authority");
    write("ca.cnf", AUTHORITY);
    write("issued", "");
  }

  /** Makes a certificate NAME.pem with its key NAME.key, for a common name; it is valid. */
  public Certificates sign(String name, String commonName) {
    return sign(name, commonName, -1, 2);
  }

  /** Makes one that was valid until yesterday. */
  public Certificates signExpired(String name, String commonName) {
    return sign(name, commonName, -2, -1);
  }

  /** Makes one that will be valid from tomorrow on. */
  public Certificates signForTomorrow(String name, String commonName) {
    return sign(name, commonName, 1, 2);
  }

  private Certificates sign(String name, String commonName, int fromDays, int untilDays) {
    openssl(
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        name + ".key",
        "-out",
        name + ".csr",
        "-subj",
        "/CN=" + commonName);
    write(name + ".ext", "subjectAltName=DNS:" + commonName + "\n");
    Instant now = Instant.now();
    openssl(
        "ca",
        "-batch",
        "-notext",
        "-config",
        "ca.cnf",
        "-in",
        name + ".csr",
        "-startdate",
        INSTANT.format(now.plus(fromDays, ChronoUnit.DAYS)),
        "-enddate",
        INSTANT.format(now.plus(untilDays, ChronoUnit.DAYS)),
        "-extfile",
        name + ".ext",
        "-out",
        name + ".pem");
    return this;
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  /** Trusts the authority and has a certificate. */
  public TlsFiles client(String name) {
    return new TlsFiles(
        Optional.of(file("ca.pem")),
        Optional.of(file(name + ".pem")),
        Optional.of(file(name + ".key")));
  }

  /** Trusts the authority. */
  public TlsFiles trust() {
    return new TlsFiles(Optional.of(file("ca.pem")), Optional.empty(), Optional.empty());
  }

  /** What a broker's listener needs. */
  public List<String> listener(String name) {
    return List.of(
        "cafile " + file("ca.pem"),
        "certfile " + file(name + ".pem"),
        "keyfile " + file(name + ".key"));
  }

  /** Runs openssl in the folder. */
  public void openssl(String... words) {
    run(folder, "openssl", words);
  }

  /** Runs a program in a folder; it must succeed. */
  static void run(Path folder, String program, String... words) {
    try {
      List<String> command = new java.util.ArrayList<>(List.of(program));
      command.addAll(List.of(words));
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("commands.log").toFile())
              .start();
      assertEquals(0, process.waitFor(), () -> command + ": " + log(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String log(Path folder) {
    try {
      return Files.readString(folder.resolve("commands.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
