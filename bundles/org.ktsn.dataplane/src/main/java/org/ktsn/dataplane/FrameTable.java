package org.ktsn.dataplane;

import java.util.Arrays;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.AddressFamily;

/**
 * The frames that the data plane holds: a column per property, a row per frame. Planner thread
 * only.
 *
 * <p>A row goes FREE → HELD (its next hop is being resolved) or QUEUED (with the shaper; PARKED on
 * its way to another one) → COMMITTED (with the launcher) → FREE. A row keeps its packet buffer
 * until the buffer is sent.
 */
final class FrameTable implements Frames {
  static final byte FREE = 0;
  static final byte HELD = 1;
  static final byte QUEUED = 2;
  static final byte COMMITTED = 3;

  /** Waits to be handed over to another shaper. */
  static final byte PARKED = 4;

  static final long NO_LAUNCH_TIME = Long.MIN_VALUE;

  private final int capacity;
  private final int[] free;
  private int freeCount;
  private int queuedCount;
  private long nextArrival;

  private final byte[] state;
  private final long[] launchTimeNs;
  private final long[] arrival;
  private final int[] lengthOctets;
  private final int[] sduOctets;
  private final int[] linkFrameOctets;
  private final byte[] trafficClass;
  private final boolean[] deadlineMode;
  private final int[] heldByPod = new int[Pod.MAX_PODS];
  private final long[] goneBefore = new long[Pod.MAX_PODS];

  /** The frame's pod. */
  final short[] pod;

  /** The priority that its pod was granted. */
  final byte[] priority;

  /** The packet buffer; 0 if the row has none. */
  final long[] buffer;

  /** Where the packet buffer's first octet lies. */
  final long[] data;

  /** Whether the frame leaves although its launch time had passed when it was sent. */
  final boolean[] leavesLate;

  /** How often the frame was dated anew. */
  final int[] redated;

  /** When the planner took its datagram. */
  final long[] arrivedNs;

  /** What was last planned for it. */
  final long[] plannedNs;

  final long[] notAfterNs;
  final int[] durationNs;

  /**
   * Since when it could be planned, when it was committed, and by which decision, for the trace; 0
   * if never.
   */
  final long[] knownNs;

  final long[] decidedNs;
  final long[] decision;

  /** The family of its addresses: whose stack wrote it. */
  final AddressFamily[] family;

  /** Who sent it to whom, for the trace; of IPv4 only. */
  final int[] sourceAddress;

  final short[] sourcePort;
  final short[] destinationPort;

  /** The handle of its flow; see {@link FlowTable}. */
  final long[] flow;

  /** The launch time that its program asked for; {@link #NO_LAUNCH_TIME} in deadline mode. */
  final long[] askedNs;

  FrameTable(int capacity) {
    this.capacity = capacity;
    free = new int[capacity];
    state = new byte[capacity];
    launchTimeNs = new long[capacity];
    arrival = new long[capacity];
    lengthOctets = new int[capacity];
    sduOctets = new int[capacity];
    linkFrameOctets = new int[capacity];
    trafficClass = new byte[capacity];
    deadlineMode = new boolean[capacity];
    pod = new short[capacity];
    priority = new byte[capacity];
    buffer = new long[capacity];
    data = new long[capacity];
    leavesLate = new boolean[capacity];
    redated = new int[capacity];
    arrivedNs = new long[capacity];
    plannedNs = new long[capacity];
    notAfterNs = new long[capacity];
    durationNs = new int[capacity];
    knownNs = new long[capacity];
    decidedNs = new long[capacity];
    decision = new long[capacity];
    family = new AddressFamily[capacity];
    Arrays.fill(family, AddressFamily.INET);
    sourceAddress = new int[capacity];
    sourcePort = new short[capacity];
    destinationPort = new short[capacity];
    flow = new long[capacity];
    askedNs = new long[capacity];
    for (int frame = capacity - 1; frame >= 0; frame--) {
      free[freeCount++] = frame;
    }
  }

  /** Returns a free row without taking it, or -1. */
  int peekFree() {
    return freeCount == 0 ? -1 : free[freeCount - 1];
  }

