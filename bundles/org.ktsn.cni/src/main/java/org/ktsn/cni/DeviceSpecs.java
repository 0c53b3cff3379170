package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.ktsn.api.pod.Pod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CDI specifications, one a pod: by them a runtime that knows CDI brings the channel and LibKTSN
 * into a container, without touching its image. Any thread; what is removed is decided under the
 * lock under which it is written, so that no specification of an attached pod is taken for one that
 * was left behind.
 */
final class DeviceSpecs {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceSpecs.class);

  /** The device's kind: vendor and class. */
  static final String KIND = "ktsn.org/tsn";

  private static final String PREFIX = KIND.replace('/', '-') + "_";
  private static final String SUFFIX = ".json";
  private static final String LIBRARY_FOLDER = "/opt/ktsn";
  private static final String CHANNEL_FOLDER = "/run/ktsn";

  /** How long a device's name may be to be a file's, whose draft has a longer one. */
  static final int LONGEST_IN_FILE_NAME =
      DurableFiles.LONGEST_NAME - PREFIX.length() - SUFFIX.length();

  private static final int DIGEST_OCTETS = 16;

  /** The program beside LibKTSN that has a container's programs load it. */
  private static final String HOOK = "ktsn-preload";

  private static final int HOOK_LIMIT_S = 10;

  private final Path directory;
  private final Path library;

  /**
   * Makes it.
   *
   * @param directory where runtimes look for specifications
   * @param library LibKTSN on the node
   */
  DeviceSpecs(Path directory, Path library) {
    this.directory = directory;
    this.library = library;
  }

  /**
   * Returns the name by which the container asks for the device. It must be known before the
   * container is made: Kubernetes' and Podman's name and the interface's, where there are names.
   */
  static String device(Pod pod) {
    return device(pod.name(), pod.interfaceName(), pod.labels());
  }

  private static String device(String podName, String interfaceName, Map<String, String> labels) {
    String container = labels.getOrDefault("pod", "");
    if (container.isEmpty()) {
      return usable(podName);
    }
    String namespace = labels.getOrDefault("namespace", "");
    return usable((namespace.isEmpty() ? "" : namespace + "_") + container + "_" + interfaceName);
  }

  /** CDI 0.6: letters, digits, '_', '-', '.', ':'; the first and last a letter or digit. */
  private static String usable(String name) {
    return name.replaceAll("[^a-zA-Z0-9_.:-]", "-")
        .replaceAll("^[^a-zA-Z0-9]+", "")
        .replaceAll("[^a-zA-Z0-9]+$", "");
  }

  /** Writes a pod's specification; another one for the same device is replaced. */
  synchronized void write(Pod pod) throws IOException {
    DurableFiles.write(file(pod), specification(pod).toString() + "\n");
  }

  /** Removes a pod's specification, unless another pod has the device by now. */
  synchronized void remove(Pod pod) throws IOException {
    remove(file(pod), hostPath(pod.channelSocket().getParent()));
  }

  /**
   * Removes the specification of an attachment whose pod is gone, as when it was detached by hand,
   * unless another pod has the device by now.
   *
   * @param channels the folder that holds the pods' channels
   */
  synchronized void remove(Attachment attachment, Path channels) throws IOException {
    String device =
        device(
            attachment.podName(),
            attachment.config().interfaceNameAsGiven(attachment.environment()),
            attachment.labels());
    remove(file(device), hostPath(channels.resolve(attachment.podName())));
  }

  private static void remove(Path file, String mark) throws IOException {
    try {
      if (Files.readString(file).contains(mark)) {
        DurableFiles.remove(file);
      }
    } catch (NoSuchFileException e) {
      // It is gone already.
    }
  }

  /**
   * Removes specifications of pods that are no more. What others have in this folder, and what
   * can't be read, is left alone.
   *
   * @param channels the folder that holds the pods' channels; others' specifications are left alone
   * @param pods tells the pods that there are; a pod whose specification was written is among them
   *     until it is detached
   */
  synchronized void sweep(Path channels, Supplier<List<Pod>> pods) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Set<Path> kept = pods.get().stream().map(this::file).collect(Collectors.toSet());
    String mark = mark(channels);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        if (!kept.contains(file)) {
          sweep(file, mark);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void sweep(Path file, String mark) {
    try {
      remove(file, mark);
    } catch (IOException e) {
      LOG.info("event=cdi-file-passed-over file={} reason=\"{}\"", file, e.toString());
    }
  }

  /** Removes what a KTSNd that was killed began to write; before the first specification. */
  synchronized void removeDrafts(Path channels) throws IOException {
    DurableFiles.removeDrafts(directory, PREFIX, mark(channels));
  }

  /** What is in the specifications of the pods whose channels are in a folder. */
  private static String mark(Path channels) {
    return "\"hostPath\":\"" + channels + "/";
  }

  /** Tells whether a pod's specification is there. */
  boolean has(Pod pod) {
    return Files.exists(file(pod));
  }

  private Path file(Pod pod) {
    return file(device(pod));
  }

  /**
   * The file of a device. Kubernetes' names may be longer than a file's: such a one ends with a
   * digest of the whole, behind a character that no device's name has.
   */
  private Path file(String device) {
    String name = device;
    if (device.length() > LONGEST_IN_FILE_NAME) {
      String digest = "+" + digest(device);
      name = device.substring(0, LONGEST_IN_FILE_NAME - digest.length()) + digest;
    }
    return directory.resolve(PREFIX + name + SUFFIX);
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, DIGEST_OCTETS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private JsonObject specification(Pod pod) {
    JsonArray mounts = new JsonArray();
    mounts.add(mount(String.valueOf(library.getParent()), LIBRARY_FOLDER));
    mounts.add(channelMount(pod));
    JsonObject edits = new JsonObject();
    edits.add("mounts", mounts);
    edits.add("hooks", hooks());
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

  /**
   * LibKTSN is preloaded by a hook that sees the image: LD_PRELOAD can't be set, for CDI would
   * replace the container's own.
   */
  private JsonArray hooks() {
    JsonArray arguments = new JsonArray();
    arguments.add(HOOK);
    arguments.add(LIBRARY_FOLDER + "/" + library.getFileName());
    JsonObject hook = new JsonObject();
    hook.addProperty("hookName", "createContainer");
    hook.addProperty("path", library.resolveSibling(HOOK).toString());
    hook.add("args", arguments);
    hook.addProperty("timeout", HOOK_LIMIT_S);
    JsonArray hooks = new JsonArray();
    hooks.add(hook);
    return hooks;
  }

  /** What is in the specification of the pod that has this channel. */
  private static String hostPath(Path channel) {
    return "\"hostPath\":\"" + channel + "\"";
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
