package org.example.shaper.ats;

import java.util.Arrays;
import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Offers asynchronous traffic shaping to the data plane, ahead of the time-aware shaper's 100. */
@Component(name = "org.example.shaper.ats", property = "service.ranking:Integer=200")
public final class AtsShaperFactory implements ShaperFactory {

  /** The configuration; PID {@code org.example.shaper.ats}. */
  public @interface Configuration {
    /**
     * {@code CLASS=RATE:BURST} with commas: the committed information rate in bit/s and the
     * committed burst size in octets. A class that is not named is not limited.
     */
    String token_buckets() default "";

    /** How long a frame may wait for its tokens after its launch time, in nanoseconds. */
    long max_residence_ns() default 100_000_000;
  }

  private static final long MAX_RESIDENCE_NS = 10_000_000_000L;

  private final String tokenBuckets;
  private final long maxResidenceNs;

  /** Checks the configuration. */
  @Activate
  public AtsShaperFactory(Configuration configuration) {
    this(configuration.token_buckets(), configuration.max_residence_ns());
  }

  AtsShaperFactory(String tokenBuckets, long maxResidenceNs) {
    if (maxResidenceNs < 0 || maxResidenceNs > MAX_RESIDENCE_NS) {
      throw new IllegalArgumentException(
          "max.residence.ns is " + maxResidenceNs + "; give 0 to " + MAX_RESIDENCE_NS);
    }
    this.tokenBuckets = tokenBuckets.replaceAll("\\s", "");
    this.maxResidenceNs = maxResidenceNs;
    newBuckets();
  }

  @Override
  public String name() {
    return "ats";
  }

  @Override
  public Shaper create(Frames frames, PortModel port, GateSchedule schedule) {
    return new AtsShaper(frames, port, schedule, newBuckets(), maxResidenceNs);
  }

  private TokenBucket[] newBuckets() {
    TokenBucket[] buckets = new TokenBucket[8];
    Arrays.setAll(buckets, trafficClass -> TokenBucket.unlimited());
    for (String bucket : tokenBuckets.isEmpty() ? new String[0] : tokenBuckets.split(",", -1)) {
      if (!bucket.matches("[0-7]=[1-9][0-9]{2,11}:[1-9][0-9]{0,8}")) {
        throw new IllegalArgumentException(
            "token.buckets has '"
                + bucket
                + "'; give CLASS=RATE:BURST with a class from 0 to 7, at least 100 bit/s and at most"
                + " 999999999 octets, for instance 7=20000000:3000");
      }
      String[] values = bucket.split("[=:]", -1);
      buckets[Integer.parseInt(values[0])] =
          new TokenBucket(Long.parseLong(values[1]), Integer.parseInt(values[2]));
    }
    return buckets;
  }
}
