package org.ktsn.dataplane;

import org.ktsn.api.schedule.TrafficClasses;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which shaper is wanted, how priorities map to classes, which link is planned for: configuration
 * that is taken up while frames flow, unlike the data plane's own, which makes it anew.
 */
@Component(
    immediate = true,
    configurationPid = "org.ktsn.shaping",
    service = {})
@Designate(ocd = ShapingSettings.Config.class)
public final class ShapingSettings {
  private static final Logger LOG = LoggerFactory.getLogger(ShapingSettings.class);

  /** What is wanted. */
  @ObjectClassDefinition(name = "KTSN shaping")
  public @interface Config {
    /** Shaper. */
    @AttributeDefinition(
        description =
            "the name of the shaper that is wanted, for instance tas or cbs; empty: of those on"
                + " offer the one with the highest ranking")
    String shaper() default "";

    /** Classes. */
    @AttributeDefinition(
        description =
            "the traffic classes of priorities 0 to 7, with commas; empty: as IEEE 802.1Q recommends"
                + " for the number of classes")
    String pcp_to_class() default "";

    /** Rate. */
    @AttributeDefinition(
        description = "bit/s of the link that is planned for; 0: as the port is configured",
        min = "0",
        max = "1000000000000")
    long link_rate_bits_per_second() default 0;

    /** Overhead. */
    @AttributeDefinition(
        description =
            "octets that a tunnel adds to each frame on the link, 50 for VXLAN over IPv4; -1: as the"
                + " port is configured",
        min = "-1",
        max = "1024")
    int link_overhead_octets() default -1;
  }

  private final Shaping shaping;

  /** Takes the settings up. */
  @Activate
  public ShapingSettings(@Reference Shaping shaping, Config config) {
    this.shaping = shaping;
    TrafficClasses classes =
        config.pcp_to_class().isBlank()
            ? new TrafficClasses(shaping.trafficClasses())
            : TrafficClasses.parse(config.pcp_to_class(), shaping.trafficClasses());
    shaping.link(config.link_rate_bits_per_second(), config.link_overhead_octets());
    shaping.map(classes);
    shaping.prefer(config.shaper().strip());
    LOG.info(
        "event=shaping-set shaper={} classes={} rate-bit-s={} overhead-octets={}",
        config.shaper().isBlank() ? "highest-ranking" : config.shaper(),
        classes,
        config.link_rate_bits_per_second(),
        config.link_overhead_octets());
  }

  /** Goes back to the defaults. */
  @Deactivate
  void stop() {
    shaping.link(0, -1);
    shaping.map(new TrafficClasses(shaping.trafficClasses()));
    shaping.prefer("");
  }
}
