package org.ktsn.cli;

import java.util.Collection;
import java.util.stream.Collectors;

/** Writes words so that Gogo reads them back as they are. */
final class GogoWords {
  private static final String PLAIN = "[a-zA-Z0-9._/:,+-]+";

  private GogoWords() {}

  /** Joins words to one command. */
  static String join(Collection<String> words) {
    return words.stream().map(GogoWords::quote).collect(Collectors.joining(" "));
  }

  /** Quotes one word. */
  static String quote(String word) {
    if (word.matches(PLAIN)) {
      return word;
    }
    // between double quotes these have a meaning: the quote, the escape, and the expansion
    return '"' + word.replaceAll("[\\\\\"$]", "\\\\$0") + '"';
  }
}
