package org.ktsn.cni;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An address manager that gives one address, and knows who has it. */
final class FakeAddressManager extends PluginRunner {
  /** The commands that it was given, with the environment's interface. */
  final List<String> asked = new ArrayList<>();

  /** Who has addresses: {@code CONTAINERID/IFNAME}. */
  final Set<String> given = new TreeSet<>();

  /** What it does instead, by command. */
  final Map<String, Outcome> instead = new HashMap<>();

  /** Runs before it answers. */
  Runnable before = () -> {};

  String lastInput = "";

  FakeAddressManager() {
    super(Duration.ofSeconds(1));
  }

  @Override
  synchronized Outcome run(Path executable, Map<String, String> environment, String input) {
    before.run();
    String command = environment.get("CNI_COMMAND");
    String owner = environment.get("CNI_CONTAINERID") + "/" + environment.get("CNI_IFNAME");
    asked.add(command);
    lastInput = input;
    if (command.equals("ADD")) {
      given.add(owner);
    } else if (command.equals("DEL") && !instead.containsKey("DEL")) {
      given.remove(owner);
    }
    if (instead.containsKey(command)) {
      return instead.get(command);
    }
    return new Outcome(0, command.equals("ADD") ? result(input) : "", "");
  }

  private static String result(String input) {
    JsonObject config = JsonParser.parseString(input).getAsJsonObject();
    String version = config.get("cniVersion").getAsString();
    String family = version.startsWith("0.") ? "\"version\":\"4\"," : "";
    return "{\"cniVersion\":\""
        + version
        + "\",\"ips\":[{"
        + family
        + "\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\"}],"
        + "\"routes\":[{\"dst\":\"203.0.113.0/24\"},{\"dst\":\"198.51.100.0/24\",\"gw\":\"192.0.2.9\"}],"
        + "\"dns\":{\"nameservers\":[\"192.0.2.53\"]}}";
  }
}
