package org.ktsn.itests;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A pod of the DaemonSet as kubelet would make it, in Podman: its containers with the volumes, the
 * environment and the rights that its template names, and no others.
 */
final class DaemonSetPod implements AutoCloseable {
  /** Podman's own are higher than what the machine may allow. */
  static final List<String> LIMITS =
      List.of(
          "--log-driver", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024");

  private static final String NAME = "ktiimg";

  private final ContainerImage image;
  private final ClusterObjects objects;
  private final Path directory;
  private final JsonObject spec;
  private final Command ktsnd;

  /**
   * Starts it.
   *
   * @param directory for its configuration
   */
  DaemonSetPod(ContainerImage image, ClusterObjects objects, Path directory) throws IOException {
    this.image = image;
    this.objects = objects;
    this.directory = directory;
    spec =
        ClusterObjects.at(objects.one("DaemonSet"), "spec", "template", "spec").getAsJsonObject();
    JsonObject installs = spec.getAsJsonArray("initContainers").get(0).getAsJsonObject();
    image.podman(arguments(NAME + "-install", installs)).end(60).expect(0);
    ktsnd = image.podman(arguments(NAME, container()));
  }

  private JsonObject container() {
    return spec.getAsJsonArray("containers").get(0).getAsJsonObject();
  }

  private List<String> arguments(String name, JsonObject container) throws IOException {
    List<String> words = new ArrayList<>(List.of("run", "--rm", "--replace", "--name", name));
    words.addAll(LIMITS);
    words.addAll(List.of("--network", "host", "--pid", "host"));
    words.addAll(List.of("--security-opt", "seccomp=unconfined"));
    JsonObject security = container.getAsJsonObject("securityContext");
    if (security.get("readOnlyRootFilesystem").getAsBoolean()) {
      words.addAll(List.of("--read-only", "--read-only-tmpfs=false"));
    }
    JsonObject capabilities = security.getAsJsonObject("capabilities");
    words.addAll(List.of("--cap-drop", capabilities.get("drop").getAsString()));
    if (capabilities.has("add")) {
      for (JsonElement capability : capabilities.getAsJsonArray("add")) {
        words.addAll(List.of("--cap-add", capability.getAsString()));
      }
    }
    if (container.has("env")) {
      for (JsonElement variable : container.getAsJsonArray("env")) {
        JsonObject is = variable.getAsJsonObject();
        words.addAll(
            List.of("--env", is.get("name").getAsString() + "=" + is.get("value").getAsString()));
      }
    }
    Map<String, String> volumes = volumes();
    for (JsonElement mount : container.getAsJsonArray("volumeMounts")) {
      words.addAll(mounted(mount.getAsJsonObject(), volumes));
    }
    words.add(container.get("image").getAsString());
    container.getAsJsonArray("command").forEach(word -> words.add(word.getAsString()));
    return words;
  }

  private static List<String> mounted(JsonObject mount, Map<String, String> volumes) {
    String place = mount.get("mountPath").getAsString();
    String volume = volumes.get(mount.get("name").getAsString());
    if (volume.isEmpty()) {
      return List.of("--tmpfs", place);
    }
    String options = mount.has("readOnly") ? ":ro" : ":rw";
    if (mount.has("mountPropagation")) {
      options += ",rslave";
    }
    return List.of("--volume", volume + ":" + place + options);
  }

  /** The volumes' folders by their names; an empty one is memory. */
  private Map<String, String> volumes() throws IOException {
    Map<String, String> folders = new HashMap<>();
    for (JsonElement each : spec.getAsJsonArray("volumes")) {
      JsonObject volume = each.getAsJsonObject();
      folders.put(volume.get("name").getAsString(), folder(volume));
    }
    return folders;
  }

  private String folder(JsonObject volume) throws IOException {
    if (volume.has("hostPath")) {
      Path path = Path.of(ClusterObjects.at(volume, "hostPath", "path").getAsString());
      return Files.createDirectories(path).toString();
    }
    if (volume.has("configMap")) {
      Path files = Files.createDirectories(directory.resolve("configuration"));
      for (Map.Entry<String, JsonElement> file :
          objects.one("ConfigMap").getAsJsonObject("data").entrySet()) {
        Files.writeString(files.resolve(file.getKey()), file.getValue().getAsString());
      }
      return files.toString();
    }
    boolean huge =
        ClusterObjects.at(volume, "emptyDir", "medium").getAsString().equals("HugePages");
    return huge ? "/dev/hugepages" : "";
  }

  /** Whether kubelet would find it ready. */
  boolean isReady() {
    List<String> words = new ArrayList<>(List.of("exec", NAME));
    ClusterObjects.at(container(), "readinessProbe", "exec", "command")
        .getAsJsonArray()
        .forEach(word -> words.add(word.getAsString()));
    return image.podman(words).end(30).process().exitValue() == 0;
  }

  boolean isRunning() {
    return ktsnd.process().isAlive();
  }

  /** Runs a program in its container, as {@code kubectl exec} does; returns what it prints. */
  String exec(String... words) {
    List<String> all = new ArrayList<>(List.of("exec", NAME));
    all.addAll(List.of(words));
    return image.podman(all).end(60).expect(0).out();
  }

  String said() {
    return ktsnd.text();
  }

  /** Deletes the pod: KTSNd is asked to end. */
  @Override
  public void close() {
    image.podman(List.of("stop", "--time", "20", NAME)).end(60);
    ktsnd.end(30);
  }
}
