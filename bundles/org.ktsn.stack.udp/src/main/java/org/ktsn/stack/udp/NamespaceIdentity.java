package org.ktsn.stack.udp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A network namespace, whatever its name: device and inode of its file. */
record NamespaceIdentity(Object device, Object inode) {
  static Optional<NamespaceIdentity> of(Path networkNamespace) {
    try {
      Map<String, Object> attributes = Files.readAttributes(networkNamespace, "unix:dev,ino");
      return Optional.of(new NamespaceIdentity(attributes.get("dev"), attributes.get("ino")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
