package org.ktsn.cli.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A pod that takes part in a measurement.
 *
 * @param name its name
 * @param address its IPv4 address
 * @param networkNamespace the file of its network namespace
 * @param channelSocket where LibKTSN meets KTSNd
 */
record TestPod(String name, String address, Path networkNamespace, Path channelSocket) {

  /** Reads what the daemon says of a pod. */
  static TestPod fromJson(JsonElement json) {
    try {
      JsonObject pod = json.getAsJsonObject();
      String prefix = pod.getAsJsonArray("addresses").get(0).getAsString();
      return new TestPod(
          pod.get("name").getAsString(),
          prefix.replaceFirst("/.*", ""),
          Path.of(pod.get("network_namespace").getAsString()),
          Path.of(pod.get("channel_socket").getAsString()));
    } catch (RuntimeException e) {
      throw new DemoException("The daemon's answer to ktsn:pod-add can't be read: " + json, e);
    }
  }

  /** Returns the command that runs a program in the pod as it is. */
  List<String> command(List<String> program) {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + networkNamespace));
    command.addAll(program);
    return command;
  }

  /** Returns the command that runs a program in the pod with LibKTSN preloaded. */
  List<String> command(Path preload, List<String> program) {
    List<String> command =
        new ArrayList<>(List.of("env", "LD_PRELOAD=" + preload, "KTSN_SOCKET=" + channelSocket));
    command.addAll(program);
    return command(command);
  }
}
