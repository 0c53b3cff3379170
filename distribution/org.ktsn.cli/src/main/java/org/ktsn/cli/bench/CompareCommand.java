package org.ktsn.cli.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code bench compare}: sets the figures of several runs of a benchmark with one build beside
 * those with another: of each figure that all runs have the medians, the extremes and the ratio.
 */
@Command(name = "compare", description = "Sets a benchmark's figures with two builds side by side.")
final class CompareCommand implements Callable<Integer> {
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private final Map<String, String> environment;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this and end")
  boolean help; // read by picocli

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "write the comparison there, as JSON")
  private Optional<Path> json = Optional.empty();

  @Parameters(
      index = "0",
      paramLabel = "THIS",
      description = "a folder with the JSON files of the one build's runs")
  private Path mine;

  @Parameters(index = "1", paramLabel = "BASELINE", description = "a folder with the other's")
  private Path baseline;

  CompareCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    List<ComparedFigure> figures = ComparedFigure.of(read(mine), read(baseline));
    Screen screen = Screen.standard(environment);
    screen
        .out()
        .printf(
            Locale.ROOT, "%-52s %26s %26s %7s%n", "median (extremes)", "this", "baseline", "ratio");
    figures.forEach(figure -> screen.out().println(figure.line()));
    json.ifPresent(file -> write(file, figures));
    return 0;
  }

  private static List<JsonObject> read(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<JsonObject> runs = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        runs.add(parse(file));
      }
      if (runs.isEmpty()) {
        throw new CommandFailure("there is no file NAME.json in " + folder + ".");
      }
      return runs;
    } catch (IOException e) {
      throw new CommandFailure(
          "the folder " + folder + " can't be read: " + e.getMessage() + ".", e);
    }
  }

  private static JsonObject parse(Path file) throws IOException {
    try {
      JsonElement run = JsonParser.parseString(Files.readString(file));
      if (run.isJsonObject()) {
        return run.getAsJsonObject();
      }
    } catch (JsonParseException e) {
      throw new CommandFailure(file + " is not JSON: " + e.getMessage() + ".", e);
    }
    throw new CommandFailure(file + " holds no figures: give what 'bench WHAT --json' wrote.");
  }

  private static void write(Path file, List<ComparedFigure> figures) {
    JsonObject all = new JsonObject();
    figures.forEach(figure -> all.add(figure.name(), figure.toJson()));
    try {
      Files.writeString(file, GSON.toJson(all) + "\n");
    } catch (IOException e) {
      throw new CommandFailure("--json " + file + " can't be written: " + e.getMessage() + ".", e);
    }
  }
}
