package org.ktsn.cni;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.IngressLimit;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.Priorities;

/** CHECK: compares the attachment with what ADD answered, with KTSNd's record and the kernel. */
final class CheckOperation {
  private final Attachments attachments;
  private final NodeState node;

  CheckOperation(Attachments attachments, NodeState node) {
    this.attachments = attachments;
    this.node = node;
  }

  void run(Environment environment, NetworkConfig config) {
    String podName = Attachment.podName(environment);
    attachments.exclusively(
        podName,
        () -> {
          check(podName, environment, config);
          return null;
        });
  }

  private void check(String podName, Environment environment, NetworkConfig config) {
    JsonObject previous =
        config
            .previousResult()
            .orElseThrow(
                () ->
                    new CniException(
                        CniCode.BAD_CONFIG, "CHECK needs the result of ADD in 'prevResult'"));
    Pod pod =
        attachments
            .pod(podName, environment.containerId())
            .orElseThrow(
                () ->
                    new CniException(
                        CniCode.UNKNOWN_CONTAINER,
                        "container '"
                            + environment.containerId()
                            + "' is not attached by '"
                            + environment.interfaceName()
                            + "'"));
    List<String> differences = new ArrayList<>();
    compare(pod, previous, environment, differences);
    compare(pod, config.bandwidth(), differences);
    Priorities asked = config.priorities(environment);
    if (!pod.priorities().equals(asked)) {
      differences.add(differs("the priorities " + pod.priorities(), "the priorities " + asked));
    }
    differences.addAll(attachments.pods().differences(podName));
    if (!attachments.devices().has(pod)) {
      differences.add("its CDI specification is gone");
    }
    node.switchTrouble().ifPresent(differences::add);
    if (!differences.isEmpty()) {
      throw new CniException(
          CniCode.ATTACHMENT,
          "the attachment of container '"
              + environment.containerId()
              + "' is not as it was made: "
              + String.join("; ", differences));
    }
    attachments.addressManager().tell("CHECK", environment, config);
  }

  private static void compare(Pod pod, BandwidthRequest asked, List<String> differences) {
    if (!pod.bandwidth().equals(asked.egress())) {
      differences.add(differs(slope(pod.bandwidth()), slope(asked.egress())));
    }
    if (!pod.ingressLimit().equals(asked.ingress())) {
      differences.add(differs(limit(pod.ingressLimit()), limit(asked.ingress())));
    }
  }

  private static String differs(String has, String asked) {
    return "it has "
        + has
        + ", and the configuration asks for "
        + asked
        + "; only DEL and ADD change that";
  }

  private static String slope(Optional<Bandwidth> bandwidth) {
    return bandwidth
        .map(
            some ->
                "an idle slope of "
                    + some.idleSlopeBitsPerSecond()
                    + " bit/s"
                    + (some.hiCreditBits().isPresent()
                        ? " with a hiCredit of " + some.hiCreditBits().getAsLong() + " bits"
                        : ""))
        .orElse("no idle slope of its own");
  }

  private static String limit(Optional<IngressLimit> ingress) {
    return ingress
        .map(
            some ->
                "an ingress rate of "
                    + some.rateBitsPerSecond()
                    + " bit/s with a burst of "
                    + some.burstBits()
                    + " bits")
        .orElse("no ingress rate");
  }

  private static void compare(
      Pod pod, JsonObject previous, Environment environment, List<String> differences) {
    boolean found = false;
    for (JsonElement element : NetworkConfig.array(previous, "interfaces")) {
      if (element.isJsonObject()) {
        JsonObject each = element.getAsJsonObject();
        found |=
            NetworkConfig.string(each, "name").orElse("").equals(pod.interfaceName())
                && NetworkConfig.string(each, "sandbox")
                    .orElse("")
                    .equals(environment.networkNamespace())
                && NetworkConfig.string(each, "mac")
                    .orElse("")
                    .equalsIgnoreCase(pod.mac().toString());
      }
    }
    if (!found) {
      differences.add(
          "prevResult has no interface " + pod.interfaceName() + " with MAC " + pod.mac());
    }
    Set<String> addresses = new HashSet<>();
    for (JsonElement element : NetworkConfig.array(previous, "ips")) {
      if (element.isJsonObject()) {
        NetworkConfig.string(element.getAsJsonObject(), "address").ifPresent(addresses::add);
      }
    }
    for (String address : pod.addresses()) {
      if (!addresses.contains(address)) {
        differences.add("prevResult does not have the address " + address);
      }
    }
  }
}
