package org.ktsn.api.binder;

import java.util.List;
import java.util.OptionalLong;

/**
 * What is programmed on the switch, and what it has counted, about a second late. Counters begin
 * anew with the rule that they belong to.
 *
 * @param ports what pods may send
 * @param nodes the other nodes of the pods' network
 * @param remotePods their pods
 * @param drops frames that were dropped, for each reason for which any were, or could be
 * @param differences what is not on the switch as it should be, a sentence each
 * @param movedMacs how often a MAC address was learned at another port than before; empty if the
 *     switch does not tell
 */
public record SwitchProgram(
    List<PodPort> ports,
    List<Node> nodes,
    List<RemotePod> remotePods,
    List<Drop> drops,
    List<String> differences,
    OptionalLong movedMacs) {
  /** Where there is no switch, or it is away. */
  public static final SwitchProgram NONE =
      new SwitchProgram(
          List.of(), List.of(), List.of(), List.of(), List.of(), OptionalLong.empty());

  /** Copies the lists. */
  public SwitchProgram {
    ports = List.copyOf(ports);
    nodes = List.copyOf(nodes);
    remotePods = List.copyOf(remotePods);
    drops = List.copyOf(drops);
    differences = List.copyOf(differences);
  }

  /**
   * What is let through of what a pod sends, apart from what it launches.
   *
   * @param port the port's name
   * @param rules how many rules are about it
   * @param letThroughFrames how many frames these have let through
   */
  public record PodPort(String port, int rules, long letThroughFrames) {}

  /**
   * Another node.
   *
   * @param name its name
   * @param tunnel the address at which its tunnels end
   * @param way how the switch gets there, in words
   * @param reached whether it does
   */
  public record Node(String name, String tunnel, String way, boolean reached) {}

  /**
   * A pod of another node.
   *
   * @param node its node's name
   * @param pod its name
   * @param rules how many rules are about it
   * @param sentFrames how many frames were sent to it
   * @param questions how many frames asked for its MAC address
   * @param arrivedFrames how many frames came from it
   */
  public record RemotePod(
      String node, String pod, int rules, long sentFrames, long questions, long arrivedFrames) {}

  /**
   * Frames that were dropped.
   *
   * @param from the port that they came from
   * @param reason what was wrong with them, in words
   * @param frames how many
   */
  public record Drop(String from, String reason, long frames) {}
}
