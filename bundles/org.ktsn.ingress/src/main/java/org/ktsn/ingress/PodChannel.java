package org.ktsn.ingress;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.pod.Pod;
import org.ktsn.foreign.EventDescriptor;
import org.ktsn.foreign.NativeMemory;
import org.ktsn.foreign.Seqpacket;
import org.ktsn.foreign.SeqpacketListener;
import org.ktsn.foreign.SharedMemory;

/**
 * What a pod and KTSNd share: the listening socket, status and ring memory, the doorbell, and the
 * programs that are connected. Channel thread only, except for the ring and the doorbell's instant,
 * which are the planner's.
 */
final class PodChannel implements AutoCloseable {
  private final Pod pod;
  private final SeqpacketListener listener;
  private final SharedMemory status;
  private final SharedMemory ringMemory;
  private final EventDescriptor doorbell = new EventDescriptor();
  private final RingConsumer ring;
  private final int slotCount;
  private final int slotOctets;
  private final List<Seqpacket> programs = new ArrayList<>();
  private boolean usable;
  private boolean drained = true;

  PodChannel(Pod pod, int slotCount, int slotOctets) {
    this.pod = pod;
    this.slotCount = slotCount;
    this.slotOctets = slotOctets;
    listener = SeqpacketListener.listen(pod.channelSocket(), 0666);
    status = SharedMemory.create("ktsn-status", ChannelLayout.STATUS_OCTETS, true);
    ringMemory =
        SharedMemory.create(
            "ktsn-ring", ChannelLayout.RING_HEADER_OCTETS + (long) slotCount * slotOctets, false);
    ring = new RingConsumer(pod.number(), ringMemory.address(), slotCount, slotOctets);
    long address = status.address();
    NativeMemory.putInt(address + ChannelLayout.STATUS_MAGIC, ChannelLayout.MAGIC);
    NativeMemory.putInt(address + ChannelLayout.STATUS_VERSION, ChannelLayout.VERSION);
    doorbellBefore(Long.MAX_VALUE);
  }

  Pod pod() {
    return pod;
  }

  SeqpacketListener listener() {
    return listener;
  }

  EventDescriptor doorbell() {
    return doorbell;
  }

  SharedMemory status() {
    return status;
  }

  SharedMemory ringMemory() {
    return ringMemory;
  }

  int slotCount() {
    return slotCount;
  }

  int slotOctets() {
    return slotOctets;
  }

  RingConsumer ring() {
    return ring;
  }

  List<Seqpacket> programs() {
    return programs;
  }

  /** Tells the programs what their network looks like, and whether datagrams are taken at all. */
  void network(int interfaceIndex, int mtu, int generation) {
    long address = status.address();
    usable = interfaceIndex > 0 && mtu > 0;
    NativeMemory.putIntVolatile(address + ChannelLayout.STATUS_INTERFACE_INDEX, interfaceIndex);
    NativeMemory.putIntVolatile(address + ChannelLayout.STATUS_MTU, mtu);
    NativeMemory.putIntVolatile(address + ChannelLayout.STATUS_NETWORK_GENERATION, generation);
    tellFlags();
  }

  /** Tells the programs whether anyone drains their ring; if not, they take the kernel's path. */
  void drained(boolean yes) {
    if (drained != yes) {
      drained = yes;
      tellFlags();
    }
  }

  private void tellFlags() {
    NativeMemory.putIntVolatile(
        status.address() + ChannelLayout.STATUS_FLAGS,
        usable && drained ? ChannelLayout.STATUS_ACCEPTING : 0);
  }

  /** Tells the programs from which launch time on they need not ring. Planner thread only. */
  void doorbellBefore(long instantNs) {
    NativeMemory.putLongRelease(status.address() + ChannelLayout.STATUS_DOORBELL_BEFORE, instantNs);
  }

  /**
   * Says goodbye: programs take the kernel's path from now on. The memory stays until {@link
   * #close}.
   */
  void hangUp() {
    NativeMemory.putIntVolatile(status.address() + ChannelLayout.STATUS_FLAGS, 0);
    listener.close();
    programs.forEach(Seqpacket::close);
    programs.clear();
  }

  /** Gives the memory back; the planner must not know this channel any more. */
  @Override
  public void close() {
    hangUp();
    doorbell.close();
    status.close();
    ringMemory.close();
  }
}
