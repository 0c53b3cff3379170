package org.ktsn.cli.testbed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;

/**
 * A pod by hand: a network namespace that KTSNd made.
 *
 * @param name its name
 * @param address its IPv4 address
 * @param link what else it is on that network
 * @param networkNamespace the file of its network namespace
 * @param interfaceName its interface on the time-sensitive network
 * @param channelSocket where LibKTSN meets KTSNd
 * @param library LibKTSN
 */
record NamespacePod(
    String name,
    String address,
    Optional<PodLink> link,
    Path networkNamespace,
    String interfaceName,
    Path channelSocket,
    Path library)
    implements TestPod {
  private static final long INTRODUCTION_MS = 5_000;
  private static final String NOBODY = "02:00:00:00:00:01";

  /** Reads what the daemon says of a pod. */
  static NamespacePod fromJson(JsonElement json, Path library) {
    try {
      JsonObject pod = json.getAsJsonObject();
      return new NamespacePod(
          pod.get("name").getAsString(),
          PodLink.addresses(pod).stream()
              .filter(address -> !address.contains(":"))
              .findFirst()
              .orElseThrow(),
          PodLink.fromJson(pod),
          Path.of(pod.get("network_namespace").getAsString()),
          pod.get("interface").getAsString(),
          Path.of(pod.get("channel_socket").getAsString()),
          library);
    } catch (RuntimeException e) {
      throw new CommandFailure("The daemon's answer to ktsn:pod-add can't be read: " + json, e);
    }
  }

  /** Tells its kernel some MAC address of another pod, where nobody answers when it asks. */
  void introduce(NamespacePod other) {
    Child.run(
        "ip",
        command(
            List.of(
                "ip",
                "neigh",
                "replace",
                other.address,
                "lladdr",
                NOBODY,
                "dev",
                interfaceName,
                "nud",
                "permanent")),
        INTRODUCTION_MS);
  }

  @Override
  public List<String> command(List<String> program) {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + networkNamespace));
    command.addAll(program);
    return command;
  }

  @Override
  public List<String> preloaded(List<String> program) {
    List<String> command =
        new ArrayList<>(List.of("env", "LD_PRELOAD=" + library, "KTSN_SOCKET=" + channelSocket));
    command.addAll(program);
    return command(command);
  }
}
