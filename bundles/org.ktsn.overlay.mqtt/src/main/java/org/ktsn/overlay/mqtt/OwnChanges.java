package org.ktsn.overlay.mqtt;

import java.util.Optional;
import org.ktsn.api.overlay.AnnouncementObserver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Hears that the node would say something else of itself, for whoever listens. A component that
 * needs nobody: who knows the overlay looks for observers when it starts, and {@link
 * OverlayComponent} needs who knows it. Any thread.
 */
@Component(
    name = "org.ktsn.overlay.mqtt.changes",
    service = {AnnouncementObserver.class, OwnChanges.class})
public final class OwnChanges implements AnnouncementObserver {
  private volatile Optional<Runnable> listener = Optional.empty();

  /** Made by the component runtime. */
  @Activate
  public OwnChanges() {}

  /** Tells this listener, and no other, from now on; it must not block. */
  void tell(Runnable next) {
    listener = Optional.of(next);
  }

  /** Tells nobody any more. */
  void tellNobody() {
    listener = Optional.empty();
  }

  @Override
  public void ownChanged() {
    listener.ifPresent(Runnable::run);
  }
}
