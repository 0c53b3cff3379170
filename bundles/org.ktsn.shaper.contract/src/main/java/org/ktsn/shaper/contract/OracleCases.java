package org.ktsn.shaper.contract;

import java.util.Arrays;
import java.util.Random;
import java.util.function.LongConsumer;

/**
 * How many generated cases each oracle test compares, and which one: {@code -Dktsn.oracle.cases=N}
 * or the environment's {@code KTSN_ORACLE_CASES} for the number, {@code KTSN_ORACLE_SEED} or {@code
 * -Dktsn.oracle.seed} to run one case again.
 */
public final class OracleCases {
  private OracleCases() {}

  /**
   * Runs a part of a test's cases, several at once; what fails names its seed.
   *
   * @param seed what the part's seeds are made from
   * @param parts in how many parts the test is run
   * @param usual the number of cases of the whole test if none is asked for
   */
  public static void run(long seed, int parts, int usual, LongConsumer test) {
    String one = setting("ktsn.oracle.seed", "KTSN_ORACLE_SEED", "");
    if (!one.isEmpty()) {
      runOne(Long.parseLong(one), test);
      return;
    }
    String all = setting("ktsn.oracle.cases", "KTSN_ORACLE_CASES", Integer.toString(usual));
    int cases = Math.ceilDiv(Integer.parseInt(all), parts);
    long[] seeds = new Random(seed).longs(cases).toArray();
    Arrays.stream(seeds).parallel().forEach(each -> runOne(each, test));
  }

  private static void runOne(long seed, LongConsumer test) {
    try {
      test.accept(seed);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "the case with seed " + seed + " fails; KTSN_ORACLE_SEED=" + seed + " runs it alone", e);
    }
  }

  private static String setting(String property, String variable, String usual) {
    String value = System.getenv(variable);
    return System.getProperty(property, value == null ? usual : value);
  }
}
