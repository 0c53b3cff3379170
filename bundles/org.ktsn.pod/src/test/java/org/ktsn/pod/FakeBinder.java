package org.ktsn.pod;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchException;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.MacAddress;

/** A switch binder that only remembers. */
final class FakeBinder implements SwitchBinder {
  final Set<String> ports = new TreeSet<>();
  final Map<String, String> pins = new TreeMap<>();
  String refusal = "";

  @Override
  public String bridge() {
    return "br-fake";
  }

  @Override
  public synchronized void addPodPort(String interfaceName) {
    if (!refusal.isEmpty()) {
      throw new SwitchException(refusal);
    }
    ports.add(interfaceName);
    notifyAll();
  }

  @Override
  public synchronized void removePodPort(String interfaceName) {
    ports.remove(interfaceName);
    pins.values().removeIf(interfaceName::equals);
    notifyAll();
  }

  @Override
  public synchronized void pin(MacAddress mac, String interfaceName) {
    pins.put(mac.toString(), interfaceName);
    notifyAll();
  }

  @Override
  public synchronized void unpin(MacAddress mac) {
    pins.remove(mac.toString());
    notifyAll();
  }

  @Override
  public synchronized SwitchStatus status() {
    return new SwitchStatus(true, "0", bridge(), new ArrayList<>());
  }

  /** Waits until just these addresses are pinned. */
  synchronized void awaitPins(List<String> macs) throws InterruptedException {
    while (!List.copyOf(pins.keySet()).equals(macs)) {
      wait();
    }
  }

  /** Waits until just these ports are there. */
  synchronized void awaitPorts(List<String> names) throws InterruptedException {
    while (!List.copyOf(ports).equals(names)) {
      wait();
    }
  }
}
