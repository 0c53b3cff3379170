package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Testbed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench cni}: how long tsn-cni takes to attach a container, to check it and to detach it,
 * beside the reference plugin bridge, by turns; one after the other, and eight at once.
 */
@Command(
    name = "cni",
    description = "How long ADD, CHECK and DEL take, beside the reference plugin bridge.")
final class CniBench extends Bench {
  private static final Path REFERENCE = Path.of("/usr/lib/cni");
  private static final int WORKERS = 8;
  private static final int WARM_UP = 10;
  private static final String BRIDGE_MAC = "02:00:00:00:00:fe";
  private static final String BRIDGE = "bridge host-local";

  private final String instance;
  private final Path home;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "how many attachments by each plugin, once in sequence and once from eight workers, 8 to"
              + " 10000 (${DEFAULT-VALUE})")
  private int count;

  CniBench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    super(control, environment);
    instance = environment.getOrDefault("KTSN_INSTANCE", "ktsn");
    home = Path.of(environment.getOrDefault("KTSN_HOME", "."));
  }

  @Override
  void check() {
    require(count >= WORKERS && count <= 10_000, "--count", count, WORKERS + " to 10000");
    if (!Files.isExecutable(REFERENCE.resolve("bridge"))) {
      throw new CommandFailure(
          "The reference plugins are not in "
              + REFERENCE
              + "; install them: apt-get install containernetworking-plugins.");
    }
  }

  @Override
  JsonObject measure(Testbed testbed, Screen screen, Progress progress) {
    List<CniPlugin> plugins = plugins(testbed);
    testbed.undoAtEnd(() -> ip(false, "link", "del", bridge()));
    // With an address of its own: otherwise it changes with its ports, and CHECK complains of that.
    ip(true, "link", "add", bridge(), "address", BRIDGE_MAC, "type", "bridge");
    List<Path> namespaces = new ArrayList<>();
    for (int worker = 0; worker < WORKERS; worker++) {
      namespaces.add(namespace(worker, testbed));
    }

    CniFigures unused = new CniFigures();
    for (int round = 0; round < WARM_UP; round++) {
      progress.show("warming up");
      for (CniPlugin plugin : plugins) {
        round(plugin, "warm" + round, namespaces.getFirst(), unused);
      }
    }
    CniFigures sequential = new CniFigures();
    for (int round = 0; round < count; round++) {
      progress.show("one after the other: " + round + " of " + count);
      for (CniPlugin plugin : plugins) {
        round(plugin, "single" + round, namespaces.getFirst(), sequential);
      }
    }
    CniFigures concurrent = new CniFigures();
    try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
      for (int round = 0; round < Math.ceilDiv(count, WORKERS); round++) {
        progress.show("from " + WORKERS + " workers: " + round * WORKERS + " of " + count);
        for (CniPlugin plugin : plugins) {
          atOnce(workers, plugin, "many" + round, namespaces, concurrent);
        }
      }
    }
    progress.clear();
    sequential.table("one after the other", BRIDGE).forEach(screen.out()::println);
    screen.out().println();
    concurrent.table("from " + WORKERS + " workers", BRIDGE).forEach(screen.out()::println);

    JsonObject json = new JsonObject();
    json.addProperty("count", count);
    json.addProperty("workers", WORKERS);
    json.add("sequential", sequential.toJson(BRIDGE));
    json.add("concurrent", concurrent.toJson(BRIDGE));
    return json;
  }

  private List<CniPlugin> plugins(Testbed testbed) {
    String hostLocal =
        "\"ipam\":{\"type\":\"host-local\",\"dataDir\":\""
            + testbed.work().resolve("addresses")
            + "\",\"subnet\":\"%s\"}";
    String own = "\"type\":\"tsn-cni\",\"instance\":\"" + instance + "\"";
    return List.of(
        plugin(
            BRIDGE,
            "plain",
            "\"type\":\"bridge\",\"bridge\":\""
                + bridge()
                + "\","
                + hostLocal.formatted("10.88.6.0/24")),
        plugin("tsn-cni host-local", "tsn", own + "," + hostLocal.formatted("10.78.6.0/24")),
        plugin("tsn-cni", "own", own));
  }

  private CniPlugin plugin(String name, String network, String members) {
    Path executable =
        name.equals(BRIDGE) ? REFERENCE.resolve("bridge") : home.resolve("cni/tsn-cni");
    return new CniPlugin(
        name,
        executable,
        REFERENCE.toString(),
        JsonParser.parseString(
                "{\"cniVersion\":\"1.0.0\",\"name\":\"%s-%s\",%s}"
                    .formatted(instance, network, members))
            .getAsJsonObject());
  }

  private String bridge() {
    return "cni-" + instance;
  }

  /** Attaches, checks and detaches once. */
  private static void round(
      CniPlugin plugin, String container, Path namespace, CniFigures figures) {
    CniPlugin.Attachment attachment = new CniPlugin.Attachment(container, namespace, "cni0");
    CniPlugin.Answer added = plugin.call("ADD", attachment, plugin.config());
    JsonObject afterwards = plugin.config().deepCopy();
    afterwards.add("prevResult", JsonParser.parseString(added.output()));
    CniPlugin.Answer checked = plugin.call("CHECK", attachment, afterwards);
    CniPlugin.Answer deleted = plugin.call("DEL", attachment, afterwards);
    figures.add(plugin.name(), "ADD", added.tookNs());
    figures.add(plugin.name(), "CHECK", checked.tookNs());
    figures.add(plugin.name(), "DEL", deleted.tookNs());
  }

  private static void atOnce(
      ExecutorService workers,
      CniPlugin plugin,
      String container,
      List<Path> namespaces,
      CniFigures figures) {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (Path namespace : namespaces) {
      tasks.add(
          () -> {
            round(plugin, container + "-" + namespace.getFileName(), namespace, figures);
            return null;
          });
    }
    try {
      for (Future<Void> task : workers.invokeAll(tasks)) {
        task.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted.", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof CommandFailure failure
          ? failure
          : new CommandFailure("A worker failed: " + e.getCause(), e);
    }
  }

  /** Makes a network namespace that stands for a container. */
  private Path namespace(int worker, Testbed testbed) {
    String name = instance + "-cni-" + worker;
    testbed.undoAtEnd(() -> ip(false, "netns", "del", name));
    ip(true, "netns", "add", name);
    return Path.of("/run/netns", name);
  }

  private static void ip(boolean must, String... words) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor() != 0 && must) {
        throw new CommandFailure("'" + String.join(" ", command) + "' failed.");
      }
    } catch (IOException e) {
      throw new CommandFailure("ip can't be run: " + e.getMessage() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("Interrupted.", e);
    }
  }
}
