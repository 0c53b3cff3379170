package org.ktsn.cni;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is written down of an attachment, before its first step and after its last.
 *
 * @param podName the pod that it is
 * @param network the network's name
 * @param complete false while it is being made or removed: what there is of it is to be removed
 * @param addressed whether the address manager gave addresses, or was asked to and may have;
 *     without that, it owes none
 * @param namespaceId the number of the container's network namespace; 0 if it is not known
 * @param environment what the address manager is to be told
 * @param config the network configuration, for the address manager
 */
record Attachment(
    String podName,
    String network,
    boolean complete,
    boolean addressed,
    long namespaceId,
    Environment environment,
    NetworkConfig config) {
  private static final int VERSION = 1;
  private static final int LONGEST_POD_NAME = 63;

  /** Returns what is written down before an attachment's first step, or for one that is unknown. */
  static Attachment begun(String podName, Environment environment, NetworkConfig config) {
    return new Attachment(
        podName,
        config.name(),
        false,
        false,
        NamespaceFile.id(environment.networkNamespace()),
        environment.essential(),
        config);
  }

  /** Returns the same, of which all is there. */
  Attachment completed() {
    return new Attachment(podName, network, true, true, namespaceId, environment, config);
  }

  /** Returns the same, which is to be removed. */
  Attachment unfinished(boolean isAddressed) {
    return new Attachment(podName, network, false, isAddressed, namespaceId, environment, config);
  }

  /** Tells whether its container's network namespace is certainly no more. */
  boolean isAbandoned() {
    return NamespaceFile.isGone(environment.networkNamespace(), namespaceId);
  }

  /** Returns what people call it: Kubernetes' namespace and name where they are known. */
  String title() {
    Map<String, String> labels = labels();
    String pod = labels.getOrDefault("pod", "");
    String namespace = labels.getOrDefault("namespace", "");
    if (pod.isEmpty()) {
      return podName;
    }
    return namespace.isEmpty() ? pod : namespace + "/" + pod;
  }

  NetworkConfig.AttachmentId id() {
    return new NetworkConfig.AttachmentId(environment.containerId(), environment.interfaceName());
  }

  /** What people know a container by. */
  Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("container", environment.containerId());
    labels.put("network", network);
    Map<String, String> arguments = environment.arguments();
    Optional.ofNullable(arguments.get("K8S_POD_NAMESPACE"))
        .ifPresent(value -> labels.put("namespace", value));
    Optional.ofNullable(arguments.get("K8S_POD_NAME")).ifPresent(value -> labels.put("pod", value));
    return labels;
  }

  /** Returns of whom a sentence speaks: the pod where its name is known, else the container. */
  static String subject(Environment environment) {
    Map<String, String> arguments = environment.arguments();
    String pod = arguments.getOrDefault("K8S_POD_NAME", "");
    String namespace = arguments.getOrDefault("K8S_POD_NAMESPACE", "");
    if (pod.isEmpty()) {
      return "container '" + environment.containerId() + "'";
    }
    return "pod '" + (namespace.isEmpty() ? pod : namespace + "/" + pod) + "'";
  }

  /**
   * Returns the pod's name: {@code CONTAINERID.IFNAME}, which can be told in advance, where that is
   * a pod's name and no other attachment's; otherwise a part of it and a digest.
   */
  static String podName(Environment environment) {
    String container = environment.containerId();
    String legible = container + "." + environment.interfaceName();
    if (legible.length() <= LONGEST_POD_NAME && environment.interfaceName().indexOf('.') < 0) {
      return legible;
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (container + "/" + environment.interfaceName()).getBytes(StandardCharsets.UTF_8));
      String part = container.substring(0, Math.min(12, container.length()));
      return part
          + "-"
          + HexFormat.of().formatHex(digest, 0, 8)
          + "."
          + environment.interfaceName();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  JsonObject toJson() {
    JsonObject variables = new JsonObject();
    environment.variables().forEach(variables::addProperty);
    JsonObject json = new JsonObject();
    json.addProperty("version", VERSION);
    json.addProperty("podName", podName);
    json.addProperty("network", network);
    json.addProperty("complete", complete);
    json.addProperty("addressed", addressed);
    json.addProperty("namespaceId", namespaceId);
    json.add("environment", variables);
    json.add("config", config.json());
    return json;
  }

  /**
   * Reads what {@link #toJson} made.
   *
   * @throws RuntimeException if it makes no sense
   */
  static Attachment fromJson(JsonObject json) {
    int version = json.get("version").getAsInt();
    if (version != VERSION) {
      throw new IllegalArgumentException("version " + version + " is not " + VERSION);
    }
    Map<String, String> variables = new LinkedHashMap<>();
    json.getAsJsonObject("environment")
        .asMap()
        .forEach((name, value) -> variables.put(name, value.getAsString()));
    return new Attachment(
        json.get("podName").getAsString(),
        json.get("network").getAsString(),
        json.get("complete").getAsBoolean(),
        // Records of earlier versions don't say.
        !json.has("addressed") || json.get("addressed").getAsBoolean(),
        json.has("namespaceId") ? json.get("namespaceId").getAsLong() : NamespaceFile.UNKNOWN,
        new Environment(variables),
        new NetworkConfig(json.getAsJsonObject("config")));
  }
}
