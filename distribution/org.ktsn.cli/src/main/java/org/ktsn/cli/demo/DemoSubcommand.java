package org.ktsn.cli.demo;

import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.Control;
import org.ktsn.cli.Subcommand;
import picocli.CommandLine;

/** Brings {@code demo}. */
public final class DemoSubcommand implements Subcommand {
  @Override
  public CommandLine make(
      Function<Map<String, String>, Control> control, Map<String, String> environment) {
    return new CommandLine(new DemoCommand(control, environment));
  }
}
