package org.ktsn.binder.ovs;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.zip.CRC32;
import org.ktsn.api.pod.MacAddress;

/**
 * Where launched frames with a VLAN tag go: to the pod whose address they name, else to all. The
 * pins are for untagged frames, and a switch that learned would look for a pod of any VLAN at
 * KTSNd's port, from where its launched frames come; so nothing is learned from these. Such frames
 * leave as they came, priority tags included.
 *
 * <p>Each rule bears a cookie by which it is recognised: 16 bits that stand for these rules, 16 for
 * the port that it sends to (0: all), 32 for what it says.
 *
 * @param port the OpenFlow number of KTSNd's port
 * @param pods the OpenFlow number of each pod's port, by the pod's address
 */
record TagRules(int port, Map<MacAddress, Integer> pods) {
  /** What the cookies of these rules have in common. */
  static final long COOKIE = 0x4b55_0000_0000_0000L;

  static final long COOKIE_MASK = 0xffff_0000_0000_0000L;

  /** Below the rules about pods' ports, above the one for the rest. */
  private static final int FLOOD_PRIORITY = 0x1000;

  private static final int POD_PRIORITY = 0x1001;
  private static final int ALL = 0;

  TagRules {
    pods = Map.copyOf(pods);
  }

  /** Returns the message that adds each rule, by the rule's cookie. */
  Map<Long, IntFunction<ByteBuffer>> messages() {
    Map<Long, IntFunction<ByteBuffer>> messages = new HashMap<>();
    long flood = cookie(ALL, 0);
    messages.put(
        flood, xid -> OpenFlow.output(xid, flood, FLOOD_PRIORITY, tagged(), OpenFlow.FLOOD_PORT));
    pods.forEach(
        (mac, to) -> {
          long cookie = cookie(to, mac.value());
          messages.put(
              cookie,
              xid ->
                  OpenFlow.output(
                      xid,
                      cookie,
                      POD_PRIORITY,
                      new OpenFlow.Match().inPort(port).ethernetDestination(mac.value()).tagged(),
                      to));
        });
    return messages;
  }

  private OpenFlow.Match tagged() {
    return new OpenFlow.Match().inPort(port).tagged();
  }

  private long cookie(int to, long mac) {
    CRC32 digest = new CRC32();
    digest.update(ByteBuffer.allocate(12).putInt(port).putLong(mac).flip());
    return COOKIE | (long) to << 32 | digest.getValue();
  }
}
