package org.ktsn.api.stack;

import org.ktsn.api.frame.Verdict;

/**
 * Builds the frame that the pod's kernel would have sent for a datagram. Addresses, neighbours and
 * MTU are the pod's own, mirrored from its network namespace.
 *
 * <p>Planner thread only; no method allocates or makes a system call that blocks.
 */
public interface NetworkStack {
  /**
   * Writes the frame for a datagram.
   *
   * @param datagram the datagram; its payload is copied once and judged as copied
   * @param bufferAddress the native address at which the frame begins
   * @param bufferOctets the room there
   * @param out filled in if the answer is {@link Verdict#ACCEPTED} or {@link Verdict#HOLD}
   * @return {@link Verdict#ACCEPTED}; {@link Verdict#HOLD} if all is written but the destination
   *     MAC, because the next hop is not resolved yet (resolution is under way: call {@link
   *     #complete} later); the first four octets of the frame then are the next hop's IPv4 address,
   *     so that the frame keeps its way while routes change, as one that waits for the kernel's ARP
   *     does; or the reason why it can't be sent
   */
  Verdict encode(Datagram datagram, long bufferAddress, int bufferOctets, EncodedFrame out);

  /**
   * Tries again to write the destination MAC of a frame that {@link #encode} left on hold, perhaps
   * one that another stack wrote.
   *
   * @param pod the pod's number
   * @param bufferAddress the native address of the frame
   * @param lengthOctets its length
   * @return {@link Verdict#ACCEPTED}, {@link Verdict#HOLD}, or the reason why it can't be sent
   */
  Verdict complete(int pod, long bufferAddress, int lengthOctets);
}
