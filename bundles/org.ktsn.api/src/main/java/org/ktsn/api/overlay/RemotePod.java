package org.ktsn.api.overlay;

import java.net.InetAddress;
import java.util.List;
import org.ktsn.api.pod.MacAddress;

/**
 * A pod of another node.
 *
 * @param name what that node calls it
 * @param mac its MAC address, of one station
 * @param addresses its IP addresses
 */
public record RemotePod(String name, MacAddress mac, List<InetAddress> addresses) {
  /** Copies the list. */
  public RemotePod {
    addresses = List.copyOf(addresses);
  }
}
