package org.ktsn.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code shell}: one command, a script from standard input, or a line after the other. */
@Command(
    name = "shell",
    description = {
      "Runs a command of the Felix shell in the daemon, for instance lb, scr:list or ktsn:help.",
      "Without a command: one line after the other, from the terminal or from standard input."
    })
final class ShellCommand implements Callable<Integer> {
  private static final int MAX_INPUT_OCTETS = 1 << 26;

  @Option(
      names = {"-i", "--input"},
      description = "pass standard input to the command")
  private boolean input;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "the command and its arguments, as Gogo reads them")
  private List<String> words = List.of();

  @Override
  public Integer call() throws IOException {
    Instance instance = Instance.of(System.getenv());
    try (ControlClient client = instance.connect()) {
      if (!words.isEmpty()) {
        byte[] octets = input ? System.in.readNBytes(MAX_INPUT_OCTETS) : new byte[0];
        return run(client, String.join(" ", words), octets);
      }
      if (onTerminal()) {
        return new InteractiveShell(instance.name(), client).run();
      }
      return script(client);
    }
  }

  @SuppressWarnings(
      "SystemConsoleNull") // it is null off a terminal unless jdk.console says otherwise
  private static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static int script(ControlClient client) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int status = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank() && !line.stripLeading().startsWith("#")) {
        status = Math.max(status, run(client, line, new byte[0]));
      }
    }
    return status;
  }

  static int run(ControlClient client, String command, byte[] octets) {
    return client.run(command, octets, System.out, System.err);
  }
}
