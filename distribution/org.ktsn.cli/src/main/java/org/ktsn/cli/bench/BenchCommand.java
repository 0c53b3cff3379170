package org.ktsn.cli.bench;

import java.util.Map;
import java.util.function.Function;
import org.ktsn.cli.Control;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: the evaluation; its subcommands measure one thing each. */
@Command(name = "bench", description = "Measures the running instance.")
public final class BenchCommand implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this and end")
  boolean help; // read by picocli

  @Spec private CommandSpec spec;

  /**
   * Makes the command line with its subcommands.
   *
   * @param control connects to the daemon that the environment names
   * @param environment the process's
   */
  public static CommandLine commandLine(
      Function<Map<String, String>, Control> control, Map<String, String> environment) {
    return new CommandLine(new BenchCommand())
        .addSubcommand(new LauncherBench(control, environment))
        .addSubcommand(new LatencyBench(control, environment))
        .addSubcommand(new OverlayBench(control, environment))
        .addSubcommand(new ThroughputBench(control, environment))
        .addSubcommand(new SwapBench(control, environment))
        .addSubcommand(new PoliceBench(control, environment))
        .addSubcommand(new HostileBench(control, environment))
        .addSubcommand(new MqttBench(control, environment))
        .addSubcommand(new OutagesBench(control, environment))
        .addSubcommand(new PlannerBench(environment))
        .addSubcommand(new ClassesBench(control, environment))
        .addSubcommand(new CniBench(control, environment))
        .addSubcommand(new CostBench(control, environment))
        .addSubcommand(new CompareCommand(environment));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "bench needs to know what to measure: launcher, latency, overlay, throughput, swap, police,"
            + " hostile, mqtt, outages, planner, classes, cni or cost.");
  }
}
