package org.ktsn.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * KTSNd's image, built by {@code ./ktsn image}, in a store of Podman that is the tests' own.
 *
 * @param store the store's folder
 * @param digest of the image, as Podman tells it
 */
record ContainerImage(Path store, String digest) {
  static final String NAME = "localhost/ktsn-itest:1";
  static final Path STORE = Node.ROOT.resolve(".ktsn/itests-image");

  private static ContainerImage kept;

  /** The one that is kept, so that only what changed is built again; built once a run. */
  static synchronized ContainerImage kept() throws IOException {
    if (kept == null) {
      kept = build(STORE);
    }
    return kept;
  }

  /**
   * Builds it.
   *
   * @param store a folder; what was built there before is used again
   * @param options of {@code ./ktsn image}
   */
  static ContainerImage build(Path store, String... options) throws IOException {
    Files.createDirectories(store);
    Files.writeString(
        store.resolve("storage.conf"),
        """
        [storage]
        driver = "vfs"
        graphroot = "%s/root"
        runroot = "%s/run"
        """
            .formatted(store, store));
    Files.writeString(
        store.resolve("containers.conf"),
        """
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        runtime = "runc"
        tmp_dir = "%s/tmp"
        """
            .formatted(store));
    List<String> words = new ArrayList<>();
    words.addAll(List.of(Node.ROOT.resolve("ktsn").toString(), "image", "--name", NAME));
    words.addAll(List.of(options));
    Command build = Command.start(environment(store), words).end(180).expect(0);
    String said = build.out().strip();
    return new ContainerImage(store, said.substring(said.indexOf(' ') + 1));
  }

  private static Map<String, String> environment(Path store) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CONTAINERS_STORAGE_CONF", store.resolve("storage.conf").toString());
    environment.put("CONTAINERS_CONF", store.resolve("containers.conf").toString());
    return environment;
  }

  Command podman(List<String> words) {
    List<String> all = new ArrayList<>(List.of("podman"));
    all.addAll(words);
    return Command.start(environment(store), all);
  }

  /**
   * Runs a program of the image to its end, with no network and no volumes; returns what it prints.
   */
  String run(String... words) {
    List<String> all = new ArrayList<>(List.of("run", "--rm", "--network", "none"));
    all.addAll(DaemonSetPod.LIMITS);
    all.add(NAME);
    all.addAll(List.of(words));
    return podman(all).end(60).expect(0).out();
  }
}
