package org.ktsn.cli.demo;

import java.util.List;

/**
 * A container runtime that the demo has for itself, and the commands by which it is told what to
 * do. Its containers have two interfaces: eth0 of the bridge plugin, tsn0 of tsn-cni.
 */
interface ContainerRuntime {
  /** Makes its networks, and starts what it needs. */
  void begin();

  /**
   * Returns the command that runs a container until its program ends, in the foreground.
   *
   * @param launches whether it has the channel to KTSNd, and LibKTSN preloaded
   */
  List<String> run(String name, boolean launches, List<String> program);

  /**
   * Returns the command that runs another program in a container, in the foreground.
   *
   * @param launches whether it has LibKTSN preloaded, in a container that has the channel
   */
  List<String> exec(String name, boolean launches, List<String> program);

  /** Returns the command that ends a container; its own command then ends after its removal. */
  List<String> end(String name);

  /** Returns what it is, with its version. */
  String version();
}
