package org.ktsn.shell;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a command accepts, read from its usage line: {@code pod-add NAME [--address A] [--json]}.
 *
 * <p>{@code NAME} is a required operand, {@code [NAME]} an optional one, {@code [NAME...]} any
 * number of them, {@code [--flag]} a flag and {@code [--option VALUE]} an option. What stands
 * behind {@code --} is an operand, whatever it looks like.
 */
final class Syntax {
  private static final Pattern ITEM = Pattern.compile("\\[([^]]*)]|\\S+");

  private final String usage;
  private final Set<String> options = new HashSet<>();
  private final Set<String> flags = new HashSet<>();
  private int required;
  private int allowed;

  /** Reads a usage line that begins with the command's name. */
  Syntax(String usage) {
    this.usage = usage;
    Matcher items = ITEM.matcher(usage);
    items.find();
    while (items.find()) {
      String optional = items.group(1);
      if (optional == null) {
        required++;
        allowed++;
      } else if (optional.startsWith("--")) {
        String[] words = optional.split(" ", 2);
        (words.length == 1 ? flags : options).add(words[0]);
      } else {
        allowed = optional.endsWith("...") ? Integer.MAX_VALUE : allowed + 1;
      }
    }
  }

  /**
   * Sorts arguments.
   *
   * @throws CommandException if they don't fit the usage line
   */
  Arguments read(List<?> given) {
    List<String> operands = new ArrayList<>();
    Map<String, String> values = new HashMap<>();
    Set<String> set = new HashSet<>();
    boolean operandsOnly = false;
    for (int i = 0; i < given.size(); i++) {
      String word = String.valueOf(given.get(i));
      if (operandsOnly || !word.startsWith("--")) {
        operands.add(word);
      } else if (word.equals("--")) {
        operandsOnly = true;
      } else if (flags.contains(word)) {
        set.add(word);
      } else if (options.contains(word)) {
        if (i + 1 == given.size()) {
          throw refused("the option " + word + " needs a value");
        }
        i++;
        if (values.put(word, String.valueOf(given.get(i))) != null) {
          throw refused("the option " + word + " is given twice");
        }
      } else {
        throw refused("there is no option '" + word + "'");
      }
    }
    if (operands.size() < required) {
      throw refused(
          required == 1
              ? "an argument is missing"
              : operands.size() + " of " + required + " arguments are given");
    }
    if (operands.size() > allowed) {
      throw refused("'" + operands.get(allowed) + "' is one argument too many");
    }
    return new Arguments(operands, values, set);
  }

  private CommandException refused(String problem) {
    return new CommandException(problem + "; usage: ktsn:" + usage);
  }
}
