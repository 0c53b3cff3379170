package org.ktsn.filter.psfp;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.policing.Policing;
import org.ktsn.api.policing.PolicingObserver;
import org.ktsn.api.policing.PolicingTables;
import org.ktsn.api.state.StateStore;
import org.ktsn.api.time.TaiClock;
import org.ktsn.filter.psfp.line.PsfpFilter;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.yang.PolicingReader;
import org.ktsn.filter.psfp.yang.PolicingWriter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers per-stream filtering and policing to the data plane, and takes what is asked for to the
 * filters that there are. The last good document is in force before the first filter is made. Any
 * thread.
 */
@Component(
    name = "org.ktsn.filter.psfp",
    service = {FilterFactory.class, Policing.class},
    property = FilterFactory.ORDER + ":Integer=100")
public final class PsfpComponent implements FilterFactory, Policing {
  private static final Logger LOG = LoggerFactory.getLogger(PsfpComponent.class);

  private static final KeptPolicing.Asked NOBODY_ASKED = new KeptPolicing.Asked("", "{}");

  private final TaiClock clock;
  private final KeptPolicing kept;
  private final List<PolicingObserver> observers = new CopyOnWriteArrayList<>();

  /** Those at work. Guarded by this. */
  private final List<PsfpFilter> filters = new ArrayList<>();

  private PolicingParameters parameters = PolicingParameters.NONE;
  private KeptPolicing.Asked asked = NOBODY_ASKED;

  /** Takes up what was in force before. */
  @Activate
  public PsfpComponent(@Reference TaiClock clock, @Reference StateStore store) {
    this.clock = clock;
    kept = new KeptPolicing(store);
    kept.restore()
        .ifPresent(
            former -> {
              parameters = PolicingReader.read(former.document());
              asked = former;
              log("policing-restored", parameters);
            });
  }

  @Override
  public String name() {
    return "psfp";
  }

  @Override
  public synchronized Filter create(FilterSite site) {
    PsfpFilter filter = new PsfpFilter(site.frameCapacity(), this::closed);
    filter.change(parameters, clock.nowNs());
    filters.add(filter);
    return filter;
  }

  @Reference(
      service = PolicingObserver.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindObserver(PolicingObserver observer) {
    observers.add(observer);
  }

  void unbindObserver(PolicingObserver observer) {
    observers.remove(observer);
  }

  @Override
  public PolicingTables check(String text) {
    return PolicingReader.read(text).tables();
  }

  @Override
  public PolicingTables ask(String text, String from) {
    PolicingParameters wanted = PolicingReader.read(text);
    change(wanted, new KeptPolicing.Asked(from, text));
    observers.forEach(PsfpComponent::tell);
    return wanted.tables();
  }

  @Override
  public void withdraw(String from) {
    boolean ours;
    synchronized (this) {
      ours = !from.isEmpty() && from.equals(asked.origin());
      if (ours) {
        change(PolicingParameters.NONE, NOBODY_ASKED);
      }
    }
    if (ours) {
      observers.forEach(PsfpComponent::tell);
    }
  }

  @Override
  public synchronized String asked() {
    return asked.document();
  }

  @Override
  public synchronized String document() {
    return filters.isEmpty()
        ? PolicingWriter.write(parameters)
        : PolicingWriter.write(parameters, filters.getLast().state(clock.nowNs()));
  }

  private static void tell(PolicingObserver observer) {
    try {
      observer.changed();
    } catch (RuntimeException | Error e) { // what it does with it is its own affair
      LOG.error("event=policing-observer-failed", e);
    }
  }

  private synchronized void change(PolicingParameters wanted, KeptPolicing.Asked document) {
    long nowNs = clock.nowNs();
    filters.forEach(filter -> filter.change(wanted, nowNs));
    parameters = wanted;
    asked = document;
    kept.keep(document);
    log("policing-set", wanted);
  }

  private static void log(String event, PolicingParameters parameters) {
    LOG.info(
        "event={} streams={} filters={} gates={} meters={}",
        event,
        parameters.streams().size(),
        parameters.filters().size(),
        parameters.gates().size(),
        parameters.meters().size());
  }

  private synchronized void closed(PsfpFilter filter) {
    filters.remove(filter);
  }
}
