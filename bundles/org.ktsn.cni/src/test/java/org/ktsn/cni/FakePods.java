package org.ktsn.cni;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ktsn.api.pod.AdmissionException;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.PodService;

/** A pod service that only remembers. */
final class FakePods implements PodService {
  final Map<String, Pod> attached = new TreeMap<>();
  final List<PodRequest> requests = new ArrayList<>();
  final List<String> differences = new ArrayList<>();
  String refusal = "";
  String noRoom = "";
  String detachRefusal = "";
  Runnable beforeAttach = () -> {};
  Runnable beforeDetach = () -> {};
  private final Path channels;

  FakePods(Path channels) {
    this.channels = channels;
  }

  @Override
  public synchronized Pod attach(PodRequest request) {
    beforeAttach.run();
    requests.add(request);
    if (!noRoom.isEmpty()) {
      throw new AdmissionException(noRoom);
    }
    if (!refusal.isEmpty()) {
      throw new PodException(refusal);
    }
    if (attached.containsKey(request.name())) {
      throw new PodException("pod '" + request.name() + "' is attached already");
    }
    int number = attached.size();
    Pod pod =
        new Pod(
            request.name(),
            number,
            request.networkNamespace().orElseThrow(),
            request.interfaceName(),
            "v" + requests.size() + "-x",
            request.mac().orElse(new MacAddress(0x020000000000L + requests.size())),
            request.assignment().addresses().isEmpty()
                ? List.of(request.address().orElse("10.77.0." + (number + 2) + "/16"))
                : request.assignment().addresses(),
            channels.resolve(request.name()).resolve("app.sock"),
            request.assignment().labels(),
            request.assignment().bandwidth(),
            request.assignment().ingressLimit(),
            request.assignment().priorities());
    attached.put(pod.name(), pod);
    return pod;
  }

  @Override
  public synchronized boolean detach(String name) {
    beforeDetach.run();
    if (!detachRefusal.isEmpty()) {
      throw new PodException(detachRefusal);
    }
    return attached.remove(name) != null;
  }

  @Override
  public synchronized List<Pod> pods() {
    return List.copyOf(attached.values());
  }

  @Override
  public synchronized Optional<Pod> pod(String name) {
    return Optional.ofNullable(attached.get(name));
  }

  @Override
  public synchronized List<String> differences(String name) {
    return List.copyOf(differences);
  }
}
