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
  final Map<String, String> sources = new TreeMap<>();
  String refusal = "";
  boolean connected = true;

  /** What was asked for while it was not connected. */
  final List<String> away = new ArrayList<>();

  @Override
  public String bridge() {
    return "br-fake";
  }

  @Override
  public synchronized void addPodPort(
      String interfaceName, MacAddress mac, List<String> addresses) {
    if (!refusal.isEmpty()) {
      throw new SwitchException(refusal);
    }
    if (!connected) {
      away.add(interfaceName);
      throw new SwitchException("the switch is away");
    }
    ports.add(interfaceName);
    sources.put(interfaceName, mac + " " + addresses);
    notifyAll();
  }

  @Override
  public synchronized void removePodPort(String interfaceName) {
    ports.remove(interfaceName);
    sources.remove(interfaceName);
    pins.values().removeIf(interfaceName::equals);
    notifyAll();
  }

  @Override
  public synchronized void pin(MacAddress mac, String interfaceName) {
    if (!connected) {
      away.add(mac + " " + interfaceName);
      notifyAll();
      throw new SwitchException("the switch is away");
    }
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
    return new SwitchStatus(
        connected,
        "0",
        bridge(),
        ports.stream()
            .map(name -> new SwitchStatus.SwitchPort(name, "system", 1, true, "", List.of()))
            .toList());
  }

  @Override
  public Map<String, Long> droppedFrames() {
    return Map.of();
  }

  /** Waits until just these addresses are pinned. */
  synchronized void awaitPins(List<String> macs) throws InterruptedException {
    while (!List.copyOf(pins.keySet()).equals(macs)) {
      wait();
    }
  }

  /** Waits until so many things were asked for while it was not connected. */
  synchronized void awaitAskedAway(int things) throws InterruptedException {
    while (away.size() < things) {
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
