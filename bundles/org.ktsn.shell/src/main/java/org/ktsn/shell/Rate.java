package org.ktsn.shell;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads numbers of bits with a decimal prefix, as people and Kubernetes write them: 10M. */
final class Rate {
  private static final Pattern BITS = Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,9})?)([kKMGT]?)");
  private static final String PREFIXES = "kMGT";

  private Rate() {}

  /**
   * Reads a number of bits, or of bits per second.
   *
   * @param option what is read, for the message
   * @throws CommandException if it is not a whole number of bits, 1 or more
   */
  static long bits(String option, String text) {
    Matcher matcher = BITS.matcher(text);
    if (matcher.matches()) {
      int thousands = PREFIXES.indexOf(matcher.group(2).replace('K', 'k')) + 1;
      BigDecimal bits =
          new BigDecimal(matcher.group(1))
              .scaleByPowerOfTen(matcher.group(2).isEmpty() ? 0 : 3 * thousands)
              .stripTrailingZeros();
      if (bits.scale() <= 0 && bits.signum() > 0 && bits.precision() - bits.scale() <= 18) {
        return bits.longValueExact();
      }
    }
    throw new CommandException(
        option
            + " is '"
            + text
            + "'; give a whole number of bits, 1 or more, with k, M, G or T if you like: 10M");
  }
}
