package org.ktsn.shell;

import java.util.Locale;

/** Instants and durations for people. */
final class Nanoseconds {
  private static final long PER_SECOND = 1_000_000_000L;
  private static final long PER_MILLISECOND = 1_000_000L;
  private static final long PER_MICROSECOND = 1_000L;

  private Nanoseconds() {}

  /** Writes an instant as seconds of TAI with all nine digits: {@code 1700000000.000250000}. */
  static String instant(long taiNs) {
    return String.format(
        Locale.ROOT, "%d.%09d", Math.floorDiv(taiNs, PER_SECOND), Math.floorMod(taiNs, PER_SECOND));
  }

  /** Writes a duration with about three digits, for tables: {@code 1.25ms}, {@code -30us}. */
  static String about(long ns) {
    long size = ns == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(ns);
    if (size < PER_MICROSECOND) {
      return ns + "ns";
    }
    if (size < PER_MILLISECOND) {
      return Quantity.rate((double) ns / PER_MICROSECOND) + "us";
    }
    if (size < PER_SECOND) {
      return Quantity.rate((double) ns / PER_MILLISECOND) + "ms";
    }
    return Math.round((double) ns / PER_SECOND) + "s";
  }

  /** Writes a duration in the largest unit that needs no fraction: {@code 250 us}. */
  static String duration(long ns) {
    if (ns != 0 && ns % PER_SECOND == 0) {
      return ns / PER_SECOND + " s";
    }
    if (ns != 0 && ns % PER_MILLISECOND == 0) {
      return ns / PER_MILLISECOND + " ms";
    }
    if (ns != 0 && ns % PER_MICROSECOND == 0) {
      return ns / PER_MICROSECOND + " us";
    }
    return ns + " ns";
  }
}
