package org.example.filter.quota;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.pod.Pod;

/** Refuses what a pod sends beyond its quota of frames. */
final class QuotaFilter implements Filter {
  static final DropReason EXCEEDED =
      DropReason.of(
          "quota_exceeded",
          "its pod has sent as many frames as its quota allows",
          "send less often, or raise frames.per.second of org.example.filter.quota");

  private final int framesPerSecond;
  private final int burst;
  private final Pod[] pods = new Pod[Pod.MAX_PODS];
  private final Quota[] ofPod = new Quota[Pod.MAX_PODS];

  /** Whose share each frame has taken; null if it is none's. */
  private final Quota[] ofFrame;

  QuotaFilter(int frameCapacity, int framesPerSecond, int burst) {
    this.framesPerSecond = framesPerSecond;
    this.burst = burst;
    ofFrame = new Quota[frameCapacity];
  }

  @Override
  public void opened(Pod pod) {
    pods[pod.number()] = pod;
    ofPod[pod.number()] = new Quota(framesPerSecond, burst);
  }

  @Override
  public void closed(int pod) {
    pods[pod] = null;
    ofPod[pod] = null;
  }

  @Override
  public void admit(FrameView frame, long nowNs, Admission answer) {
    Quota quota = ofPod[frame.pod()];
    if (quota.take(frame.launchTimeNs())) {
      ofFrame[frame.number()] = quota;
    } else {
      answer.drop(EXCEEDED);
    }
  }

  @Override
  public void sent(FrameView frame, long actualNs) {
    ofFrame[frame.number()] = null;
  }

  @Override
  public void dropped(FrameView frame, DropReason reason) {
    Quota quota = ofFrame[frame.number()];
    if (quota != null) { // one that waited when the filter came has taken none
      quota.giveBack();
      ofFrame[frame.number()] = null;
    }
  }

  @Override
  public void clockSet(long nowNs) {
    for (Quota quota : ofPod) {
      if (quota != null) {
        quota.begin();
      }
    }
  }

  @Override
  public List<StatusTable> status(long nowNs) {
    List<List<Object>> rows = new ArrayList<>();
    for (int pod = 0; pod < Pod.MAX_PODS; pod++) {
      if (ofPod[pod] != null) {
        rows.add(List.of(pods[pod].name(), framesPerSecond, ofPod[pod].refused()));
      }
    }
    return List.of(new StatusTable("quotas", List.of("pod", "frames_per_second", "refused"), rows));
  }
}
