package org.ktsn.cli.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.terminal.Progress;
import org.ktsn.cli.terminal.Screen;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Testbed;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What every benchmark does: attach the pods, install the bundle of its commands, measure, print,
 * write JSON, and put all back.
 */
abstract class Bench implements Callable<Integer> {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private final Function<Map<String, String>, Control> control;
  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this and end")
  boolean help; // read by picocli

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures there, as JSON")
  private Optional<Path> json = Optional.empty();

  Bench(Function<Map<String, String>, Control> control, Map<String, String> environment) {
    this.control = control;
    this.environment = environment;
  }

  /** Checks the options before anything is touched. */
  abstract void check();

  /** Measures, prints the tables and returns the figures. */
  abstract JsonObject measure(Testbed testbed, Screen screen, Progress progress);

  /** Attaches the pods and installs the bundle. */
  Testbed testbed(Control node, Map<String, String> environment) {
    Testbed testbed = new Testbed(node, environment);
    testbed.undoAtEnd(BenchBundle.install(node, environment));
    return testbed;
  }

  /** Returns what was wrong with what was measured, in sentences; empty if nothing was. */
  List<String> faults() {
    return List.of();
  }

  @Override
  public final Integer call() {
    try {
      check();
      Screen screen = Screen.standard(environment);
      try (Testbed testbed = testbed(control.apply(environment), environment)) {
        JsonObject figures =
            measure(testbed, screen, new Progress(screen.out(), screen.terminal()));
        figures.addProperty("ktsnd_resident_kib", testbed.residentKib());
        if (json.isPresent()) {
          Files.writeString(json.get(), GSON.toJson(figures) + "\n");
        }
      }
      faults().forEach(this::complain);
      return faults().isEmpty() ? 0 : 1;
    } catch (CommandFailure e) {
      if (!Cleanup.interrupted()) {
        complain(e.getMessage());
      }
      return 1;
    } catch (IOException e) {
      complain("--json " + json.orElseThrow() + " can't be written: " + e.getMessage() + ".");
      return 1;
    }
  }

  private void complain(String sentence) {
    spec.commandLine().getErr().println("ktsn bench: " + sentence);
  }

  static void require(boolean good, String option, long value, String range) {
    if (!good) {
      throw new CommandFailure(option + " " + value + " is out of range: give " + range + ".");
    }
  }
}
