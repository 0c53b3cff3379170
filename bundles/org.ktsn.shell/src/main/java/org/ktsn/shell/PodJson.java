package org.ktsn.shell;

import com.google.gson.JsonObject;
import org.ktsn.api.pod.Pod;

/** A pod as commands print it. */
final class PodJson {
  private PodJson() {}

  static JsonObject of(Pod pod) {
    JsonObject object = new JsonObject();
    object.addProperty("name", pod.name());
    object.addProperty("number", pod.number());
    object.addProperty("network_namespace", pod.networkNamespace().toString());
    object.addProperty("interface", pod.interfaceName());
    object.addProperty("switch_port", pod.switchPort());
    object.addProperty("mac", pod.mac().toString());
    object.add("addresses", Json.array(pod.addresses()));
    object.addProperty("channel_socket", pod.channelSocket().toString());
    return object;
  }
}
