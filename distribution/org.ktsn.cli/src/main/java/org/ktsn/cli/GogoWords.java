package org.ktsn.cli;

import java.util.Collection;
import java.util.stream.Collectors;

/** Writes words so that Gogo reads them back as they are. */
public final class GogoWords {
  private static final String PLAIN = "[a-zA-Z0-9._/:,+-]+";

  private GogoWords() {}

  /** Joins words to one command. */
  static String join(Collection<String> words) {
    return words.stream().map(GogoWords::quote).collect(Collectors.joining(" "));
  }

  /** Quotes one word. */
  public static String quote(String word) {
    if (word.matches(PLAIN)) {
      return word;
    }
    // nothing has a meaning between single quotes, so only they must stand outside, escaped
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
