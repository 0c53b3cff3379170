package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.util.Map;
import org.ktsn.api.pod.Pod;

/** A pod as commands print it. */
final class PodJson {
  private PodJson() {}

  /** What people know the pod's container by: Kubernetes' names, else the runtime's; else "-". */
  static String container(Pod pod) {
    Map<String, String> labels = pod.labels();
    if (!labels.containsKey("pod")) {
      return labels.getOrDefault("container", "-");
    }
    String namespace = labels.getOrDefault("namespace", "");
    return (namespace.isEmpty() ? "" : namespace + "/") + labels.get("pod");
  }

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
    JsonObject labels = new JsonObject();
    pod.labels().forEach(labels::addProperty);
    object.add("labels", labels);
    return object;
  }
}
