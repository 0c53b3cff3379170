package org.ktsn.cli.schedule;

import picocli.CommandLine.Command;

/** {@code psfp get}: what a node polices, in a form that can be pushed. */
@Command(name = "get", description = "Prints what is policed at a node, as JSON.")
public final class PolicingGetCommand extends ReportedMember {
  /** Made by the command line. */
  public PolicingGetCommand() {
    super(PolicingPushCommand.PART, PolicingPushCommand.PART, "part", "ktsn:psfp get");
  }
}
