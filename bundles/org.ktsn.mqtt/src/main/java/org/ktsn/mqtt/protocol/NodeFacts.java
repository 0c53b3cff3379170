package org.ktsn.mqtt.protocol;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;

/**
 * What a message is judged by.
 *
 * @param trafficClasses how many classes the port has, 1 to 8
 * @param shapers the names of the shapers that the node has; empty: not known
 * @param rateBitsPerSecond the rate of the port's link, if it is known
 */
public record NodeFacts(
    int trafficClasses, Optional<SortedSet<String>> shapers, OptionalLong rateBitsPerSecond) {

  /** A node of which only the number of classes is known. */
  public static NodeFacts ofClasses(int trafficClasses) {
    return new NodeFacts(trafficClasses, Optional.empty(), OptionalLong.empty());
  }

  boolean hasShaper(String name) {
    return shapers.map(names -> names.contains(name)).orElse(true);
  }
}
