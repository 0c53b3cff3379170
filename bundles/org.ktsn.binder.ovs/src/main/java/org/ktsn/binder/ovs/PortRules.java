package org.ktsn.binder.ovs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules for each pod's port that is on the bridge, is about to be, or is about to leave: they
 * are there before the port and longer than it. Keeper's thread only.
 */
final class PortRules {
  private static final Logger LOG = LoggerFactory.getLogger(PortRules.class);

  /**
   * The OpenFlow numbers of pods' ports. They are asked for, so that the rules for a port can be
   * there before the port; other ports have numbers from 1 on.
   */
  private static final int LEAST_NUMBER = 0x400;

  private static final int GREATEST_NUMBER = 0x7fff;

  private final Map<String, SourceRules> rules = new HashMap<>();
  private int lastNumber = LEAST_NUMBER;

  /**
   * Brings about the rules for ports that are about to be added.
   *
   * @return the number that each is to have, by name
   */
  Map<String, Integer> prepare(
      SwitchFlows flows,
      Map<String, OvsdbMirror.Port> present,
      List<String> names,
      Map<String, DesiredState.Source> sources,
      boolean overlay)
      throws IOException {
    Set<Integer> taken = numbers(present);
    Map<String, Integer> numbers = new HashMap<>();
    for (String name : names) {
      int number = freeNumber(flows, taken);
      taken.add(number);
      numbers.put(name, number);
      rules.put(name, sources.get(name).on(number, overlay));
    }
    List<Integer> made = flows.put(names.stream().map(rules::get).toList());
    assert made.size() == names.size() : "a number with rules was free";
    return numbers;
  }

  /** Brings about the rules for the ports that are there. */
  void keep(
      SwitchFlows flows,
      Map<String, OvsdbMirror.Port> present,
      Map<String, DesiredState.Source> sources,
      boolean overlay)
      throws IOException {
    List<SourceRules> wanted = new ArrayList<>();
    sources.forEach(
        (name, source) -> {
          OvsdbMirror.Port port = present.get(name);
          if (port != null && port.iface().ofport() > 0) {
            SourceRules of = source.on(port.iface().ofport(), overlay);
            rules.put(name, of);
            wanted.add(of);
          }
        });
    List<Integer> made = flows.put(wanted);
    if (!made.isEmpty()) {
      LOG.info("event=source-rules-made port-numbers={}", made);
    }
  }

  /**
   * Removes the rules of ports that are no more; not those of ports that nobody has asked for yet,
   * as after a restart. Only when the daemon has let go of the ports that were removed.
   */
  void forget(SwitchFlows flows, Map<String, OvsdbMirror.Port> present, Set<String> wanted)
      throws IOException {
    rules.keySet().retainAll(wanted);
    flows.keepOnly(numbers(present));
  }

  /** Returns a number that no port has, and none had lately. */
  private int freeNumber(SwitchFlows flows, Set<Integer> taken) {
    do {
      lastNumber = lastNumber < GREATEST_NUMBER ? lastNumber + 1 : LEAST_NUMBER;
    } while (taken.contains(lastNumber) || flows.knows(lastNumber));
    return lastNumber;
  }

  /** Returns the numbers that ports have, or are about to have. */
  private Set<Integer> numbers(Map<String, OvsdbMirror.Port> present) {
    Set<Integer> numbers = new HashSet<>();
    present.values().forEach(port -> numbers.add(port.iface().ofport()));
    rules.values().forEach(of -> numbers.add(of.port()));
    return numbers;
  }
}
