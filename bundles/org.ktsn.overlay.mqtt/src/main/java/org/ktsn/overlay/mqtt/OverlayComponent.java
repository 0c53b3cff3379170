package org.ktsn.overlay.mqtt;

import java.util.Optional;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.mqtt.node.NodeLink;
import org.ktsn.mqtt.node.Worker;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Brings what nodes say of themselves onto the node's link, as long as there are both. The broker
 * is that of the link; without one there is nothing to do. What is in force stays, whatever becomes
 * of link, broker and this component.
 */
@Component(
    name = "org.ktsn.overlay.mqtt",
    immediate = true,
    service = {})
public final class OverlayComponent {
  private final OwnChanges changes;
  private final Worker worker = new Worker("ktsn-mqtt-overlay");
  private final Optional<OverlayPart> part;

  /** Joins the link. */
  @Activate
  public OverlayComponent(
      @Reference OverlayAnnouncements overlay,
      @Reference NodeLink link,
      @Reference OwnChanges changes) {
    this.changes = changes;
    part =
        link.link(OverlayPart.NAME)
            .map(partLink -> new OverlayPart(overlay, partLink, worker::later));
  }

  /** Begins to speak and to hear. */
  @Activate
  void start() {
    part.ifPresent(
        active -> {
          changes.tell(active::ownChanged);
          active.ownChanged();
        });
  }

  /** Says and hears nothing any more; what is known of the others stays, and theirs of this one. */
  @Deactivate
  void stop() {
    changes.tellNobody();
    worker.close();
    part.ifPresent(OverlayPart::close);
  }
}
