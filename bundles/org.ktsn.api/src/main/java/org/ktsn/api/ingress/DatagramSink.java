package org.ktsn.api.ingress;

import org.ktsn.api.stack.Datagram;
import org.osgi.annotation.versioning.ProviderType;

/** Takes datagrams from an {@link Ingress}. Planner thread only. */
@ProviderType
public interface DatagramSink {
  /**
   * Takes one datagram; it is valid only during the call.
   *
   * @return true if it was dealt with (queued, or dropped and counted) and its slot can be used
   *     again; false if there is no room for it now: it is offered again at a later call, and no
   *     later datagram of the same pod is offered before it
   */
  boolean accept(Datagram datagram);

  /**
   * Learns that a pod handed over something that is no datagram; it is thrown away.
   *
   * @param pod the pod's number
   */
  void malformed(int pod);
}
