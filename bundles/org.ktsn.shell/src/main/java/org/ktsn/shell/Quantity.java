package org.ktsn.shell;

import java.util.Locale;

/** Figures in few characters, for tables. */
final class Quantity {
  private static final String PREFIXES = "kMGTPE";
  private static final int EXACT_BELOW = 100_000;

  private Quantity() {}

  /** Writes a count: exact below 100,000, else three digits and a prefix, {@code 1.23M}. */
  static String count(long value) {
    return Math.abs(value) < EXACT_BELOW ? Long.toString(value) : scaled((double) value);
  }

  /** Writes a rate with three digits, {@code 672k}; 0 is {@code 0}. */
  static String rate(double value) {
    if (value == 0) {
      return "0";
    }
    return Math.abs(value) < 999.5 ? threeDigits(value) : scaled(value);
  }

  private static String scaled(double value) {
    double rest = value;
    int prefix = -1;
    while (Math.abs(rest) >= 999.5 && prefix < PREFIXES.length() - 1) {
      rest /= 1000;
      prefix++;
    }
    return threeDigits(rest) + PREFIXES.charAt(prefix);
  }

  private static String threeDigits(double value) {
    double size = Math.abs(value);
    int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }

  /** Shortens a text, if need be, with a mark that something is left out. */
  static String shortened(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters - 1) + "…";
  }
}
