package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ktsn.api.pod.Pod;

/**
 * CDI specifications, one a pod: by them a runtime that knows CDI brings the channel and LibKTSN
 * into a container, without touching its image.
 *
 * @param directory where runtimes look for them
 * @param library LibKTSN on the node
 */
record DeviceSpecs(Path directory, Path library) {
  /** The device's kind: vendor and class. */
  static final String KIND = "ktsn.org/tsn";

  private static final String PREFIX = KIND.replace('/', '-') + "_";
  private static final String LIBRARY_FOLDER = "/opt/ktsn";
  private static final String CHANNEL_FOLDER = "/run/ktsn";

  /**
   * Returns the name by which the container asks for the device. It must be known before the
   * container is made: Kubernetes' and Podman's name and the interface's, where there are names.
   */
  static String device(Pod pod) {
    Map<String, String> labels = pod.labels();
    String container = labels.getOrDefault("pod", "");
    if (container.isEmpty()) {
      return usable(pod.name());
    }
    String namespace = labels.getOrDefault("namespace", "");
    return usable(
        (namespace.isEmpty() ? "" : namespace + "_") + container + "_" + pod.interfaceName());
  }

  /** CDI 0.6: letters, digits, '_', '-', '.', ':'; the first and last a letter or digit. */
  private static String usable(String name) {
    return name.replaceAll("[^a-zA-Z0-9_.:-]", "-")
        .replaceAll("^[^a-zA-Z0-9]+", "")
        .replaceAll("[^a-zA-Z0-9]+$", "");
  }

  /** Writes a pod's specification; another one for the same device is replaced. */
  void write(Pod pod) throws IOException {
    DurableFiles.write(file(pod), specification(pod).toString() + "\n");
  }

  /** Removes a pod's specification, unless another pod has the device by now. */
  void remove(Pod pod) throws IOException {
    Path file = file(pod);
    try {
      if (Files.readString(file).contains(channelMount(pod).toString())) {
        DurableFiles.remove(file);
      }
    } catch (NoSuchFileException e) {
      // It is gone already.
    }
  }

  /**
   * Removes specifications of pods that are no more, as when a pod was detached by hand.
   *
   * @param channels the folder that holds the pods' channels; others' specifications are left alone
   * @param pods the pods that there are
   */
  void sweep(Path channels, List<Pod> pods) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Set<Path> kept = pods.stream().map(this::file).collect(Collectors.toSet());
    String mark = mark(channels);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*.json")) {
      for (Path file : files) {
        if (!kept.contains(file) && Files.readString(file).contains(mark)) {
          DurableFiles.remove(file);
        }
      }
    }
  }

  /** Removes what a KTSNd that was killed began to write; before the first specification. */
  void removeDrafts(Path channels) throws IOException {
    DurableFiles.removeDrafts(directory, PREFIX, mark(channels));
  }

  private static String mark(Path channels) {
    return "\"hostPath\":\"" + channels + "/";
  }

  /** Tells whether a pod's specification is there. */
  boolean has(Pod pod) {
    return Files.exists(file(pod));
  }

  private Path file(Pod pod) {
    return directory.resolve(PREFIX + device(pod) + ".json");
  }

  private JsonObject specification(Pod pod) {
    JsonArray environment = new JsonArray();
    environment.add("LD_PRELOAD=" + LIBRARY_FOLDER + "/" + library.getFileName());
    JsonArray mounts = new JsonArray();
    mounts.add(mount(String.valueOf(library.getParent()), LIBRARY_FOLDER));
    mounts.add(channelMount(pod));
    JsonObject edits = new JsonObject();
    edits.add("env", environment);
    edits.add("mounts", mounts);
    JsonObject device = new JsonObject();
    device.addProperty("name", device(pod));
    device.add("containerEdits", edits);
    JsonArray devices = new JsonArray();
    devices.add(device);
    JsonObject specification = new JsonObject();
    specification.addProperty("cdiVersion", "0.5.0");
    specification.addProperty("kind", KIND);
    specification.add("devices", devices);
    return specification;
  }

  private static JsonObject channelMount(Pod pod) {
    return mount(String.valueOf(pod.channelSocket().getParent()), CHANNEL_FOLDER);
  }

  /**
   * Read-only: a program can connect to a socket there all the same, but put nothing in its place.
   */
  private static JsonObject mount(String host, String container) {
    JsonArray options = new JsonArray();
    options.add("ro");
    options.add("rbind");
    options.add("nosuid");
    options.add("nodev");
    JsonObject mount = new JsonObject();
    mount.addProperty("hostPath", host);
    mount.addProperty("containerPath", container);
    mount.add("options", options);
    return mount;
  }
}
