package org.ktsn.shaper.cbs;

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

/**
 * Offers the credit-based shaper (IEEE 802.1Q-2022 8.6.8.2) to the data plane. Its shapers
 * implement {@link org.ktsn.api.shaper.CreditView} too. Any thread.
 */
@Component(name = "org.ktsn.shaper.cbs", property = "service.ranking:Integer=50")
@Designate(ocd = CbsShaperFactory.Configuration.class)
public final class CbsShaperFactory implements ShaperFactory {

  /** The configuration; PID {@code org.ktsn.shaper.cbs}. */
  @ObjectClassDefinition(name = "KTSN credit-based shaper")
  public @interface Configuration {
    /** What each class may send in the long run. */
    @AttributeDefinition(
        name = "Idle slopes",
        description =
            "CLASS=BITS_PER_SECOND with commas, for instance 7=20000000,6=10000000. A class that is"
                + " not named needs no credit.")
    @SuppressWarnings("MemberName") // one underscore stands for a dot in the key
    String idle_slopes() default "";

    /** Whether credit grows in the guard band. */
    @AttributeDefinition(
        name = "Growth in the guard band",
        description =
            "Whether credit grows while the gate is open and the first frame does not fit any more"
                + " before it closes.")
    @SuppressWarnings("MemberName")
    boolean grow_in_guard_band() default false;

    /** The largest frame. */
    @AttributeDefinition(
        name = "Largest frame",
        description =
            "Octets of the largest frame without FCS, from which the limits of the credits follow."
                + " 60 to 65535; a smaller queueMaxSDU of a class counts as well.",
        min = "60",
        max = "65535")
    @SuppressWarnings("MemberName")
    int max_frame_octets() default 1518;

    /** What becomes of a frame that the machine failed to send in its window. */
    @AttributeDefinition(
        name = "Missed frames",
        description =
            "requeue: send in the next window with new credit, counted as late; drop: drop and"
                + " report.",
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
    @SuppressWarnings("MemberName")
    long max_lateness_ns() default 10_000_000;
  }

  private static final long MAX_LATENESS_NS = 10_000_000_000L;

  private final CbsShaper.Settings settings;

  /** Checks the configuration. */
  @Activate
  public CbsShaperFactory(Configuration configuration) {
    this(
        configuration.idle_slopes(),
        configuration.grow_in_guard_band(),
        configuration.max_frame_octets(),
        configuration.missed(),
        configuration.max_lateness_ns());
  }

  CbsShaperFactory(
      String idleSlopes,
      boolean growInGuardBand,
      int maxFrameOctets,
      String missed,
      long maxLatenessNs) {
    boolean dropMissed =
        switch (missed) {
          case "requeue" -> false;
          case "drop" -> true;
          default ->
              throw new IllegalArgumentException(
                  "missed is '" + missed + "'; give requeue or drop");
        };
    if (maxFrameOctets < PortModel.MIN_FRAME_OCTETS || maxFrameOctets > 65_535) {
      throw new IllegalArgumentException(
          "max.frame.octets is "
              + maxFrameOctets
              + "; give "
              + PortModel.MIN_FRAME_OCTETS
              + " to 65535");
    }
    if (maxLatenessNs < 0 || maxLatenessNs > MAX_LATENESS_NS) {
      throw new IllegalArgumentException(
          "max.lateness.ns is " + maxLatenessNs + "; give 0 to " + MAX_LATENESS_NS);
    }
    settings =
        new CbsShaper.Settings(
            IdleSlopes.parse(idleSlopes),
            growInGuardBand,
            maxFrameOctets,
            dropMissed,
            maxLatenessNs);
  }

  @Override
  public String name() {
    return "cbs";
  }

  /**
   * Makes a shaper for one port.
   *
   * @throws IllegalArgumentException if the idle slopes claim more than the port's rate
   */
  @Override
  public Shaper create(Frames frames, PortModel port, GateSchedule schedule) {
    settings.idleSlopes().admit(port);
    return new CbsShaper(frames, port, schedule, settings);
  }
}
