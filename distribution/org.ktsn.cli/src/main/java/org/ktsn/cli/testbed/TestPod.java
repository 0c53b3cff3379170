package org.ktsn.cli.testbed;

import com.google.gson.JsonElement;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A place on the time-sensitive network in which a program of a measurement runs. */
public interface TestPod {
  /**
   * Reads what a daemon says of a pod by hand.
   *
   * @param library LibKTSN
   */
  static TestPod fromJson(JsonElement json, Path library) {
    return NamespacePod.fromJson(json, library);
  }

  /** Returns its IPv4 address on the time-sensitive network. */
  String address();

  /** Returns what else there is of it on that network, where more than IPv4 is measured. */
  default Optional<PodLink> link() {
    return Optional.empty();
  }

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
