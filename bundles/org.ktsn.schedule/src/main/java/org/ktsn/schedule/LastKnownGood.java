package org.ktsn.schedule;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleObserver;
import org.ktsn.api.state.StateStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last schedule that the port accepted, whoever asked for it, and asks for it again after
 * a start, before anybody else is heard. Its base time has passed by then, so the list runs on in
 * its phase (IEEE 802.1Q-2022 8.6.9.3).
 *
 * <p>The service property {@value #PROPERTY} tells it from other observers: who depends on it comes
 * after the schedule has been restored.
 */
@Component(
    name = "org.ktsn.schedule.lastknowngood",
    immediate = true,
    property = LastKnownGood.PROPERTY + ":Boolean=true")
public final class LastKnownGood implements ScheduleObserver {
  static final String PROPERTY = "ktsn.schedule.restored";
  static final String DOCUMENT = "schedule.json";

  private static final Logger LOG = LoggerFactory.getLogger(LastKnownGood.class);
  private static final String DOCUMENT_INTERFACE = "ktsn";

  private final ScheduleCodec codec;
  private final StateStore store;
  private Optional<GateParameters> kept = Optional.empty();

  /** Restores the schedule. */
  @Activate
  public LastKnownGood(
      @Reference PortSchedule port, @Reference ScheduleCodec codec, @Reference StateStore store) {
    this.codec = codec;
    this.store = store;
    restore(port);
  }

  @Override
  public synchronized void changed(GateParameters asked, GateSchedule schedule) {
    if (kept.filter(Predicate.isEqual(asked)).isPresent()) {
      return;
    }
    try {
      store.write(DOCUMENT, codec.encode(asked, DOCUMENT_INTERFACE));
      kept = Optional.of(asked);
    } catch (UncheckedIOException e) {
      LOG.error("event=schedule-not-kept reason=\"{}\"", e.getMessage());
    }
  }

  private synchronized void restore(PortSchedule port) {
    Optional<String> document = read();
    if (document.isEmpty()) {
      return;
    }
    try {
      GateParameters parameters = codec.decode(document.get(), port.trafficClasses());
      kept = Optional.of(parameters);
      GateSchedule current = port.current();
      if (!isAskedFor(current, parameters)) {
        GateSchedule restored = port.restore(parameters);
        LOG.info(
            "event=schedule-restored entries={} pending={}",
            parameters.controlList().size(),
            restored.pending().isPresent());
      }
    } catch (ScheduleException e) {
      kept = Optional.empty();
      setAside(e.getMessage());
    }
  }

  /** A data plane that was only replaced has it still. */
  private static boolean isAskedFor(GateSchedule current, GateParameters parameters) {
    return current
        .pending()
        .map(GateSchedule.Pending::parameters)
        .orElse(current.oper())
        .equals(parameters);
  }

  private Optional<String> read() {
    try {
      return store.read(DOCUMENT);
    } catch (UncheckedIOException e) {
      LOG.error("event=schedule-not-restored reason=\"{}\"", e.getMessage());
      return Optional.empty();
    }
  }

  private void setAside(String problems) {
    try {
      Path aside = store.setAside(DOCUMENT);
      LOG.error(
          "event=schedule-not-restored file={} reason=\"the schedule that was kept can't be used;"
              + " ask for it again: {}\"",
          aside,
          problems.replace('\n', ' '));
    } catch (UncheckedIOException e) {
      LOG.error("event=schedule-not-restored reason=\"{}\"", e.getMessage());
    }
  }
}
