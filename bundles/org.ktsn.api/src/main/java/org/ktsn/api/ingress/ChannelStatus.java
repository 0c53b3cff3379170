package org.ktsn.api.ingress;

import java.util.List;

/**
 * A snapshot of a pod's channel.
 *
 * @param accepting whether datagrams are taken; if not, programs take the kernel's path
 * @param mtuOctets the MTU that programs are told: what is larger takes the kernel's path; 0 while
 *     the pod's interface is not known
 * @param slots how many datagrams the pod's ring holds
 * @param programs the programs that use the channel, in the order in which they came
 */
public record ChannelStatus(boolean accepting, int mtuOctets, int slots, List<Program> programs) {
  /** Copies the list. */
  public ChannelStatus {
    programs = List.copyOf(programs);
  }

  /**
   * A program that uses the channel. A process that was forked from one shares its connection and
   * is not listed by itself until it connects anew.
   *
   * @param process its process as the kernel says, in KTSNd's numbers; 0 if it can't be seen from
   *     KTSNd's namespace
   * @param user its user as the kernel says
   * @param name the name that it gives itself, for people: printable ASCII without spaces, perhaps
   *     empty
   */
  public record Program(int process, int user, String name) {}
}
