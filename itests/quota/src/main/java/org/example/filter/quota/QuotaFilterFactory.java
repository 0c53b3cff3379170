package org.example.filter.quota;

import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Puts quotas on the frames' way, before the pods' credit at 900. */
@Component(name = "org.example.filter.quota", property = FilterFactory.ORDER + ":Integer=200")
public final class QuotaFilterFactory implements FilterFactory {

  /** The configuration; PID {@code org.example.filter.quota}. */
  public @interface Configuration {
    /** How many frames a pod may send in a second. */
    int frames_per_second() default 1_000;

    /** How many of them at once. */
    int burst() default 10;
  }

  private final int framesPerSecond;
  private final int burst;

  /** Checks the configuration. */
  @Activate
  public QuotaFilterFactory(Configuration configuration) {
    this(configuration.frames_per_second(), configuration.burst());
  }

  QuotaFilterFactory(int framesPerSecond, int burst) {
    if (framesPerSecond < 1 || framesPerSecond > 1_000_000 || burst < 1 || burst > 1_000_000) {
      throw new IllegalArgumentException(
          "frames.per.second is "
              + framesPerSecond
              + " and burst "
              + burst
              + "; give 1 to 1000000 for each");
    }
    this.framesPerSecond = framesPerSecond;
    this.burst = burst;
  }

  @Override
  public String name() {
    return "quota";
  }

  @Override
  public Filter create(FilterSite site) {
    return new QuotaFilter(site.frameCapacity(), framesPerSecond, burst);
  }
}
