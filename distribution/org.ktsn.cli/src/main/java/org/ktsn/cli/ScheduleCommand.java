package org.ktsn.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.ktsn.cli.schedule.DiffCommand;
import org.ktsn.cli.schedule.GetCommand;
import org.ktsn.cli.schedule.PushCommand;
import org.ktsn.cli.schedule.ValidateCommand;
import org.ktsn.cli.schedule.WatchCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code schedule}: shows the gate schedule, or asks for another one. */
@Command(
    name = "schedule",
    description = "Gate schedules: of this node (show, set), and of others through a broker.",
    subcommands = {
      ValidateCommand.class,
      PushCommand.class,
      GetCommand.class,
      WatchCommand.class,
      DiffCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class ScheduleCommand {
  private static final int MAX_OCTETS = 1 << 20;

  @Command(name = "show", description = "Shows the schedule in force and the next gate events.")
  int show(@Option(names = "--json", description = "print JSON") boolean json) {
    return DaemonCommand.run(json ? "ktsn:schedule --json" : "ktsn:schedule", new byte[0]);
  }

  @Command(name = "set", description = "Asks for a schedule.")
  int set(
      @Parameters(paramLabel = "FILE", description = "the schedule; - for standard input")
          String file,
      @Option(names = "--json", description = "print JSON") boolean json) {
    return DaemonCommand.run(
        json ? "ktsn:schedule-set - --json" : "ktsn:schedule-set -", document(file));
  }

  private static byte[] document(String file) {
    try (InputStream content = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      byte[] octets = content.readNBytes(MAX_OCTETS + 1);
      if (octets.length > MAX_OCTETS) {
        throw new ControlException(
            "the schedule " + file + " is longer than " + MAX_OCTETS + " octets");
      }
      return octets;
    } catch (NoSuchFileException e) {
      throw new ControlException("there is no schedule file " + file, e);
    } catch (IOException e) {
      throw new ControlException(
          "the schedule file " + file + " can't be read: " + e.getMessage(), e);
    }
  }
}
