package org.ktsn.filter.psfp.mqtt;

import java.util.Optional;
import org.ktsn.api.policing.PolicingObserver;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Hears of changes of what is policed, for whoever listens. A component that needs nobody: who
 * polices looks for observers when it starts, and {@link PolicingComponent} needs who polices. Any
 * thread.
 */
@Component(
    name = "org.ktsn.filter.psfp.mqtt.changes",
    service = {PolicingObserver.class, PolicingChanges.class})
public final class PolicingChanges implements PolicingObserver {
  private volatile Optional<Runnable> listener = Optional.empty();

  /** Made by the component runtime. */
  @Activate
  public PolicingChanges() {}

  /** Tells this listener, and no other, from now on; it must not block. */
  void tell(Runnable next) {
    listener = Optional.of(next);
  }

  /** Tells nobody any more. */
  void tellNobody() {
    listener = Optional.empty();
  }

  @Override
  public void changed() {
    listener.ifPresent(Runnable::run);
  }
}
