package org.ktsn.mqtt.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * User name and password. The password is in a file, its first line, and is read for each
 * connection, so that a new one is taken up by itself.
 *
 * @param user the name; empty for none
 * @param passwordFile where the password is
 */
public record Credentials(String user, Optional<Path> passwordFile) {
  /** Neither. */
  public static final Credentials NONE = new Credentials("", Optional.empty());

  /** Checks that a password has a user. */
  public Credentials {
    if (user.isEmpty() && passwordFile.isPresent()) {
      throw new IllegalArgumentException("there is a password file but no user; give both");
    }
  }

  /**
   * Reads the password.
   *
   * @throws IllegalArgumentException if the file can't be read
   */
  Optional<String> password() {
    return passwordFile.map(
        file -> {
          try {
            return Files.readString(file).lines().findFirst().orElse("");
          } catch (IOException e) {
            throw new IllegalArgumentException(
                "the password file " + file + " can't be read: " + e + "; make it readable", e);
          }
        });
  }
}
