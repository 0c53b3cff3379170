package org.ktsn.api.overlay;

import java.net.InetAddress;
import java.util.List;

/**
 * Another node of the pods' network.
 *
 * @param name its name
 * @param tunnel where its tunnel ends, an address of the underlay
 * @param pods its pods
 */
public record RemoteNode(String name, InetAddress tunnel, List<RemotePod> pods) {
  /** Copies the list. */
  public RemoteNode {
    pods = List.copyOf(pods);
  }
}
