package org.ktsn.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.ktsn.api.pod.Pod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests, as the CNI specification has it. Any thread; many at once. */
final class CniHandler {
  private static final Logger LOG = LoggerFactory.getLogger(CniHandler.class);

  private final Attachments attachments;
  private final NodeState node;
  private final AddOperation add;
  private final CheckOperation check;

  /**
   * Makes it.
   *
   * @param usualMtuOctets the MTU where a network names none; empty: the overlay's
   */
  CniHandler(Attachments attachments, NodeState node, OptionalInt usualMtuOctets) {
    this.attachments = attachments;
    this.node = node;
    this.add = new AddOperation(attachments, node, usualMtuOctets);
    this.check = new CheckOperation(attachments, node);
  }

  /**
   * What the plugin does: its exit code, and what it prints.
   *
   * @param exitCode 0, or 1 with an error to print
   * @param output JSON, or nothing
   */
  record Reply(int exitCode, String output) {}

  /**
   * Answers one request.
   *
   * @param isAwaited whether the plugin still waits for the answer
   */
  Reply handle(Environment environment, String input, BooleanSupplier isAwaited) {
    long beganNs = System.nanoTime();
    String version = "";
    String outcome = "done";
    try {
      CniCommand command = environment.command();
      if (command == CniCommand.VERSION && input.isBlank()) {
        return new Reply(0, Results.versions("").toString());
      }
      NetworkConfig config = NetworkConfig.parse(input);
      if (command == CniCommand.VERSION) {
        return new Reply(0, Results.versions(config.versionText()).toString());
      }
      version = CniVersion.of(config.versionText()).map(CniVersion::toString).orElse("");
      return new Reply(0, answer(command, environment, config, isAwaited));
    } catch (CniException e) {
      outcome = e.getMessage();
      return new Reply(1, Results.error(version, e).toString());
    } catch (RuntimeException e) {
      LOG.error("event=cni-failed", e);
      outcome = e.toString();
      return new Reply(
          1,
          Results.error(
                  version,
                  new CniException(
                      CniCode.ATTACHMENT, "KTSNd failed (" + e + "); its log has the details"))
              .toString());
    } finally {
      LOG.info(
          "event=cni command={} container={} interface={} took-us={} outcome=\"{}\"",
          environment.variables().getOrDefault("CNI_COMMAND", ""),
          environment.containerId(),
          environment.interfaceName(),
          (System.nanoTime() - beganNs) / 1000,
          outcome);
    }
  }

  private String answer(
      CniCommand command,
      Environment environment,
      NetworkConfig config,
      BooleanSupplier isAwaited) {
    CniVersion version = config.version();
    if (!version.isAtLeast(command.since())) {
      throw new CniException(
          CniCode.INCOMPATIBLE_VERSION,
          command
              + " came with version "
              + command.since()
              + ", and the network configuration's cniVersion is "
              + version);
    }
    environment.check(command);
    config.name();
    config.ipamType();
    switch (command) {
      case ADD -> {
        return add.run(environment, config).toString();
      }
      case DEL -> remove(environment, config, isAwaited);
      case CHECK -> check.run(environment, config);
      case GC -> collect(environment, config);
      case STATUS -> status(environment, config);
      case VERSION -> throw new IllegalStateException("VERSION is answered before");
    }
    return "";
  }

  private void remove(Environment environment, NetworkConfig config, BooleanSupplier isAwaited) {
    config.previousResult();
    String podName = Attachment.podName(environment);
    attachments.exclusively(
        podName,
        () -> {
          // A plugin hangs up before it writes a DEL down, and only then its runtime asks for the
          // next ADD: behind that one, nobody waits for this DEL.
          if (!isAwaited.getAsBoolean()) {
            throw new CniException(
                CniCode.TRY_AGAIN_LATER,
                "its plugin has hung up before its turn; it is done when it is asked for again, or"
                    + " as what the plugin wrote down");
          }
          attachments.absorb(podName);
          // Whatever happens from here on, what is left is taken down later: Leftovers.
          attachments
              .store()
              .get(podName)
              .filter(Attachment::complete)
              .ifPresent(attachment -> attachments.store().save(attachment.unfinished(true)));
          attachments.detach(podName, environment, config);
          if (attachments.addressManager().isMissing(environment, config)) {
            // The runtime would ask for ever, and keep the container that long.
            attachments.owe(podName, environment, config);
          } else {
            attachments.giveBack(podName, environment, config);
          }
          return null;
        });
  }

  /** Goes on after a failure, and reports all of them at the end. */
  private void collect(Environment environment, NetworkConfig config) {
    Set<NetworkConfig.AttachmentId> valid = config.validAttachments();
    String network = config.name();
    List<String> failures = new ArrayList<>();
    attachments.absorb();
    for (Attachment attachment : attachments.store().all()) {
      if (attachment.network().equals(network) && !valid.contains(attachment.id())) {
        collect(attachment, failures);
      }
    }
    try {
      attachments.addressManager().tell("GC", environment, config);
    } catch (CniException e) {
      failures.add(e.getMessage());
    }
    if (!failures.isEmpty()) {
      throw new CniException(
          CniCode.ATTACHMENT,
          failures.size() + " of the steps of GC failed; the others are done",
          String.join("; ", failures));
    }
  }

  private void collect(Attachment attachment, List<String> failures) {
    attachments.exclusively(
        attachment.podName(),
        () -> {
          try {
            if (attachments.store().get(attachment.podName()).isPresent()) {
              attachments.takeDown(
                  attachment.podName(), attachment.environment(), attachment.config());
            }
          } catch (CniException e) {
            failures.add(attachment.podName() + ": " + e.getMessage());
          }
          return null;
        });
  }

  private void status(Environment environment, NetworkConfig config) {
    Optional<String> trouble = node.trouble();
    if (trouble.isPresent()) {
      throw new CniException(CniCode.LIMITED_CONNECTIVITY, trouble.get());
    }
    if (attachments.pods().pods().size() >= Pod.MAX_PODS) {
      throw new CniException(
          CniCode.NOT_AVAILABLE, Pod.MAX_PODS + " pods are attached, and a node can't have more");
    }
    try {
      attachments.addressManager().tell("STATUS", environment, config);
    } catch (CniException e) {
      // Whatever keeps the address manager from it, an ADD would fail: so has STATUS to say.
      throw e.code() == CniCode.LIMITED_CONNECTIVITY
          ? e
          : new CniException(CniCode.NOT_AVAILABLE, e.getMessage(), e.details());
    }
  }
}
