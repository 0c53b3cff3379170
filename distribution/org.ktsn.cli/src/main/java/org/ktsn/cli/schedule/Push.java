package org.ktsn.cli.schedule;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.ktsn.cli.ControlException;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.mqtt.protocol.Answer;
import org.ktsn.mqtt.protocol.PemFile;
import org.ktsn.mqtt.protocol.Signatures;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Inbound;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Sends a desired message to nodes and follows how it fares there; its options are mixed in. */
final class Push {
  private static final long STATUS_QUIET_MS = 500;
  private static final long LOOK_MS = 200;
  private static final int NODES_SHOWN = 20;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      split = ",",
      description = "the nodes, with commas or several times")
  private List<String> nodes = new ArrayList<>();

  @Option(names = "--all", description = "all nodes of the network that are online")
  private boolean all;

  @Option(names = "--id", paramLabel = "ID", description = "the message's id (one of its own)")
  private Optional<String> id = Optional.empty();

  @Option(
      names = "--version",
      paramLabel = "N",
      description = "the message's version (milliseconds since 1970)")
  private Optional<Long> version = Optional.empty();

  @Option(
      names = "--sign",
      paramLabel = "FILE",
      description = "sign with this Ed25519 private key (PEM)")
  private Optional<Path> signingKey = Optional.empty();

  @Option(names = "--json", description = "print JSON")
  private boolean json;

  /** Made by the command line. */
  Push() {}

  /** What is asked for, as the JSON of the desired message of this id, version and node. */
  @FunctionalInterface
  interface Content {
    String message(String id, long version, Optional<String> node);
  }

  /** What is sent, but for the node's name. */
  private record Message(
      String part, String id, long version, Content content, Optional<PrivateKey> key) {
    Outbound to(Topics topics) {
      String json = content.message(id, version, key.map(signer -> topics.address()));
      String topic = topics.desired(part);
      return key.map(
              signer -> Outbound.signed(topic, Signatures.sign(json, signer), Delivery.STATE))
          .orElseGet(() -> Outbound.jsonText(topic, json, Delivery.STATE));
    }
  }

  /**
   * Sends a message and waits until it is where it shall be.
   *
   * @param part the part of the node that it is for, empty for the schedule
   * @return the exit code
   */
  int run(
      CommandSpec spec,
      BrokerOptions options,
      String part,
      Content content,
      NodeProgress.State goal) {
    Message message = message(part, content);
    Topics every = options.topics(Topics.EVERY_NODE);
    try (Controller controller = new Controller(options)) {
      controller.connect(List.of(every.response() + "/" + controller.clientId(), every.status()));
      Map<String, NodeProgress> progress = send(options, controller, message, every);
      follow(options, controller, progress, goal, message.id());
      return report(spec, message, progress.values().stream().toList(), goal);
    }
  }

  private Message message(String part, Content content) {
    long number = version.orElseGet(System::currentTimeMillis);
    try {
      return new Message(
          part,
          id.orElse("cli-" + number),
          number,
          content,
          signingKey.map(key -> PemFile.read(key).privateKey()));
    } catch (IllegalArgumentException e) {
      throw new ControlException(e.getMessage(), e);
    }
  }

  private Map<String, NodeProgress> send(
      BrokerOptions options, Controller controller, Message message, Topics every) {
    TreeSet<String> names = new TreeSet<>(nodes);
    if (all) {
      names.addAll(online(controller, every));
    }
    if (names.isEmpty()) {
      throw new ControlException(
          all
              ? "no node of the network " + every.network() + " is online at this broker"
              : "there is no node to push to; give --node NAME or --all");
    }
    Map<String, NodeProgress> progress = new LinkedHashMap<>();
    byte[] tie = message.id().getBytes(StandardCharsets.UTF_8);
    for (String name : names) {
      Topics topics = options.topics(name);
      progress.put(name, new NodeProgress(name, System.nanoTime()));
      controller.publish(
          message.to(topics).asking(topics.response() + "/" + controller.clientId(), tie));
    }
    return progress;
  }

  /** The retained status of each node comes right after the subscription. */
  private static List<String> online(Controller controller, Topics every) {
    List<String> names = new ArrayList<>();
    for (Optional<Inbound> next = controller.next(STATUS_QUIET_MS);
        next.isPresent();
        next = controller.next(STATUS_QUIET_MS)) {
      Inbound message = next.get();
      boolean online =
          Controller.json(message)
              .filter(status -> status.has("state"))
              .filter(status -> status.get("state").getAsString().equals("online"))
              .isPresent();
      if (online) {
        names.add(every.nodeOf(message.topic()));
      }
    }
    return names;
  }

  private void follow(
      BrokerOptions options,
      Controller controller,
      Map<String, NodeProgress> progress,
      NodeProgress.State goal,
      String messageId) {
    Screen screen = Screen.standard(System.getenv());
    Progress shown = new Progress(System.err, screen.terminal());
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.timeoutMs());
    while (System.nanoTime() < endNs
        && progress.values().stream().anyMatch(node -> !node.isDone(goal))
        && !controller.isRefused()) {
      Optional<Answer> answer =
          controller
              .next(LOOK_MS)
              .flatMap(Controller::json)
              .flatMap(Push::answer)
              .filter(one -> one.id().equals(messageId) || one.id().isEmpty())
              .filter(one -> progress.containsKey(one.node()));
      if (answer.isPresent()) {
        long nowNs = System.nanoTime();
        progress.get(answer.get().node()).answered(answer.get(), nowNs);
        endNs = Math.max(endNs, nowNs + untilInForceNs(options, answer.get()));
      }
      if (!json) {
        shown.show(summary(progress.values().stream().toList()));
      }
    }
    shown.clear();
    if (controller.isRefused()) {
      throw new ControlException(
          "the broker refuses to take the message: this user may not write there");
    }
  }

  /** What takes effect in the future is waited for, and an answer's time in addition. */
  private static long untilInForceNs(BrokerOptions options, Answer answer) {
    long aheadNs = answer.configChangeTimeNs().orElse(answer.timeNs()) - answer.timeNs();
    return Math.max(0, aheadNs) + TimeUnit.MILLISECONDS.toNanos(options.timeoutMs());
  }

  private static Optional<Answer> answer(JsonObject json) {
    try {
      return json.has("answer") ? Optional.of(Answer.fromJson(json)) : Optional.empty();
    } catch (RuntimeException e) {
      return Optional.empty(); // not a node's
    }
  }

  private static String summary(List<NodeProgress> progress) {
    Map<NodeProgress.State, Long> counts =
        progress.stream()
            .collect(
                Collectors.groupingBy(
                    NodeProgress::state, java.util.TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(entry -> entry.getKey().word() + " " + entry.getValue())
        .collect(Collectors.joining("   "));
  }

  private int report(
      CommandSpec spec, Message message, List<NodeProgress> progress, NodeProgress.State goal) {
    if (json) {
      JsonArray array = new JsonArray();
      progress.forEach(node -> array.add(node.toJson()));
      JsonObject report = new JsonObject();
      report.addProperty("id", message.id());
      report.addProperty("version", message.version());
      report.add("nodes", array);
      spec.commandLine().getOut().println(pretty(report));
    } else {
      spec.commandLine()
          .getOut()
          .println(
              String.format(
                  Locale.ROOT,
                  "%s version %d: %s",
                  message.id(),
                  message.version(),
                  summary(progress)));
      progress.stream()
          .filter(node -> progress.size() <= NODES_SHOWN || !node.isDone(goal) || isBad(node))
          .forEach(node -> spec.commandLine().getOut().println(node.toText()));
    }
    if (progress.stream().anyMatch(Push::isBad)) {
      return ExitCodes.REFUSED;
    }
    return progress.stream().allMatch(node -> node.isDone(goal))
        ? ExitCodes.DONE
        : ExitCodes.NO_ANSWER;
  }

  private static boolean isBad(NodeProgress node) {
    return node.state() == NodeProgress.State.REFUSED
        || node.state() == NodeProgress.State.SUPERSEDED;
  }

  static String pretty(JsonObject document) {
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(document);
  }
}
