package org.ktsn.bench;

import java.util.List;

/**
 * A command's operands, whole numbers all of them.
 *
 * @param usage the command's usage line, for the message
 * @param words as they were given
 */
record Operands(String usage, List<String> words) {
  /** Takes them as the shell gives them. */
  static Operands of(String usage, List<Object> given) {
    return new Operands(usage, given.stream().map(String::valueOf).toList());
  }

  /**
   * Returns one of them.
   *
   * @param index its place, counted from 0
   * @param name what the message calls it
   * @throws IllegalArgumentException if it is not there, or no number from {@code least} to {@code
   *     most}
   */
  int number(int index, String name, int least, int most) {
    if (index >= words.size()) {
      throw new IllegalArgumentException(name + " is missing; usage: ktsn:" + usage);
    }
    String text = words.get(index);
    if (text.matches("[0-9]{1,9}")) {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        name + " is '" + text + "'; give a number from " + least + " to " + most);
  }
}
