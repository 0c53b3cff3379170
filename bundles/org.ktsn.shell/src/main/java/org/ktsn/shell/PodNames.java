package org.ktsn.shell;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.ktsn.api.pod.Pod;

/** By which names people know a pod. */
final class PodNames {
  private static final int ID_CHARACTERS = 12;

  private PodNames() {}

  /**
   * Returns what people know the pod's container by: Kubernetes' names, else the runtime's; else
   * "-". Of an ID in hexadecimal digits the beginning, as runtimes show it.
   */
  static String container(Pod pod) {
    Map<String, String> labels = pod.labels();
    if (!labels.containsKey("pod")) {
      String container = labels.getOrDefault("container", "-");
      return container.matches("[0-9a-f]{32,}") ? container.substring(0, ID_CHARACTERS) : container;
    }
    String namespace = labels.getOrDefault("namespace", "");
    return (namespace.isEmpty() ? "" : namespace + "/") + labels.get("pod");
  }

  /**
   * Finds the pod that is meant: by its name, by its container's name or ID, or by the beginning of
   * one of these if only one pod's begins so.
   *
   * @throws CommandException if there is none, or more than one
   */
  static Pod find(List<Pod> pods, String meant) {
    List<Predicate<Pod>> tests =
        List.of(
            pod -> pod.name().equals(meant),
            pod -> container(pod).equals(meant) || id(pod).equals(meant),
            pod ->
                pod.name().startsWith(meant)
                    || container(pod).startsWith(meant)
                    || id(pod).startsWith(meant));
    for (Predicate<Pod> test : tests) {
      List<Pod> found = pods.stream().filter(test).toList();
      if (found.size() == 1) {
        return found.getFirst();
      }
      if (found.size() > 1) {
        throw new CommandException(
            "'"
                + meant
                + "' may mean "
                + found.stream().map(Pod::name).collect(Collectors.joining(" or "))
                + "; give more of the name");
      }
    }
    throw new CommandException("there is no pod '" + meant + "'; ktsn:pods lists those there are");
  }

  private static String id(Pod pod) {
    return pod.labels().getOrDefault("container", "");
  }
}
