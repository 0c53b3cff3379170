package org.ktsn.dataplane;

import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the ports on offer is used, and what link is planned for: the one that the port knows
 * of, or what it is said to be. One thread at a time.
 */
final class PortChoice {
  private static final Logger LOG = LoggerFactory.getLogger(PortChoice.class);
  private static final int AS_THE_PORT_SAYS = -1;

  private final RankedStages<Port> ports = new RankedStages<>();
  private long rateBitsPerSecond;
  private int overheadOctets = AS_THE_PORT_SAYS;

  /** A port is on offer; false if it is none. */
  boolean add(ServiceReference<Port> reference, Port service) {
    try {
      ports.add(reference, Patience.ask("ktsn-port-asker", () -> RatedPort.of(service)));
      return true;
    } catch (IllegalStateException e) {
      LOG.error(
          "event=port-refused port={} action=none reason=\"{}\"",
          service.getClass().getName(),
          e.getMessage());
      return false;
    }
  }

  void remove(ServiceReference<Port> reference) {
    ports.remove(reference);
  }

  /** Tells whether anybody has said what the link is. */
  boolean isLinkKnown() {
    return ports.best().isPresent() || rateBitsPerSecond != 0;
  }

  /** Returns the port to use; the one that stands for none if there is none. */
  Port best() {
    Port best = ports.best().orElse(NoStages.PORT);
    return best instanceof RatedPort rated ? rated.with(link()) : best;
  }

  /** Returns the link that is planned for. */
  PortModel link() {
    return link(rateBitsPerSecond, overheadOctets);
  }

  private PortModel link(long rate, int overhead) {
    PortModel said = ports.best().orElse(NoStages.PORT).model();
    return new PortModel(
        rate == 0 ? said.rateBitsPerSecond() : rate,
        overhead == AS_THE_PORT_SAYS ? said.overheadOctets() : overhead);
  }

  /**
   * Says what the link is.
   *
   * @param rate 0: as the port says
   * @param overhead -1: as the port says
   * @return whether that makes another link of it
   * @throws IllegalArgumentException if it is what no link is
   */
  boolean rate(long rate, int overhead) {
    PortModel before = link();
    PortModel next = link(rate, overhead);
    rateBitsPerSecond = rate;
    overheadOctets = overhead;
    LOG.debug("event=link-set model={}", next);
    return !next.equals(before);
  }
}
