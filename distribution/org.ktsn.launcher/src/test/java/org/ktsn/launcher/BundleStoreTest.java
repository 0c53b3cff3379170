package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.launcher.BundlePlan.PlannedBundle;

class BundleStoreTest {
  @TempDir Path folder;

  private static PlannedBundle bundle(String artifact) {
    return new PlannedBundle(new Coordinates("org.test", artifact, "1.0"), 10, "the-feature");
  }

  @Test
  void shouldLayBundlesOutAsMavenDoes() {
    assertEquals(
        folder.resolve("org/test/a.b/1.0/a.b-1.0.jar"),
        new BundleStore(folder).file(bundle("a.b")));
  }

  @Test
  void shouldNameTheBundleThatIsMissing() throws IOException {
    Path there = folder.resolve("org/test/a/1.0/a-1.0.jar");
    Files.createDirectories(there.getParent());
    Files.createFile(there);
    BundleStore store = new BundleStore(folder);
    store.check(List.of(bundle("a")));

    String one =
        assertThrows(LaunchException.class, () -> store.check(List.of(bundle("a"), bundle("b"))))
            .getMessage();
    assertEquals(
        "the bundle org.test:b:1.0 of the feature the-feature is missing: there is no file "
            + folder.resolve("org/test/b/1.0/b-1.0.jar")
            + "; build or unpack the distribution again",
        one);

    String two =
        assertThrows(LaunchException.class, () -> store.check(List.of(bundle("b"), bundle("c"))))
            .getMessage();
    assertTrue(two.startsWith("2 bundles are missing in " + folder + ": org.test:b:1.0"), two);
  }
}
