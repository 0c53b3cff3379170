package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code schedule get}: what is in force at a node, in a form that can be pushed. */
@Command(name = "get", description = "Prints the schedule that is in force at a node, as JSON.")
public final class GetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();

  @Parameters(paramLabel = "NODE", description = "the node")
  private String node;

  @Option(
      names = {"--report", "--json"},
      description = "print all that the node reports")
  private boolean report;

  /** Made by the command line. */
  public GetCommand() {}

  @Override
  public Integer call() {
    JsonObject reported = Reported.read(options, node, "", "schedule");
    spec.commandLine()
        .getOut()
        .println(Push.pretty(report ? reported : reported.getAsJsonObject("schedule")));
    return ExitCodes.DONE;
  }
}
