package org.ktsn.api.pod;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An attachment: a network namespace that takes part in the overlay through one interface, and the
 * channel that its programs use.
 *
 * @param name the pod's name, unique on the node: 1 to 63 of {@code a-z A-Z 0-9 . _ -}, beginning
 *     with a letter or digit
 * @param number a small number, 0 to {@link #MAX_PODS} - 1, unique among the attached pods
 * @param networkNamespace the file that stands for the network namespace, for instance {@code
 *     /run/netns/ktsn-talker}
 * @param interfaceName the time-sensitive interface inside, for instance {@code tsn0}
 * @param switchPort the other end of the veth pair, a port of the switch
 * @param mac the interface's address
 * @param addresses the interface's IP addresses with prefix length, for instance {@code
 *     10.77.0.2/16}
 * @param channelSocket the Unix socket through which LibKTSN meets KTSNd; its directory is the
 *     container's {@code /run/ktsn}
 * @param labels what the pod is to others, for instance {@code container}; see {@link
 *     PodAssignment}
 * @param bandwidth what it may send with launch times; empty: as much as the link takes
 * @param ingressLimit what may be sent to it; empty: as much as comes
 * @param priorities the priorities that its frames with launch times may have
 */
public record Pod(
    String name,
    int number,
    Path networkNamespace,
    String interfaceName,
    String switchPort,
    MacAddress mac,
    List<String> addresses,
    Path channelSocket,
    Map<String, String> labels,
    Optional<Bandwidth> bandwidth,
    Optional<IngressLimit> ingressLimit,
    Priorities priorities) {
  /** The largest number of pods on a node. */
  public static final int MAX_PODS = 1024;

  private static final int LONGEST_FILE_NAME = 255;

  /** RFC 1123, of which neither a slash nor an underscore is part. */
  private static final Pattern KUBERNETES_NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");

  private static final Pattern INTERFACE_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]*");

  /** Copies list and labels, and checks name and number. */
  public Pod {
    if (!name.matches("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}")) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is not a pod name; use 1 to 63 letters, digits, '.', '_' or '-', beginning with"
              + " a letter or digit");
    }
    if (number < 0 || number >= MAX_PODS) {
      throw new IllegalArgumentException(
          "pod number " + number + " is not in 0.." + (MAX_PODS - 1));
    }
    addresses = List.copyOf(addresses);
    labels = Map.copyOf(labels);
  }

  /**
   * Returns the folder in which the channel's socket has a second name, one that is known before
   * there is a container: {@code NAMESPACE_POD_INTERFACE} in {@code by-name} of the run directory.
   * The labels {@code namespace} and {@code pod} are a runtime's: what Kubernetes could not have
   * named so gets no folder.
   */
  public Optional<Path> namedChannel() {
    String namespace = labels.getOrDefault("namespace", "");
    String pod = labels.getOrDefault("pod", "");
    String folder = namespace + "_" + pod + "_" + interfaceName;
    if (!KUBERNETES_NAME.matcher(namespace).matches()
        || !KUBERNETES_NAME.matcher(pod).matches()
        || !INTERFACE_NAME.matcher(interfaceName).matches()
        || folder.length() > LONGEST_FILE_NAME) {
      return Optional.empty();
    }
    Path pods = channelSocket.toAbsolutePath().getParent().getParent();
    return Optional.of(pods.resolveSibling("by-name").resolve(folder));
  }

  /**
   * Returns what people call it, for sentences: {@code NAMESPACE/POD}, or {@code POD}, where a
   * runtime said so in the labels; otherwise its name.
   */
  public String title() {
    String namespace = labels.getOrDefault("namespace", "");
    String pod = labels.getOrDefault("pod", "");
    if (pod.isEmpty()) {
      return name;
    }
    return namespace.isEmpty() ? pod : namespace + "/" + pod;
  }

  /** A pod that may use every priority. */
  public Pod(
      String name,
      int number,
      Path networkNamespace,
      String interfaceName,
      String switchPort,
      MacAddress mac,
      List<String> addresses,
      Path channelSocket,
      Map<String, String> labels,
      Optional<Bandwidth> bandwidth,
      Optional<IngressLimit> ingressLimit) {
    this(
        name,
        number,
        networkNamespace,
        interfaceName,
        switchPort,
        mac,
        addresses,
        channelSocket,
        labels,
        bandwidth,
        ingressLimit,
        Priorities.ALL);
  }

  /** A pod to which may be sent what comes. */
  public Pod(
      String name,
      int number,
      Path networkNamespace,
      String interfaceName,
      String switchPort,
      MacAddress mac,
      List<String> addresses,
      Path channelSocket,
      Map<String, String> labels,
      Optional<Bandwidth> bandwidth) {
    this(
        name,
        number,
        networkNamespace,
        interfaceName,
        switchPort,
        mac,
        addresses,
        channelSocket,
        labels,
        bandwidth,
        Optional.empty());
  }

  /** A pod that may send what the link takes. */
  public Pod(
      String name,
      int number,
      Path networkNamespace,
      String interfaceName,
      String switchPort,
      MacAddress mac,
      List<String> addresses,
      Path channelSocket,
      Map<String, String> labels) {
    this(
        name,
        number,
        networkNamespace,
        interfaceName,
        switchPort,
        mac,
        addresses,
        channelSocket,
        labels,
        Optional.empty(),
        Optional.empty());
  }

  /** A pod without labels. */
  public Pod(
      String name,
      int number,
      Path networkNamespace,
      String interfaceName,
      String switchPort,
      MacAddress mac,
      List<String> addresses,
      Path channelSocket) {
    this(
        name,
        number,
        networkNamespace,
        interfaceName,
        switchPort,
        mac,
        addresses,
        channelSocket,
        Map.of());
  }
}
