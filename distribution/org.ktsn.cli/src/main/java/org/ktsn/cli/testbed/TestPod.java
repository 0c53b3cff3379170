package org.ktsn.cli.testbed;

import java.util.List;

/** A place on the time-sensitive network in which a program of a measurement runs. */
public interface TestPod {
  /** Returns its IPv4 address on the time-sensitive network. */
  String address();

  /** Returns the command that runs a program in it as it is. */
  List<String> command(List<String> program);

  /** Returns the command that runs a program in it with LibKTSN preloaded. */
  List<String> preloaded(List<String> program);

  /**
   * A talker's place and a listener's.
   *
   * @param talker where datagrams are sent from
   * @param listener where they are received
   */
  record Pair(TestPod talker, TestPod listener) {}
}
