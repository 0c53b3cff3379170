package org.ktsn.shell;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.PodService;

/** Attaches pods in memory only. */
final class FakePods implements PodService {
  final List<Pod> attached = new ArrayList<>();
  PodRequest last = PodRequest.named("none");

  @Override
  public Pod attach(PodRequest request) {
    last = request;
    Pod pod =
        new Pod(
            request.name(),
            attached.size(),
            request.networkNamespace().orElse(Path.of("/run/netns/ktsn-" + request.name())),
            request.interfaceName(),
            "v0-ktsn",
            request.mac().orElse(new MacAddress(0x02_00_00_00_00_01L)),
            List.of(request.address().orElse("10.77.0.2/16")),
            Path.of("/run/ktsn/pods", request.name(), "app.sock"),
            request.assignment().labels(),
            request.assignment().bandwidth(),
            request.assignment().ingressLimit(),
            request.assignment().priorities());
    attached.add(pod);
    return pod;
  }

  @Override
  public boolean detach(String name) {
    return attached.removeIf(pod -> pod.name().equals(name));
  }

  @Override
  public List<Pod> pods() {
    return List.copyOf(attached);
  }

  @Override
  public Optional<Pod> pod(String name) {
    return attached.stream().filter(pod -> pod.name().equals(name)).findFirst();
  }
}
