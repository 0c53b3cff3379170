package org.ktsn.api.stats;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** What the data plane shows of itself. Any thread; reading disturbs nothing. */
@ProviderType
public interface DataplaneMonitor {
  /** Returns a snapshot. */
  DataplaneStatus status();

  /** Returns a snapshot per pod, by pod number; pods without traffic are left out. */
  List<PodStatus> pods();

  /**
   * Returns a snapshot per flow: pod by pod, the one heard last first, the row of others last. A
   * pod's row of others is left out while none of its flows was pushed out.
   */
  List<FlowStatus> flows();

  /** Returns a snapshot per traffic class, eight of them; of one instant of the planner's. */
  List<ClassStatus> classes();

  /** Returns the shapers on offer, the one that is chosen first. */
  List<ShaperOffer> shapers();

  /** Returns the filters on the frames' way, in their order, and those that are not at work. */
  List<FilterStatus> filters();

  /**
   * Returns where the planner is at this moment: the kind of the step whose code it is in, {@code
   * ingress}, {@code INET stack}, {@code filter} or {@code shaper}; the room of its own that it is
   * in otherwise, {@code intake}, {@code commitment}, {@code completions} or {@code turn}; or
   * {@code asleep}. Who looks often enough sees where its time goes.
   */
  String plannerPlace();

  /**
   * Begins to record each launched frame into a file of fixed-size records (docs/trace.md), in
   * place of any recording that runs.
   *
   * @param file is made anew
   * @param records the room; once it is full, nothing more is recorded and the file says how many
   *     were left out
   */
  void startTrace(Path file, int records);

  /** Ends the recording, if one runs; the file is complete then. */
  void stopTrace();

  /**
   * A shaper that could be, or is, at work.
   *
   * @param name the strategy's name
   * @param ranking its {@code service.ranking}
   * @param bundle the symbolic name of the bundle that it comes from
   * @param inUse whether it plans at present
   */
  record ShaperOffer(String name, int ranking, String bundle, boolean inUse) {}

  /**
   * What a pod sent.
   *
   * @param pod the pod's number
   * @param received datagrams taken from its ring
   * @param sent frames handed to the port
   * @param dropped frames dropped, for whatever reason
   * @param queued frames that wait
   * @param late frames that missed their window and were dated anew
   * @param drops dropped frames by reason, only reasons that occurred
   * @param regenerated datagrams that asked for a priority that the pod may not use, and got
   *     another
   */
  record PodStatus(
      int pod,
      long received,
      long sent,
      long dropped,
      int queued,
      long late,
      Map<String, Long> drops,
      long regenerated) {
    /** Copies the map. */
    public PodStatus {
      drops = Map.copyOf(drops);
    }

    /** What a pod sent that asked for its own priorities only. */
    public PodStatus(
        int pod,
        long received,
        long sent,
        long dropped,
        int queued,
        long late,
        Map<String, Long> drops) {
      this(pod, received, sent, dropped, queued, late, drops, 0);
    }
  }
}
