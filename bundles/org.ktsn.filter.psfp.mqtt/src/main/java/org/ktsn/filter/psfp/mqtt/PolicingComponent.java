package org.ktsn.filter.psfp.mqtt;

import java.util.Optional;
import org.ktsn.api.policing.Policing;
import org.ktsn.api.policing.PolicingObserver;
import org.ktsn.api.state.StateStore;
import org.ktsn.mqtt.node.NodeLink;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Brings what the node polices onto its link to the controller, as long as there are both. The
 * broker is that of the link; without one there is nothing to do. What is in force stays, whatever
 * becomes of link, broker and this component.
 */
@Component(name = "org.ktsn.filter.psfp.mqtt", immediate = true, service = PolicingObserver.class)
public final class PolicingComponent implements PolicingObserver {
  private final Optional<PolicingPart> part;

  /** Takes up what a message set before the last restart. */
  @Activate
  public PolicingComponent(
      @Reference Policing policing, @Reference NodeLink link, @Reference StateStore store) {
    part =
        link.link(PolicingPart.NAME).map(partLink -> new PolicingPart(policing, partLink, store));
  }

  /** Begins to take messages. */
  @Activate
  void start() {
    part.ifPresent(PolicingPart::start);
  }

  /** Takes none any more; what is policed stays. */
  @Deactivate
  void stop() {
    part.ifPresent(PolicingPart::close);
  }

  @Override
  public void changed() {
    part.ifPresent(PolicingPart::lookSoon);
  }
}
