package org.ktsn.ingress;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.pod.Pod;
import org.ktsn.foreign.EventDescriptor;
import org.ktsn.foreign.NativeMemory;
import org.ktsn.foreign.Seqpacket;
import org.ktsn.foreign.SeqpacketListener;
import org.ktsn.foreign.SharedMemory;
import org.ktsn.foreign.SpaceSocket;

/**
 * What a pod and KTSNd share: the listening socket, status and ring memory, the doorbell, the space
 * socket, and the programs that are connected. Channel thread only, except for the ring and the
 * doorbell's instant, which are the planner's, and what is shown, which any thread may read.
 */
final class PodChannel implements AutoCloseable {
  private final Pod pod;
  private final RingProtection protection;
  private final SeqpacketListener listener;
  private final SharedMemory status;
  private final EventDescriptor doorbell = new EventDescriptor();
  private final SpaceSocket space = new SpaceSocket();
  private final PodReports reports;

  /** Channel thread only. */
  private SharedMemory ringMemory;

  private volatile RingConsumer ring;
  private volatile SpaceWatch spaceWatch;
  private final int slotCount;
  private final int slotOctets;
  private final long namespace;
  private final List<Seqpacket> programs = new ArrayList<>();
  private final List<Seqpacket> leaving = new ArrayList<>();

  /** Since when programs are connected that have not said HELLO. */
  private final Map<Seqpacket, Long> silentSinceNs = new LinkedHashMap<>();

  private final Allowance allowance = new Allowance();
  private final DoorbellWatch doorbellWatch = new DoorbellWatch();
  private final Map<Seqpacket, ChannelStatus.Program> welcomed = new LinkedHashMap<>();
  private int mtuOctets;

  /** Replaced as a whole. */
  private volatile ChannelStatus shown;

  private boolean usable;
  private boolean drained;
  private boolean renewing;

  /**
   * Opens a channel.
   *
   * @param namespace the inode of the pod's network namespace
   * @param protection who keeps the pages of rings where they are
   * @param reports through which its programs hear what became of their datagrams
   */
  PodChannel(
      Pod pod,
      long namespace,
      int slotCount,
      int slotOctets,
      RingProtection protection,
      PodReports reports) {
    this.reports = reports;
    this.pod = pod;
    this.protection = protection;
    this.namespace = namespace;
    this.slotCount = slotCount;
    this.slotOctets = slotOctets;
    listener = SeqpacketListener.listen(pod.channelSocket(), 0666);
    status = SharedMemory.create("ktsn-status", ChannelLayout.STATUS_OCTETS, true);
    ringMemory = makeRing();
    ring = new RingConsumer(pod.number(), ringMemory.address(), slotCount, slotOctets);
    spaceWatch = watchSpace();
    long address = status.address();
    NativeMemory.putInt(address + ChannelLayout.STATUS_MAGIC, ChannelLayout.MAGIC);
    NativeMemory.putInt(address + ChannelLayout.STATUS_VERSION, ChannelLayout.VERSION);
    doorbellBefore(Long.MAX_VALUE);
    shown = snapshot();
  }

  private SpaceWatch watchSpace() {
    return new SpaceWatch(status.address(), ringMemory.address(), slotCount, space::empty);
  }

