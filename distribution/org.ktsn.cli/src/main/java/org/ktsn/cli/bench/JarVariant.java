package org.ktsn.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Makes another version of a bundle, whose services rank differently. */
final class JarVariant {
  private static final String RANKING = "name=\"service.ranking\" type=\"Integer\" value=\"\\d+\"";

  private JarVariant() {}

  /**
   * Writes the variant beside its target first, so that nobody sees half of it.
   *
   * @param bundle the bundle's file
   * @param target the variant's file; replaced if it is there
   * @param version its Bundle-Version
   * @param ranking the {@code service.ranking} of its components that have one
   */
  static void write(Path bundle, Path target, String version, int ranking) throws IOException {
    Path half = Files.createTempFile(target.toAbsolutePath().getParent(), ".variant", ".part");
    try {
      try (JarFile from = new JarFile(bundle.toFile())) {
        Manifest manifest = new Manifest(from.getManifest());
        manifest.getMainAttributes().put(new Attributes.Name("Bundle-Version"), version);
        try (JarOutputStream to = new JarOutputStream(Files.newOutputStream(half), manifest)) {
          for (Enumeration<JarEntry> all = from.entries(); all.hasMoreElements(); ) {
            copy(from, all.nextElement(), to, ranking);
          }
        }
      }
      Files.move(
          half,
          target,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  private static void copy(JarFile from, JarEntry entry, JarOutputStream to, int ranking)
      throws IOException {
    String name = entry.getName();
    if (name.equals(JarFile.MANIFEST_NAME)) {
      return;
    }
    byte[] content;
    try (InputStream in = from.getInputStream(entry)) {
      content = in.readAllBytes();
    }
    if (name.startsWith("OSGI-INF/") && name.endsWith(".xml")) {
      content =
          new String(content, StandardCharsets.UTF_8)
              .replaceAll(
                  RANKING, "name=\"service.ranking\" type=\"Integer\" value=\"" + ranking + "\"")
              .getBytes(StandardCharsets.UTF_8);
    }
    to.putNextEntry(new JarEntry(name));
    to.write(content);
    to.closeEntry();
  }
}
