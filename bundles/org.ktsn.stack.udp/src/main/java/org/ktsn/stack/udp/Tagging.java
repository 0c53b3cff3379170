package org.ktsn.stack.udp;

import java.util.Arrays;
import java.util.List;

/**
 * How frames are tagged: the 802.1Q tag, and the priority code point of each socket priority.
 *
 * @param tagged whether frames carry a tag
 * @param vlanId the VLAN identifier in the tag; 0 makes it a priority tag (IEEE 802.1Q-2022 9.6)
 * @param pcpByPriority 16 values, 0 to 7, by socket priority
 */
record Tagging(boolean tagged, int vlanId, List<Integer> pcpByPriority) {
  /** The number of socket priorities. */
  static final int PRIORITIES = 16;

  private static final int MAX_PCP = 7;
  private static final int MAX_VLAN_ID = 4094;

  /** Copies the list. */
  Tagging {
    pcpByPriority = List.copyOf(pcpByPriority);
  }

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException if a value is out of its range; the message names the remedy
   */
  static Tagging parse(String tag, int vlanId, String pcpMap) {
    List<Integer> pcpByPriority = parseMap(pcpMap);
    return switch (tag.strip()) {
      case "none" -> new Tagging(false, 0, pcpByPriority);
      case "priority" -> new Tagging(true, 0, pcpByPriority);
      case "vlan" -> {
        if (vlanId < 1 || vlanId > MAX_VLAN_ID) {
          throw new IllegalArgumentException(
              "vlan.id is " + vlanId + "; with tag=vlan give 1 to " + MAX_VLAN_ID);
        }
        yield new Tagging(true, vlanId, pcpByPriority);
      }
      default ->
          throw new IllegalArgumentException("tag is '" + tag + "'; give none, priority or vlan");
    };
  }

  private static List<Integer> parseMap(String text) {
    Integer[] map = new Integer[PRIORITIES];
    if (text.isBlank()) {
      Arrays.setAll(map, priority -> Math.min(priority, MAX_PCP));
      return List.of(map);
    }
    String[] words = text.strip().split("[,\\s]+", -1);
    if (words.length != PRIORITIES / 2 && words.length != PRIORITIES) {
      throw new IllegalArgumentException(
          "pcp.map '" + text + "' has " + words.length + " values; give 8 or 16, by priority");
    }
    for (int priority = 0; priority < PRIORITIES; priority++) {
      // With eight values, priorities above 7 share the place of 7.
      String word = words[Math.min(priority, words.length - 1)];
      if (!word.matches("[0-7]")) {
        throw new IllegalArgumentException(
            "pcp.map '"
                + text
                + "' has the value '"
                + word
                + "'; give priority code points 0 to 7");
      }
      map[priority] = Integer.valueOf(word);
    }
    return List.of(map);
  }
}
