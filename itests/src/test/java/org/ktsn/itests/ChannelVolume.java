package org.ktsn.itests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Programs in a pod that has its channel as kubelet mounts it. */
final class ChannelVolume {
  private static final String MOUNTED =
      """
      mount --bind %s /mnt && mount -t tmpfs none /run && mkdir /run/ktsn \
        && mount --move /mnt /run/ktsn && exec "$@"\
      """;

  private ChannelVolume() {}

  /**
   * Starts a program.
   *
   * @param namespace the pod's network namespace
   * @param channel the channel's folder on the node
   * @param library LibKTSN, which is preloaded
   */
  static Command start(String namespace, Path channel, Path library, String... program) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    words.addAll(List.of("unshare", "--mount", "sh", "-c", MOUNTED.formatted(channel), "sh"));
    words.addAll(List.of("env", "LD_PRELOAD=" + library));
    words.addAll(List.of(program));
    return Command.start(Map.of(), words);
  }
}
