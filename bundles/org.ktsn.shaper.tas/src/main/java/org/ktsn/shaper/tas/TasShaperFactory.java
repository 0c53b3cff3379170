package org.ktsn.shaper.tas;

import org.ktsn.api.frame.Frames;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.shaper.ShaperFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Offers the time-aware shaper (IEEE 802.1Q-2022 8.6.8.4) to the data plane. Any thread. */
@Component(name = "org.ktsn.shaper.tas", property = "service.ranking:Integer=100")
@Designate(ocd = TasShaperFactory.Configuration.class)
public final class TasShaperFactory implements ShaperFactory {

  /** The configuration; PID {@code org.ktsn.shaper.tas}. */
  @ObjectClassDefinition(name = "KTSN time-aware shaper")
  public @interface Configuration {
    /** What becomes of a frame that the machine failed to send in its window. */
    @AttributeDefinition(
        name = "Missed frames",
        description = "requeue: send in the next window, counted as late; drop: drop and report.",
        options = {@Option(value = "requeue"), @Option(value = "drop")})
    String missed() default "requeue";

    /** How late a frame may leave if its gate never closes, in nanoseconds. */
    @AttributeDefinition(
        name = "Greatest lateness",
        description =
            "How many nanoseconds after its planned instant a frame may still leave where the gate"
                + " of its class never closes; elsewhere the gate decides. 0 to 10000000000.",
        min = "0",
        max = "10000000000")
    @SuppressWarnings("MemberName") // two underscores stand for one in the key
    long max_lateness_ns() default 10_000_000;
  }

  private static final long MAX_LATENESS_NS = 10_000_000_000L;

  private final boolean dropMissed;
  private final long maxLatenessNs;

  /** Checks the configuration. */
  @Activate
  public TasShaperFactory(Configuration configuration) {
    this(configuration.missed(), configuration.max_lateness_ns());
  }

  TasShaperFactory(String missed, long maxLatenessNs) {
    dropMissed =
        switch (missed) {
          case "requeue" -> false;
          case "drop" -> true;
          default ->
              throw new IllegalArgumentException(
                  "missed is '" + missed + "'; give requeue or drop");
        };
    this.maxLatenessNs = maxLatenessNs;
    if (maxLatenessNs < 0 || maxLatenessNs > MAX_LATENESS_NS) {
      throw new IllegalArgumentException(
          "max.lateness.ns is " + maxLatenessNs + "; give 0 to " + MAX_LATENESS_NS);
    }
  }

  @Override
  public String name() {
    return "tas";
  }

  @Override
  public Shaper create(Frames frames, PortModel port, GateSchedule schedule) {
    return new TasShaper(frames, port, schedule, dropMissed, maxLatenessNs);
  }
}
