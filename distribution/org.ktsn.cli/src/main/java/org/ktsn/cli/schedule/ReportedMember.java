package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import java.util.concurrent.Callable;
import org.ktsn.cli.ControlException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a {@code get} does: prints a part of what a node reports, in a form that can be pushed. */
abstract class ReportedMember implements Callable<Integer> {
  private final String part;
  private final String member;
  private final String proof;
  private final String command;

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();

  @Parameters(paramLabel = "NODE", description = "the node")
  private String node;

  @Option(
      names = {"--report", "--json"},
      description = "print all that the node reports")
  private boolean report;

  /**
   * Says what is printed.
   *
   * @param part the last level of the report's topic; empty for that of schedules
   * @param member the member of the report that can be pushed
   * @param proof a member that each such report has
   * @param command prints the same at the node, however long it is
   */
  ReportedMember(String part, String member, String proof, String command) {
    this.part = part;
    this.member = member;
    this.proof = proof;
    this.command = command;
  }

  @Override
  public final Integer call() {
    JsonObject reported = Reported.read(options, node, part, proof);
    if (!report && !reported.has(member)) {
      throw new ControlException(
          "the "
              + member
              + " of the node "
              + node
              + " is too long to report; ask for it there, with "
              + command);
    }
    spec.commandLine()
        .getOut()
        .println(Push.pretty(report ? reported : reported.getAsJsonObject(member)));
    return ExitCodes.DONE;
  }
}
