package org.ktsn.shell;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A command's arguments, sorted by its {@link Syntax}.
 *
 * @param operands the operands in their order
 * @param options the values of the options that were given, by name with its dashes
 * @param flags the flags that were given, with their dashes
 */
record Arguments(List<String> operands, Map<String, String> options, Set<String> flags) {
  Arguments {
    operands = List.copyOf(operands);
    options = Map.copyOf(options);
    flags = Set.copyOf(flags);
  }

  /** Returns a required operand, counted from 0. */
  String operand(int index) {
    return operands.get(index);
  }

  /** Returns all operands from one on, joined with spaces; empty if there is none. */
  String rest(int from) {
    return String.join(" ", operands.subList(from, operands.size()));
  }

  /** Returns an option's value. */
  Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /**
   * Returns an option's value as a whole number.
   *
   * @param otherwise what it is if the option is not given
   * @throws CommandException if it is no number from {@code least} to {@code most}
   */
  int number(String name, int otherwise, int least, int most) {
    Optional<String> given = option(name);
    if (given.isEmpty()) {
      return otherwise;
    }
    return number(name, given.get(), least, most);
  }

  /**
   * Reads a whole number.
   *
   * @param name what the message calls it
   * @throws CommandException if it is no number from {@code least} to {@code most}
   */
  static int number(String name, String text, int least, int most) {
    if (text.matches("[0-9]{1,9}")) {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw new CommandException(
        name + " is '" + text + "'; give a number from " + least + " to " + most);
  }

  /** Tells whether a flag was given. */
  boolean has(String flag) {
    return flags.contains(flag);
  }

  /** Tells whether the answer shall be one JSON document. */
  boolean json() {
    return flags.contains("--json");
  }
}
