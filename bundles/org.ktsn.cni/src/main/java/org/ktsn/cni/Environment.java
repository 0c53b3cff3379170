package org.ktsn.cni;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The environment that the runtime gave the plugin.
 *
 * @param variables all of it, as it is handed to an address manager
 */
record Environment(Map<String, String> variables) {
  /** What identifies a container or a network (specification 1.1, sections 1 and 2). */
  static final Pattern IDENTIFIER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  private static final Pattern INTERFACE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}");

  Environment {
    variables = Map.copyOf(variables);
  }

  /** Reads the command; {@link CniException} if there is none of that name. */
  CniCommand command() {
    String name = get("CNI_COMMAND");
    if (name.isEmpty()) {
      throw new CniException(
          CniCode.BAD_ENVIRONMENT,
          "CNI_COMMAND is not set; a runtime sets it to one of "
              + Arrays.toString(CniCommand.values()));
    }
    return Arrays.stream(CniCommand.values())
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CniException(
                    CniCode.BAD_ENVIRONMENT,
                    "CNI_COMMAND is '"
                        + name
                        + "', which is not one of "
                        + Arrays.toString(CniCommand.values())));
  }

  /** Checks that what a command needs is there and makes sense; all that is missing is named. */
  void check(CniCommand command) {
    List<String> missing =
        command.required().stream().filter(variable -> get(variable).isEmpty()).toList();
    if (!missing.isEmpty()) {
      throw new CniException(
          CniCode.BAD_ENVIRONMENT,
          command + " needs the environment variables " + String.join(", ", missing));
    }
    if (command.required().contains("CNI_CONTAINERID")
        && !IDENTIFIER.matcher(containerId()).matches()) {
      throw new CniException(
          CniCode.BAD_ENVIRONMENT,
          "CNI_CONTAINERID is '"
              + containerId()
              + "'; it must begin with a letter or digit and have letters, digits, '_', '.' and"
              + " '-' only");
    }
    if (command.required().contains("CNI_IFNAME")) {
      checkInterface("CNI_IFNAME", interfaceName(), CniCode.BAD_ENVIRONMENT);
    }
    arguments();
  }

  static void checkInterface(String what, String name, int code) {
    if (!INTERFACE.matcher(name).matches() || name.equals("lo")) {
      throw new CniException(
          code,
          what
              + " is '"
              + name
              + "', which is no name for an interface; use 1 to 15 letters, digits, '.', '_' or"
              + " '-'");
    }
  }

  String containerId() {
    return get("CNI_CONTAINERID");
  }

  String networkNamespace() {
    return get("CNI_NETNS");
  }

  String interfaceName() {
    return get("CNI_IFNAME");
  }

  /** The folders in which plugins are. */
  List<Path> path() {
    return Arrays.stream(get("CNI_PATH").split(":", -1))
        .filter(folder -> !folder.isEmpty())
        .map(Path::of)
        .toList();
  }

  /** Reads {@code CNI_ARGS}: {@code K=V;K=V}. */
  Map<String, String> arguments() {
    Map<String, String> arguments = new LinkedHashMap<>();
    for (String pair : get("CNI_ARGS").split(";", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        arguments.put(pair.substring(0, equals), pair.substring(equals + 1));
      } else if (!pair.isEmpty()) {
        throw new CniException(
            CniCode.BAD_ENVIRONMENT,
            "CNI_ARGS has '" + pair + "', which is no pair; write it as KEY=VALUE;KEY=VALUE");
      }
    }
    return arguments;
  }

  /** Returns the same with another value of one variable. */
  Environment with(String variable, String value) {
    Map<String, String> changed = new LinkedHashMap<>(variables);
    changed.put(variable, value);
    return new Environment(changed);
  }

  /** What an address manager needs to be told again later. */
  Environment essential() {
    Map<String, String> kept = new LinkedHashMap<>();
    variables.forEach(
        (name, value) -> {
          if (name.startsWith("CNI_") || name.equals("PATH")) {
            kept.put(name, value);
          }
        });
    return new Environment(kept);
  }

  private String get(String variable) {
    return variables.getOrDefault(variable, "");
  }

  /** Reads what tsn-cni sends: {@code NAME=VALUE} strings, each ended by a zero octet. */
  static Environment parse(String block) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String entry : block.split("\0", -1)) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        variables.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return new Environment(variables);
  }
}
