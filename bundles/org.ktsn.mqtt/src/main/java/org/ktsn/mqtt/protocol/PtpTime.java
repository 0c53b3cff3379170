package org.ktsn.mqtt.protocol;

import com.google.gson.JsonObject;

/**
 * An instant as the YANG models write it: {@code {"seconds":"1767225637","nanoseconds":0}}, TAI.
 */
public final class PtpTime {
  private static final long NANOSECONDS_PER_SECOND = 1_000_000_000L;

  private PtpTime() {}

  /** Writes TAI nanoseconds. */
  public static JsonObject write(long ns) {
    JsonObject time = new JsonObject();
    time.addProperty("seconds", Long.toString(Math.floorDiv(ns, NANOSECONDS_PER_SECOND)));
    time.addProperty("nanoseconds", Math.floorMod(ns, NANOSECONDS_PER_SECOND));
    return time;
  }

  /**
   * Reads TAI nanoseconds.
   *
   * @throws RuntimeException if it is something else
   */
  public static long read(JsonObject time) {
    return Math.addExact(
        Math.multiplyExact(
            Long.parseLong(time.get("seconds").getAsString()), NANOSECONDS_PER_SECOND),
        time.get("nanoseconds").getAsLong());
  }
}
