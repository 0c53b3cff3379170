package org.ktsn.cni;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonStreamParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Delegates to the address manager (IPAM plugin) that a network configuration names: with the
 * environment and the whole configuration that this plugin was given (specification 1.1, section
 * 4). Any thread.
 */
final class AddressManager {
  /** What Java adds to the number of the signal that ended a process. */
  private static final int KILLED = 128;

  private final PluginRunner runner;
  private final List<Path> ownFolders;

  AddressManager(PluginRunner runner) {
    this(runner, List.of());
  }

  /**
   * Makes one.
   *
   * @param ownFolders folders of plugins that are looked through behind those of {@code CNI_PATH}:
   *     where KTSNd runs in a container, what is there on the node may be a link that leads nowhere
   */
  AddressManager(PluginRunner runner, List<Path> ownFolders) {
    this.runner = runner;
    this.ownFolders = ownFolders;
  }

  /**
   * Asks for addresses. After a failure it has to be told DEL.
   *
   * @return its result; empty if the network has no address manager
   * @throws NothingGivenException if it gave nothing
   * @throws CniException if it is not known whether it did
   */
  Optional<JsonObject> add(Environment environment, NetworkConfig config) {
    Optional<String> type = config.ipamType();
    if (type.isEmpty()) {
      return Optional.empty();
    }
    try {
      String output = ask("ADD", type.get(), environment, config);
      JsonElement result = JsonParser.parseString(output);
      if (!result.isJsonObject()) {
        throw new CniException(
            CniCode.ADDRESSES, "the address manager " + type.get() + " gave no result");
      }
      return Optional.of(result.getAsJsonObject());
    } catch (JsonParseException e) {
      throw new CniException(
          CniCode.ADDRESSES,
          "the address manager " + type.get() + " gave what is not JSON: " + e.getMessage(),
          e);
    }
  }

  /** Passes a command on that has no result; nothing happens without an address manager. */
  void tell(String command, Environment environment, NetworkConfig config) {
    config.ipamType().ifPresent(type -> ask(command, type, environment, config));
  }

  /**
   * Tells whether the network has an address manager that is in none of the folders given, nor in
   * KTSNd's.
   */
  boolean isMissing(Environment environment, NetworkConfig config) {
    List<Path> folders = environment.path();
    return config.ipamType().isPresent()
        && folders.stream().allMatch(Path::isAbsolute)
        && executable(config.ipamType().get(), folders).isEmpty();
  }

  private String ask(String command, String type, Environment environment, NetworkConfig config) {
    PluginRunner.Outcome outcome =
        runner.run(
            find(type, environment),
            environment.with("CNI_COMMAND", command).variables(),
            config.json().toString());
    if (outcome.exitCode() != 0) {
      throw failure(command, type, outcome);
    }
    return outcome.output();
  }

  private Path find(String type, Environment environment) {
    List<Path> folders = environment.path();
    for (Path folder : folders) {
      if (!folder.isAbsolute()) {
        throw new NothingGivenException(
            CniCode.BAD_ENVIRONMENT,
            "CNI_PATH has '"
                + folder
                + "', and KTSNd does not run in the runtime's folder; give absolute paths, or call"
                + " this version's tsn-cni, which makes them absolute");
      }
    }
    return executable(type, folders)
        .orElseThrow(
            () ->
                new NothingGivenException(
                    CniCode.BAD_CONFIG,
                    "the address manager '"
                        + type
                        + "' is in none of the folders of CNI_PATH "
                        + folders
                        + "; install it there (Debian: apt-get install"
                        + " containernetworking-plugins)"));
  }

  private Optional<Path> executable(String type, List<Path> folders) {
    return Stream.concat(folders.stream(), ownFolders.stream())
        .map(folder -> folder.resolve(type))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static CniException failure(String command, String type, PluginRunner.Outcome outcome) {
    String prefix = "the address manager " + type + " failed at " + command + ": ";
    return error(prefix, outcome.output()).orElseGet(() -> formless(prefix, outcome));
  }

  private static CniException formless(String prefix, PluginRunner.Outcome outcome) {
    String message = prefix + "it ended with " + outcome.exitCode() + " and no error of CNI's form";
    String details = (outcome.output() + outcome.errors()).strip();
    // One that a signal ended may have given something before.
    return outcome.exitCode() > KILLED
        ? new CniException(CniCode.ADDRESSES, message, details)
        : new NothingGivenException(CniCode.ADDRESSES, message, details);
  }

  /**
   * Finds the error in what a plugin printed. It need not be alone: the reference plugins print
   * their result, and the error behind it, where they find only afterwards that they had to refuse
   * (CNI_NETNS is their own).
   */
  private static Optional<CniException> error(String prefix, String output) {
    try {
      JsonStreamParser documents = new JsonStreamParser(output);
      while (documents.hasNext()) {
        JsonElement document = documents.next();
        if (document.isJsonObject() && isError(document.getAsJsonObject())) {
          JsonObject error = document.getAsJsonObject();
          return Optional.of(
              new NothingGivenException(
                  error.get("code").getAsInt(),
                  prefix + error.get("msg").getAsString(),
                  error.get("details") instanceof JsonPrimitive details
                      ? details.getAsString()
                      : ""));
        }
      }
    } catch (JsonParseException | NumberFormatException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static boolean isError(JsonObject document) {
    return document.get("code") instanceof JsonPrimitive code
        && code.isNumber()
        && document.get("msg") instanceof JsonPrimitive;
  }
}
