package org.ktsn.runtime;

import java.util.List;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.osgi.service.component.annotations.Component;

/** Shows the failures of the daemon's threads and sockets. */
@Component
public final class FailureHealth implements HealthSource {
  @Override
  public List<Trouble> troubles() {
    return FailureBook.allTroubles();
  }
}
