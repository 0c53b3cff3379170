package org.ktsn.cli;

import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;

/**
 * A subcommand that the command line finds as a service ({@code META-INF/services}), so that what a
 * node needs does not depend on it.
 */
public interface Subcommand {
  /**
   * Makes it, with its subcommands.
   *
   * @param control connects to the daemon that an environment names
   * @param environment the process's
   */
  CommandLine make(Function<Map<String, String>, Control> control, Map<String, String> environment);
}
