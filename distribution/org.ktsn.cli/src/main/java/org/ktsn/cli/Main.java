package org.ktsn.cli;

import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.HelpCommand;

/**
 * The command line application. What a node needs is registered here; other subcommands come as
 * services ({@link Subcommand}).
 */
@Command(
    name = "ktsn",
    description = "Time-sensitive networking for unmodified programs in containers.",
    subcommands = {
      HelpCommand.class,
      ShellCommand.class,
      StatusCommand.class,
      PodCommand.class,
      ScheduleCommand.class,
      PsfpCommand.class
    })
public final class Main {
  private Main() {}

  /** Runs one command line and ends the process with its exit status. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** Makes the command line with all subcommands. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    for (Subcommand subcommand : ServiceLoader.load(Subcommand.class)) {
      line.addSubcommand(subcommand.make(Control::ofInstance, System.getenv()));
    }
    line.setUsageHelpAutoWidth(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command.getErr().println("ktsn: " + sentence(failure));
              if (System.getenv("KTSN_DEBUG") != null) {
                failure.printStackTrace(command.getErr());
              }
              return ExitCode.SOFTWARE;
            });
    // what follows the command belongs to it, options as well
    line.getSubcommands().get("shell").setStopAtPositional(true);
    return line;
  }

  private static String sentence(Exception failure) {
    return failure instanceof CommandFailure
        ? failure.getMessage()
        : failure + "; KTSN_DEBUG=1 shows where this comes from";
  }
}
