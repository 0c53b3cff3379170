package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ktsn.api.pod.AdmissionException;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.Priorities;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ADD: record, addresses, pod, CDI specification, and the record again. */
final class AddOperation {
  private static final Logger LOG = LoggerFactory.getLogger(AddOperation.class);

  private final Attachments attachments;
  private final NodeState node;
  private final OptionalInt usualMtuOctets;

  AddOperation(Attachments attachments, NodeState node, OptionalInt usualMtuOctets) {
    this.attachments = attachments;
    this.node = node;
    this.usualMtuOctets = usualMtuOctets;
  }

  JsonObject run(Environment environment, NetworkConfig config) {
    String podName = Attachment.podName(environment);
    return attachments.exclusively(podName, () -> run(podName, environment, config));
  }

  private JsonObject run(String podName, Environment environment, NetworkConfig config) {
    config.refuseUnsupported();
    BandwidthRequest bandwidth = config.bandwidth();
    Priorities priorities = config.priorities(environment);
    config.previousResult();
    String interfaceName = config.interfaceName(environment);
    Optional<MacAddress> mac = config.mac(environment);
    OptionalInt mtuOctets = config.mtuOctets().isPresent() ? config.mtuOctets() : usualMtuOctets;
    Path namespace = namespace(environment);
    node.trouble()
        .ifPresent(
            trouble -> {
              throw new CniException(CniCode.TRY_AGAIN_LATER, trouble);
            });
    clearTheWay(podName, environment);
    // Should KTSNd end before the manager's answer is written down, it may have given addresses.
    Attachment attachment =
        Attachment.begun(podName, environment, config).unfinished(config.ipamType().isPresent());
    attachments.store().save(attachment);
    try {
      Optional<Addresses> addresses =
          attachments.addressManager().add(environment, config).map(Addresses::of);
      Pod pod =
          attach(
              new PodRequest(
                  podName,
                  Optional.of(namespace),
                  interfaceName,
                  addresses.isPresent() ? Optional.empty() : config.address(environment),
                  mac,
                  new PodAssignment(
                      addresses.map(Addresses::assigned).orElse(List.of()),
                      addresses.map(Addresses::assignedRoutes).orElse(List.of()),
                      mtuOctets,
                      attachment.labels(),
                      bandwidth.egress(),
                      bandwidth.ingress(),
                      priorities)),
              attachment.title());
      writeDevice(pod);
      JsonObject result =
          Results.of(
              config,
              pod,
              addresses.orElseGet(() -> ownAddresses(pod)),
              mtuOctets,
              node.macOf(pod.switchPort()));
      attachments.store().save(attachment.completed());
      return result;
    } catch (NothingGivenException e) {
      undo(attachment.unfinished(false), environment, config);
      throw e;
    } catch (RuntimeException e) {
      undo(attachment, environment, config);
      throw e;
    }
  }

  /** An interface that is there already is an error; what a failed ADD left is not. */
  private void clearTheWay(String podName, Environment environment) {
    attachments.absorb(podName);
    Optional<Attachment> former = attachments.store().get(podName);
    if (former.isEmpty()) {
      return;
    }
    if (former.get().complete()
        && attachments.pod(podName, environment.containerId()).isPresent()) {
      throw new CniException(
          CniCode.ATTACHMENT,
          Attachment.subject(environment)
              + " has the interface '"
              + environment.interfaceName()
              + "' already; a runtime asks for DEL before it asks for ADD again");
    }
    attachments.takeDown(podName, former.get().environment(), former.get().config());
  }

  private static Path namespace(Environment environment) {
    Path namespace = Path.of(environment.networkNamespace());
    if (!namespace.isAbsolute()) {
      throw new CniException(
          CniCode.BAD_ENVIRONMENT,
          "CNI_NETNS is '" + namespace + "'; give the absolute path of a network namespace");
    }
    if (!Files.exists(namespace) && !Files.notExists(namespace)) {
      throw new CniException(
          CniCode.IO_FAILURE,
          "KTSNd may not open the network namespace "
              + namespace
              + " of "
              + Attachment.subject(environment)
              + "; give it CAP_SYS_PTRACE");
    }
    if (!Files.exists(namespace)) {
      throw new CniException(
          CniCode.UNKNOWN_CONTAINER,
          "the network namespace "
              + namespace
              + " of "
              + Attachment.subject(environment)
              + " does not exist; has the container ended?");
    }
    return namespace;
  }

  private Pod attach(PodRequest request, String title) {
    try {
      return attachments.pods().attach(request);
    } catch (AdmissionException e) {
      throw new CniException(CniCode.ADMISSION, named(e, request.name(), title), e);
    } catch (PodException e) {
      // A switch that went away meanwhile comes back; all else is to be changed by people.
      int code = node.trouble().isPresent() ? CniCode.TRY_AGAIN_LATER : CniCode.ATTACHMENT;
      throw new CniException(code, named(e, request.name(), title), e);
    }
  }

  /** People read this in Kubernetes' events, where nobody knows a container's ID. */
  private static String named(PodException failure, String podName, String title) {
    return failure.getMessage().replace("'" + podName + "'", "'" + title + "'");
  }

  private void writeDevice(Pod pod) {
    try {
      attachments.devices().write(pod);
    } catch (IOException e) {
      throw new CniException(
          CniCode.IO_FAILURE,
          "the CDI specification of '"
              + pod.title()
              + "' can't be written ("
              + e.getMessage()
              + "); see that there is room and that KTSNd may write there, or change"
              + " 'cdi.directory' of org.ktsn.cni",
          e);
    }
  }

  /** What can't be undone now is tried again: {@link Leftovers}. */
  private void undo(Attachment attachment, Environment environment, NetworkConfig config) {
    String podName = attachment.podName();
    try {
      attachments.store().save(attachment);
      attachments.takeDown(podName, environment, config);
    } catch (RuntimeException e) {
      LOG.warn("event=undo-failed attachment={} reason=\"{}\"", podName, e.getMessage());
    }
  }

  private static Addresses ownAddresses(Pod pod) {
    JsonArray ips = new JsonArray();
    for (String address : pod.addresses()) {
      JsonObject ip = new JsonObject();
      ip.addProperty("address", address);
      ips.add(ip);
    }
    return new Addresses(ips, new JsonArray(), new JsonObject());
  }
}
