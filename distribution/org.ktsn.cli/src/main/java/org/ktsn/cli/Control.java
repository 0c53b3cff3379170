package org.ktsn.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Map;

/** The running daemon's command line, through its control socket. */
@FunctionalInterface
public interface Control {
  /**
   * Runs one command.
   *
   * @return what it printed
   * @throws CommandFailure with the daemon's sentence, if it failed
   */
  String run(String command);

  /**
   * Returns the daemon that an environment names; each command is a session of its own, so that one
   * may run while another does.
   */
  static Control ofInstance(Map<String, String> environment) {
    Instance instance = Instance.of(environment);
    return command -> {
      try (ControlClient client = instance.connect()) {
        ControlClient.Reply reply = client.run(command);
        if (reply.status() != 0) {
          throw new CommandFailure(reply.error().strip());
        }
        return reply.output();
      }
    };
  }

  /** Runs a command with {@code --json} and reads what it printed. */
  default JsonElement json(String command) {
    String text = run(command + " --json");
    try {
      return JsonParser.parseString(text);
    } catch (JsonParseException e) {
      throw new CommandFailure("The daemon's answer to '" + command + "' is not JSON.", e);
    }
  }
}
