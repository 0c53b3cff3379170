package org.ktsn.cli;

import org.ktsn.cli.schedule.PolicingGetCommand;
import org.ktsn.cli.schedule.PolicingPushCommand;
import picocli.CommandLine.Command;

/** {@code psfp}: what nodes police, through a broker. */
@Command(
    name = "psfp",
    description = "Per-stream filtering and policing of nodes, through a broker.",
    subcommands = {PolicingPushCommand.class, PolicingGetCommand.class},
    synopsisSubcommandLabel = "COMMAND")
final class PsfpCommand {}