  private SharedMemory makeRing() {
    SharedMemory memory =
        SharedMemory.create(
            "ktsn-ring", ChannelLayout.RING_HEADER_OCTETS + (long) slotCount * slotOctets, false);
    protection.protect(pod.name(), memory);
    return memory;
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

  SpaceSocket space() {
    return space;
  }

  PodReports reports() {
    return reports;
  }

  /** Tells whether the planner is there and takes datagrams. */
  boolean isDrained() {
    return drained;
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

  Allowance allowance() {
    return allowance;
  }

  DoorbellWatch doorbellWatch() {
    return doorbellWatch;
  }

  /** Tells whether a program is one of the pod's, by where it made its socket. */
  boolean isAtHome(Seqpacket program) {
    return program.network() == namespace;
  }

  /** Returns how many connections there are, with those that are being closed. */
  int connections() {
    leaving.removeIf(Seqpacket::isClosed);
    return programs.size() + leaving.size();
  }

  /** A program has come; it has not said HELLO yet. */
  void arrived(Seqpacket program, long nowNs) {
    programs.add(program);
    silentSinceNs.put(program, nowNs);
  }

  boolean isWelcomed(Seqpacket program) {
    return welcomed.containsKey(program);
  }

  /** Returns those who came before an instant and still have not said HELLO. */
  List<Seqpacket> silentSince(long instantNs) {
    return silentSinceNs.entrySet().stream()
        .filter(entry -> entry.getValue() - instantNs < 0)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Closes a connection. */
  void dismiss(Seqpacket program) {
    program.close();
    if (!program.isClosed()) {
      leaving.add(program);
    }
  }

  /** A program was let in under the name that it gives itself. */
  void welcomed(Seqpacket program, String name) {
    silentSinceNs.remove(program);
    welcomed.put(program, new ChannelStatus.Program(program.process(), program.user(), name));
    shown = snapshot();
  }

  /** A program has left. */
  void left(Seqpacket program) {
    programs.remove(program);
    silentSinceNs.remove(program);
    welcomed.remove(program);
    shown = snapshot();
  }

  /** Returns what others see of this channel. Any thread. */
  ChannelStatus shown() {
    return shown;
  }

  private ChannelStatus snapshot() {
    return new ChannelStatus(
        usable && drained, mtuOctets, slotCount, List.copyOf(welcomed.values()));
  }

  /** Tells the programs what their network looks like, and whether datagrams are taken at all. */
  void network(int interfaceIndex, int mtu, int generation) {
    long address = status.address();
    usable = interfaceIndex > 0 && mtu > 0;
    mtuOctets = mtu;
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

  /**
   * Tells whether the ring's memory is to be exchanged now: slots are held by owners of which
   * nobody knows whether they live. That takes two looks, the second a tick or more after the
   * first: meanwhile programs take the kernel's path, and the planner takes what is in the ring.
   */
  boolean isToBeRenewed() {
    boolean worn = ring.isWorn(programs.isEmpty());
    boolean ready = worn && renewing && ring.isEmpty();
    if (renewing != worn) {
      renewing = worn;
      tellFlags();
    }
    return ready;
  }

  /**
   * Exchanges the ring's memory. No program has it any more.
   *
   * @return the old one, to be closed when the planner has left it
   */
  SharedMemory renew() {
    SharedMemory old = ringMemory;
    ringMemory = makeRing();
    ring = new RingConsumer(pod.number(), ringMemory.address(), slotCount, slotOctets);
    spaceWatch = watchSpace();
    renewing = false;
    tellFlags();
    return old;
  }

  private void tellFlags() {
    NativeMemory.putIntVolatile(
        status.address() + ChannelLayout.STATUS_FLAGS,
        usable && drained && !renewing ? ChannelLayout.STATUS_ACCEPTING : 0);
    if (!usable || !drained || renewing) {
      spaceWatch.tell(); // the kernel's path has space
    }
    shown = snapshot();
  }

  /** Tells programs that wait for space in the ring; once a turn. Planner thread only. */
  void tellSpace(long nowNs) {
    spaceWatch.turn(ring.taken(), ring.queued(), nowNs);
  }

  /** The same before the planner sleeps. Planner thread only. */
  void tellSpaceBeforeSleep() {
    spaceWatch.beforeSleep(ring.taken(), ring.queued());
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
    protection.forget(pod.name());
    NativeMemory.putIntVolatile(status.address() + ChannelLayout.STATUS_FLAGS, 0);
    spaceWatch.tell();
    listener.close();
    programs.forEach(Seqpacket::close);
    programs.clear();
  }

  /** Gives the memory back; the planner must not know this channel any more. */
  @Override
  public void close() {
    hangUp();
    doorbell.close();
    space.close();
    reports.close();
    status.close();
    ringMemory.close();
  }
}
