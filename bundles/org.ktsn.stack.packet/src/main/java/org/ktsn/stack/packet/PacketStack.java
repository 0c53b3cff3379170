package org.ktsn.stack.packet;

import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.ktsn.foreign.NativeMemory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stack of layer 2: frames leave as the program wrote them, tags and length included. It copies
 * a frame once and judges the copy: a pod sends from its own addresses, what the node's operator
 * allows, and nothing that a bridge would keep to itself. Planner thread only, but for the
 * configuration.
 */
@Component(
    name = "org.ktsn.stack.packet",
    service = NetworkStack.class,
    property = NetworkStack.FAMILY + "=PACKET")
@Designate(ocd = PacketStack.Config.class)
public final class PacketStack implements NetworkStack {
  private static final Logger LOG = LoggerFactory.getLogger(PacketStack.class);

  private static final int MAX_PCP = 7;

  /** The C-VLAN component's reserved addresses (IEEE 802.1Q-2022 table 8-1): 16 of them. */
  private static final long RESERVED = 0x0180_c200_0000L;

  private static final long RESERVED_MASK = ~0xfL;

  private final PodEnds ends;
  private volatile EtherTypes allowed;

  /** Configuration of {@link PacketStack}, PID {@code org.ktsn.stack.packet}. */
  @ObjectClassDefinition(
      name = "KTSN packet stack",
      description = "Which frames pods may send at layer 2.")
  public @interface Config {
    /** Returns the protocols that pods may send. */
    @AttributeDefinition(
        name = "Ethertypes",
        description =
            "any, or a list, for instance 0x22f0,0x8892; llc stands for frames with a length"
                + " instead of a type. ARP is never among them, and IP only from the pod's own"
                + " addresses.")
    String ethertypes() default "any";
  }

  /** Made by the component runtime. */
  @Activate
  public PacketStack(Config config, @Reference PodEnds ends) {
    this(EtherTypes.parse(config.ethertypes()), ends);
  }

  PacketStack(EtherTypes allowed, PodEnds ends) {
    this.allowed = allowed;
    this.ends = ends;
  }

  /** Takes up a changed configuration between two frames; a bad one changes nothing. */
  @Modified
  void modified(Config config) {
    try {
      allowed = EtherTypes.parse(config.ethertypes());
    } catch (IllegalArgumentException e) {
      LOG.error(
          "event=configuration-refused reason=\"{}\" effect=previous-one-stays", e.getMessage());
    }
  }

  @Override
  public Verdict encode(Datagram datagram, long bufferAddress, int bufferOctets, EncodedFrame out) {
    PodEnd end = ends.of(datagram.pod());
    int octets = datagram.payloadLength();
    if (end == PodEnd.GONE) {
      return Verdict.POD_GONE;
    }
    if (octets < FrameJudge.HEADER_OCTETS) {
      return Verdict.MALFORMED;
    }
    if (octets > bufferOctets) {
      return Verdict.TOO_LARGE;
    }
    NativeMemory.copy(datagram.payloadAddress(), bufferAddress, octets);
    Verdict verdict = judge(datagram, bufferAddress, octets, end);
    if (verdict != Verdict.ACCEPTED) {
      return verdict;
    }
    boolean tagged = EtherTypes.isTag(FrameJudge.outerType(bufferAddress));
    out.lengthOctets = octets;
    out.headerOctets = FrameJudge.HEADER_OCTETS + (tagged ? FrameJudge.TAG_OCTETS : 0);
    out.pcp = tagged ? FrameJudge.pcp(bufferAddress) : Math.min(datagram.priority(), MAX_PCP);
    return fits(bufferAddress, octets, end);
  }

  private Verdict judge(Datagram datagram, long frame, int octets, PodEnd end) {
    long destination = FrameJudge.mac(frame);
    long source = FrameJudge.mac(frame + 6);
    if (source != end.mac().value()) {
      return PacketDrops.FORGED_SOURCE;
    }
    if (destination << 16 != datagram.destinationHigh() || source << 16 != datagram.sourceHigh()) {
      return Verdict.MALFORMED; // flows tell of the addresses beside the frame
    }
    if ((destination & RESERVED_MASK) == RESERVED) {
      return PacketDrops.RESERVED_DESTINATION;
    }
    if (destination == source) {
      return Verdict.NO_ROUTE; // a switch sends nothing back
    }
    return FrameJudge.judge(frame, octets, end, allowed);
  }

  /** As in the pod's kernel, which leaves room for one tag (packet_snd). */
  private static Verdict fits(long frame, int octets, PodEnd end) {
    if (!end.isKnown()) {
      return Verdict.HOLD;
    }
    if (!end.isUp()) {
      return Verdict.NO_ROUTE;
    }
    int tag = FrameJudge.outerType(frame) == EtherTypes.C_TAG ? FrameJudge.TAG_OCTETS : 0;
    return octets > end.mtu() + FrameJudge.HEADER_OCTETS + tag
        ? Verdict.TOO_LARGE
        : Verdict.ACCEPTED;
  }

  @Override
  public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
    PodEnd end = ends.of(pod);
    return end == PodEnd.GONE ? Verdict.POD_GONE : fits(bufferAddress, lengthOctets, end);
  }
}
