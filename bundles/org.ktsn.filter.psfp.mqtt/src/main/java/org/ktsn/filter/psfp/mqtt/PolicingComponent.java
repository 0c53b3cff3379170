package org.ktsn.filter.psfp.mqtt;

import java.util.Optional;
import org.ktsn.api.policing.Policing;
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
@Component(
    name = "org.ktsn.filter.psfp.mqtt",
    immediate = true,
    service = {})
public final class PolicingComponent {
  private final Optional<PolicingPart> part;
  private final PolicingChanges changes;

  /** Takes up what a message set before the last restart. */
  @Activate
  public PolicingComponent(
      @Reference Policing policing,
      @Reference NodeLink link,
      @Reference StateStore store,
      @Reference PolicingChanges changes) {
    this.changes = changes;
    part =
        link.link(PolicingPart.NAME).map(partLink -> new PolicingPart(policing, partLink, store));
  }

  /** Begins to take messages. */
  @Activate
  void start() {
    part.ifPresent(
        active -> {
          changes.tell(active::lookSoon);
          active.start();
        });
  }

  /** Takes none any more; what is policed stays. */
  @Deactivate
  void stop() {
    changes.tellNobody();
    part.ifPresent(PolicingPart::close);
  }
}
