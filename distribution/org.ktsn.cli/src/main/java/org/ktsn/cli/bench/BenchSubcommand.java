package org.ktsn.cli.bench;

import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.Control;
import org.ktsn.cli.Subcommand;
import picocli.CommandLine;

/** Brings {@code bench}. */
public final class BenchSubcommand implements Subcommand {
  @Override
  public CommandLine make(
      Function<Map<String, String>, Control> control, Map<String, String> environment) {
    return BenchCommand.commandLine(control, environment);
  }
}
