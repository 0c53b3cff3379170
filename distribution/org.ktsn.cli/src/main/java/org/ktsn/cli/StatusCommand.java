package org.ktsn.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.ktsn.cli.ControlClient.Reply;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code status}: what runs and what is missing. */
@Command(
    name = "status",
    description = "Shows what runs and what is missing; fails if the daemon is not healthy.")
final class StatusCommand implements Callable<Integer> {
  @Option(names = "--json", description = "print JSON")
  private boolean json;

  @Override
  public Integer call() {
    Instance instance = Instance.of(System.getenv());
    try (ControlClient client = instance.connect()) {
      return json ? document(instance, client) : text(instance, client);
    }
  }

  private static int text(Instance instance, ControlClient client) {
    System.out.printf(
        "instance %s, process %s, %s, run directory %s%n%n",
        instance.name(),
        process(instance),
        ready(instance) ? "ready" : "not ready",
        instance.run());
    Reply health = client.run("ktsn:health");
    System.out.println(health.output().stripTrailing());
    for (String command : new String[] {"ktsn:pods", "ktsn:ports", "ktsn:shaper"}) {
      Reply reply = client.run(command);
      System.out.println();
      System.out.println((reply.status() == 0 ? reply.output() : reply.error()).stripTrailing());
    }
    if (health.status() != 0) {
      System.out.flush();
      System.err.println(health.error().stripTrailing());
    }
    return health.status();
  }

  private static int document(Instance instance, ControlClient client) {
    JsonObject answer = new JsonObject();
    answer.addProperty("instance", instance.name());
    answer.addProperty("run", instance.run().toString());
    answer.addProperty("process", process(instance));
    answer.addProperty("ready", ready(instance));
    Reply health = client.run("ktsn:health --json");
    add(answer, "health", health.output());
    for (String part : new String[] {"pods", "ports", "shaper"}) {
      Reply reply = client.run("ktsn:" + part + " --json");
      if (reply.status() == 0) {
        add(answer, part, reply.output());
      }
    }
    System.out.println(
        new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(answer));
    return health.status();
  }

  private static void add(JsonObject answer, String part, String document) {
    if (!document.isBlank()) {
      answer.add(part, JsonParser.parseString(document));
    }
  }

  private static String process(Instance instance) {
    Path file = instance.run().resolve("ktsnd.pid");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static boolean ready(Instance instance) {
    return Files.exists(instance.run().resolve("ready"));
  }
}
