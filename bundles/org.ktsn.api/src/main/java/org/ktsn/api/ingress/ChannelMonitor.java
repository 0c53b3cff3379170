package org.ktsn.api.ingress;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** What an ingress shows of the channels between programs and KTSNd. Any thread. */
@ProviderType
public interface ChannelMonitor {
  /**
   * Returns a snapshot of a pod's channel.
   *
   * @param pod the pod's number, as in {@link org.ktsn.api.pod.Pod#number()}
   * @return empty if there is no channel of that number
   */
  Optional<ChannelStatus> channel(int pod);
}
