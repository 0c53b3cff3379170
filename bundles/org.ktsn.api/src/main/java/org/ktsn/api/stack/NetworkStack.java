package org.ktsn.api.stack;

import org.ktsn.api.frame.Verdict;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Builds the frame that the pod's kernel would have sent for a datagram. Addresses, neighbours and
 * MTU are the pod's own, mirrored from its network namespace.
 *
 * <p>Register it as a service to have the datagrams of its {@link #FAMILY}. Stacks of different
 * families stand beside each other; of several of a family the one with the highest {@code
 * service.ranking} is used, and each can be replaced while frames flow.
 *
 * <p>Planner thread only; no method allocates or makes a system call that blocks.
 */
@ConsumerType
public interface NetworkStack {
  /**
   * The service property, a {@code String} or several, for the families whose datagrams a stack
   * writes: names of {@link AddressFamily}. Without it a stack has those of {@link
   * AddressFamily#INET}.
   */
  String FAMILY = "ktsn.stack.family";

  /**
   * Writes the frame for a datagram.
   *
   * @param datagram the datagram, of a family that the stack serves; its payload is copied once and
   *     judged as copied
   * @param bufferAddress the native address at which the frame begins
   * @param bufferOctets the room there
   * @param out filled in if the answer is {@link Verdict#ACCEPTED} or {@link Verdict#HOLD}
   * @return {@link Verdict#ACCEPTED}; {@link Verdict#HOLD} if all is written but the destination
   *     MAC, because the next hop is not resolved yet (resolution is under way: call {@link
   *     #complete} later); the frame then has in itself what it takes to complete it, so that it
   *     keeps its way while routes change, as one that waits for the kernel's ARP does: in the
   *     family {@link AddressFamily#INET} its first four octets are the next hop's address, in
   *     {@link AddressFamily#INET6} its first twelve, the two of the payload length and the two of
   *     the UDP length are; or the reason why it can't be sent
   */
  Verdict encode(Datagram datagram, long bufferAddress, int bufferOctets, EncodedFrame out);

  /**
   * Tries again to write the destination MAC of a frame that {@link #encode} left on hold, perhaps
   * one that another stack of the same family wrote.
   *
   * @param pod the pod's number
   * @param bufferAddress the native address of the frame
   * @param lengthOctets its length
   * @return {@link Verdict#ACCEPTED}, {@link Verdict#HOLD}, or the reason why it can't be sent
   */
  Verdict complete(int pod, long bufferAddress, int lengthOctets);
}