  /** Takes the row that {@link #peekFree} returned. */
  void take(int frame, int podNumber, long launchTime, boolean deadline) {
    assert free[freeCount - 1] == frame : "frame " + frame + " is not the next free one";
    freeCount--;
    state[frame] = HELD;
    pod[frame] = (short) podNumber;
    launchTimeNs[frame] = launchTime;
    deadlineMode[frame] = deadline;
    arrival[frame] = nextArrival++;
    redated[frame] = 0;
    knownNs[frame] = 0;
    decidedNs[frame] = 0;
    decision[frame] = 0;
    flow[frame] = 0;
    askedNs[frame] = deadline ? NO_LAUNCH_TIME : launchTime;
    heldByPod[podNumber]++;
  }

  /** Says what the stack made of the frame. */
  void shape(int frame, int length, int headerOctets, int frameClass) {
    lengthOctets[frame] = length;
    sduOctets[frame] = length - headerOctets;
    linkFrameOctets[frame] = length;
    trafficClass[frame] = (byte) frameClass;
  }

  /** Says how long the frame is on the link, where a tunnel makes it longer. */
  void linkFrameOctets(int frame, int octets) {
    linkFrameOctets[frame] = octets;
  }

  /** Puts a frame that no shaper has into another class. */
  void reclass(int frame, int frameClass) {
    trafficClass[frame] = (byte) frameClass;
  }

  /** Tells whether a frame has got another launch time than its program asked for. */
  boolean isDated(int frame) {
    return !deadlineMode[frame] && launchTimeNs[frame] != askedNs[frame];
  }

  /** Gives a frame that no shaper has another launch time, before which it leaves in no mode. */
  void date(int frame, long launchTime) {
    launchTimeNs[frame] = launchTime;
    deadlineMode[frame] = false;
  }

  void state(int frame, byte next) {
    queuedCount += (next == QUEUED ? 1 : 0) - (state[frame] == QUEUED ? 1 : 0);
    state[frame] = next;
  }

  /** Returns how many frames are with the shaper. */
  int queuedCount() {
    return queuedCount;
  }

  byte state(int frame) {
    return state[frame];
  }

  /** Gives a row back. Its buffer stays with it unless {@link #buffer} was cleared. */
  void release(int frame) {
    assert state[frame] != FREE : "frame " + frame + " is free already";
    state(frame, FREE);
    if (!isGone(frame)) {
      heldByPod[pod[frame]]--;
    }
    free[freeCount++] = frame;
  }

  /** Returns how many free rows have kept their buffers. Any thread; may be a moment old. */
  int idleBuffers() {
    int idle = 0;
    for (int frame = 0; frame < capacity; frame++) {
      idle += state[frame] == FREE && buffer[frame] != 0 ? 1 : 0;
    }
    return idle;
  }

  /** Leaves every buffer to the next planner; returns how many rows had one. */
  int leaveBuffers(PacketBuffers buffers) {
    int left = 0;
    for (int frame = 0; frame < capacity; frame++) {
      if (buffer[frame] != 0) {
        buffers.leave(buffer[frame]);
        buffer[frame] = 0;
        left++;
      }
    }
    buffers.leave();
    return left;
  }

  int used() {
    return capacity - freeCount;
  }

  int freeCount() {
    return freeCount;
  }

  /** Returns the arrival number that the next frame gets. */
  long nextArrival() {
    return nextArrival;
  }

  /** Returns how many rows a pod's number holds since it is that pod's. */
  int heldBy(int podNumber) {
    return heldByPod[podNumber];
  }

  /** The pod is detached: what it still has here is nobody's, whoever gets its number. */
  void disown(int podNumber) {
    goneBefore[podNumber] = nextArrival;
    heldByPod[podNumber] = 0;
  }

  /** Tells whether a frame's pod was detached after it came. */
  boolean isGone(int frame) {
    return arrival[frame] < goneBefore[pod[frame]];
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public long launchTimeNs(int frame) {
    return launchTimeNs[frame];
  }

  @Override
  public int pod(int frame) {
    return pod[frame];
  }

  @Override
  public int trafficClass(int frame) {
    return trafficClass[frame];
  }

  @Override
  public int lengthOctets(int frame) {
    return lengthOctets[frame];
  }

  @Override
  public int sduOctets(int frame) {
    return sduOctets[frame];
  }

  @Override
  public int linkFrameOctets(int frame) {
    return linkFrameOctets[frame];
  }

  @Override
  public long arrival(int frame) {
    return arrival[frame];
  }

  @Override
  public boolean deadlineMode(int frame) {
    return deadlineMode[frame];
  }
}
