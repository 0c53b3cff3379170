package org.ktsn.cni;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.IngressLimit;

/**
 * The capability {@code bandwidth} (CNI conventions, "Dynamic Plugin specific fields"): rates in
 * bit/s and bursts in bits.
 *
 * @param egress what the pod may send: the rate is its idle slope, the burst its hiCredit
 * @param ingress what may be sent to it
 */
record BandwidthRequest(Optional<Bandwidth> egress, Optional<IngressLimit> ingress) {
  static final BandwidthRequest NONE = new BandwidthRequest(Optional.empty(), Optional.empty());

  private static final String KEY = "runtimeConfig.bandwidth.";

  /**
   * From here on a burst means that nobody has an opinion: what runtimes add where people named a
   * rate alone, because the reference plugin wants both (2^31 - 1 bits and more).
   */
  private static final long NO_OPINION_BITS = Integer.MAX_VALUE;

  private static final BigInteger MAX_BITS = BigInteger.ONE.shiftLeft(60);

  private static final List<String> SUBNETS = List.of("shapedSubnets", "unshapedSubnets");

  private static final List<String> KEYS =
      Stream.concat(
              Stream.of("ingressRate", "ingressBurst", "egressRate", "egressBurst"),
              SUBNETS.stream())
          .toList();

  /**
   * Reads it.
   *
   * @param given the value of {@code runtimeConfig.bandwidth}
   * @throws CniException if it makes no sense, or asks for what can't be granted
   */
  static BandwidthRequest parse(JsonObject given) {
    JsonObject bandwidth = named(given);
    refuseSubnets(bandwidth);
    return new BandwidthRequest(
        rate(bandwidth, "egress", 1)
            .map(rate -> new Bandwidth(rate, burst(bandwidth, "egressBurst"))),
        rate(bandwidth, "ingress", IngressLimit.MIN_BITS_PER_SECOND)
            .map(rate -> limit(rate, burst(bandwidth, "ingressBurst"))));
  }

  /**
   * Gives the members the names of the conventions. Containerd sends Go's own ({@code EgressRate}),
   * and the reference plugin, in Go, takes a name in any case; of several for one it keeps the last
   * that is not null.
   */
  private static JsonObject named(JsonObject given) {
    JsonObject bandwidth = new JsonObject();
    given
        .asMap()
        .forEach(
            (name, value) ->
                KEYS.stream()
                    .filter(key -> key.equalsIgnoreCase(name) && !value.isJsonNull())
                    .forEach(key -> bandwidth.add(key, value)));
    return bandwidth;
  }

  private static IngressLimit limit(long rate, OptionalLong burst) {
    return burst.isPresent() ? new IngressLimit(rate, burst.getAsLong()) : IngressLimit.of(rate);
  }

  /** A rate above 0; empty if there is none, and no burst. */
  private static Optional<Long> rate(JsonObject bandwidth, String direction, long least) {
    BigInteger rate = number(bandwidth, direction + "Rate");
    BigInteger burst = number(bandwidth, direction + "Burst");
    if (rate.signum() == 0 && burst.signum() == 0) {
      return Optional.empty();
    }
    if (rate.signum() == 0) {
      throw NetworkConfig.bad(
          KEY + direction + "Burst",
          burst.toString(),
          "a rate with it (" + direction + "Rate), or neither of the two");
    }
    if (rate.compareTo(BigInteger.valueOf(least)) < 0
        || rate.compareTo(BigInteger.valueOf(Bandwidth.MAX_BITS_PER_SECOND)) > 0) {
      throw NetworkConfig.bad(
          KEY + direction + "Rate",
          rate.toString(),
          "bits per second from "
              + least
              + " up to the port's rate, "
              + Bandwidth.MAX_BITS_PER_SECOND
              + " at most");
    }
    return Optional.of(rate.longValueExact());
  }

  private static OptionalLong burst(JsonObject bandwidth, String key) {
    BigInteger burst = number(bandwidth, key);
    boolean isOpinion =
        burst.signum() > 0 && burst.compareTo(BigInteger.valueOf(NO_OPINION_BITS)) < 0;
    return isOpinion ? OptionalLong.of(burst.longValueExact()) : OptionalLong.empty();
  }

  private static void refuseSubnets(JsonObject bandwidth) {
    for (String key : SUBNETS) {
      if (!NetworkConfig.array(bandwidth, key).isEmpty()) {
        throw new CniException(
            CniCode.UNSUPPORTED_FIELD,
            KEY
                + key
                + " is "
                + bandwidth.get(key)
                + ", and a pod's bandwidth is for all its traffic; leave the key out");
      }
    }
  }

  /** A whole number; 0 if there is none. */
  private static BigInteger number(JsonObject bandwidth, String key) {
    JsonElement value = bandwidth.get(key);
    if (value == null) {
      return BigInteger.ZERO;
    }
    try {
      if (value.getAsJsonPrimitive().isNumber() && value.getAsString().length() <= 40) {
        BigInteger number = value.getAsBigDecimal().toBigIntegerExact();
        if (number.signum() >= 0 && number.compareTo(MAX_BITS) < 0) {
          return number;
        }
      }
    } catch (IllegalStateException | ArithmeticException | NumberFormatException e) {
      // It is said below.
    }
    throw NetworkConfig.bad(
        KEY + key,
        value.toString(),
        "a whole number of bits" + (key.endsWith("Rate") ? " per second" : "") + ", 0 or more");
  }
}
