package org.ktsn.cli.schedule;

import picocli.CommandLine.Command;

/** {@code schedule get}: what is in force at a node, in a form that can be pushed. */
@Command(name = "get", description = "Prints the schedule that is in force at a node, as JSON.")
public final class GetCommand extends ReportedMember {
  /** Made by the command line. */
  public GetCommand() {
    super("", "schedule", "schedule", "ktsn:schedule --json");
  }
}
