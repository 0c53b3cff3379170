package org.ktsn.shaper.etf;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers scheduling by launch time alone, after the kernel's etf, to the data plane. It heeds no
 * gates: where a schedule runs, frames leave outside their windows. Any thread.
 */
@Component(name = "org.ktsn.shaper.etf", property = "service.ranking:Integer=10")
@Designate(ocd = EtfShaperFactory.Configuration.class)
public final class EtfShaperFactory implements ShaperFactory {
  private static final Logger LOG = LoggerFactory.getLogger(EtfShaperFactory.class);

  /** The configuration; PID {@code org.ktsn.shaper.etf}. */
  @ObjectClassDefinition(
      name = "KTSN earliest transmission time first",
      description = "Launch times alone decide; gates are not heeded.")
  public @interface Configuration {
    /** How long after its launch time a frame may still leave, in nanoseconds. */
    @AttributeDefinition(
        name = "Delta",
        description =
            "How many nanoseconds after its launch time a frame may still leave; later it is dropped"
                + " as missed. 0 to 10000000000.",
        min = "0",
        max = "10000000000")
    @SuppressWarnings("MemberName") // one underscore stands for a dot in the key
    long delta_ns() default 1_000_000;
  }

  private static final long MAX_DELTA_NS = 10_000_000_000L;

  private final long deltaNs;

  /** Checks the configuration. */
  @Activate
  public EtfShaperFactory(Configuration configuration) {
    this(configuration.delta_ns());
  }

  EtfShaperFactory(long deltaNs) {
    if (deltaNs < 0 || deltaNs > MAX_DELTA_NS) {
      throw new IllegalArgumentException("delta.ns is " + deltaNs + "; give 0 to " + MAX_DELTA_NS);
    }
    this.deltaNs = deltaNs;
  }

  @Override
  public String name() {
    return "etf";
  }

  @Override
  public Shaper create(Frames frames, PortModel port, GateSchedule schedule) {
    if (schedule.oper().gateEnabled() || schedule.pending().isPresent()) {
      LOG.warn("event=gates-not-heeded shaper=etf remedy=\"use tas or cbs where a schedule runs\"");
    }
    return new EtfShaper(frames, port, deltaNs);
  }
}
