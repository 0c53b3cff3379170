package org.ktsn.cli.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ktsn.cli.CommandFailure;

/** What the demo's talker and listener run in. */
enum DemoRuntime {
  /** Pods by hand: network namespaces. */
  NETNS,
  /** Containers of containerd and runc. */
  CONTAINERD,
  /** Containers of Podman, with its CNI back end. */
  PODMAN;

  /** Returns the one of a name. */
  static DemoRuntime of(String name) {
    return Arrays.stream(values())
        .filter(each -> each.word().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "--runtime "
                        + name
                        + " is not known: give one of "
                        + Arrays.stream(values())
                            .map(DemoRuntime::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  /** Returns its name, as users write it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
