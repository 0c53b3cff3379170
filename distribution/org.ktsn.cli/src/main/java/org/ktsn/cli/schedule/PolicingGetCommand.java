package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.util.concurrent.Callable;
import org.ktsn.cli.ControlException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code psfp get}: what a node polices, in a form that can be pushed. */
@Command(name = "get", description = "Prints what is policed at a node, as JSON.")
public final class PolicingGetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();

  @Parameters(paramLabel = "NODE", description = "the node")
  private String node;

  @Option(
      names = {"--report", "--json"},
      description = "print all that the node reports")
  private boolean report;

  /** Made by the command line. */
  public PolicingGetCommand() {}

  @Override
  public Integer call() {
    String part = PolicingPushCommand.PART;
    JsonObject reported = Reported.read(options, node, part, "part");
    if (!report && !reported.has(part)) {
      throw new ControlException(
          "the node "
              + node
              + " polices by a document too long to report; ask for it there, with"
              + " ktsn:psfp get");
    }
    spec.commandLine()
        .getOut()
        .println(Push.pretty(report ? reported : reported.getAsJsonObject(part)));
    return ExitCodes.DONE;
  }
}
