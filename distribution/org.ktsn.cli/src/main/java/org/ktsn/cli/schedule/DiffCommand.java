package org.ktsn.cli.schedule;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.ktsn.api.schedule.ScheduleException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code schedule diff}: how a file differs from what is in force at a node. */
@Command(
    name = "diff",
    description = "Shows how a schedule differs from what is in force at a node.")
public final class DiffCommand implements Callable<Integer> {
  private static final String NOTHING = "-";

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();

  @Parameters(index = "0", paramLabel = "FILE", description = "the schedule; - for standard input")
  private String file;

  @Parameters(index = "1", paramLabel = "NODE", description = "the node")
  private String node;

  @Option(names = "--json", description = "print JSON")
  private boolean json;

  /** Made by the command line. */
  public DiffCommand() {}

  @Override
  public Integer call() {
    try {
      JsonObject wanted = ScheduleFile.yang(ScheduleFile.parse(ScheduleFile.text(file)));
      JsonObject reported =
          Reported.read(options, node, "", "schedule").getAsJsonObject("schedule");
      JsonObject inForce = ScheduleFile.yang(ScheduleFile.parse(reported.toString()));
      JsonObject differences = differences(leaves(wanted), leaves(inForce));
      if (json) {
        spec.commandLine().getOut().println(Push.pretty(differences));
      } else {
        print(differences);
      }
      return differences.isEmpty() ? ExitCodes.DONE : ExitCodes.REFUSED;
    } catch (ScheduleException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return ExitCodes.REFUSED;
    }
  }

  private void print(JsonObject differences) {
    differences
        .entrySet()
        .forEach(
            entry -> {
              JsonObject sides = entry.getValue().getAsJsonObject();
              spec.commandLine()
                  .getOut()
                  .println(
                      entry.getKey()
                          + ": file "
                          + sides.get("file").getAsString()
                          + ", node "
                          + sides.get("node").getAsString());
            });
  }

  private static JsonObject differences(Map<String, String> file, Map<String, String> node) {
    JsonObject differences = new JsonObject();
    TreeSet<String> pointers = new TreeSet<>(file.keySet());
    pointers.addAll(node.keySet());
    for (String pointer : pointers) {
      String one = file.getOrDefault(pointer, NOTHING);
      String other = node.getOrDefault(pointer, NOTHING);
      if (!one.equals(other)) {
        JsonObject sides = new JsonObject();
        sides.addProperty("file", one);
        sides.addProperty("node", other);
        differences.add(pointer, sides);
      }
    }
    return differences;
  }

  /** Each value with its place below the gate parameter table; entries of the list are whole. */
  private static Map<String, String> leaves(JsonObject document) {
    Map<String, String> leaves = new TreeMap<>();
    JsonObject port =
        document
            .getAsJsonObject("ietf-interfaces:interfaces")
            .getAsJsonArray("interface")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("ieee802-dot1q-bridge:bridge-port");
    collect(port.getAsJsonObject("ieee802-dot1q-sched-bridge:gate-parameter-table"), "", leaves);
    return leaves;
  }

  private static void collect(JsonElement value, String pointer, Map<String, String> leaves) {
    if (value.isJsonArray()) {
      for (int i = 0; i < value.getAsJsonArray().size(); i++) {
        leaves.put(pointer + "/" + i, compact(value.getAsJsonArray().get(i)));
      }
    } else if (value.isJsonObject()) {
      value
          .getAsJsonObject()
          .entrySet()
          .forEach(entry -> collect(entry.getValue(), pointer + "/" + entry.getKey(), leaves));
    } else {
      leaves.put(pointer, value.getAsString());
    }
  }

  private static String compact(JsonElement entry) {
    return new GsonBuilder().create().toJson(entry);
  }
}
