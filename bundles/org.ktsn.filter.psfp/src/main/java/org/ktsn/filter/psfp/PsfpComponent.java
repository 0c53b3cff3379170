package org.ktsn.filter.psfp;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.state.StateStore;
import org.ktsn.api.time.TaiClock;
import org.ktsn.filter.psfp.line.PsfpFilter;
import org.ktsn.filter.psfp.model.PolicingParameters;
import org.ktsn.filter.psfp.yang.PolicingReader;
import org.ktsn.filter.psfp.yang.PolicingWriter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
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

  private final TaiClock clock;
  private final KeptPolicing kept;

  /** Those at work. Guarded by this. */
  private final List<PsfpFilter> filters = new ArrayList<>();

  private PolicingParameters parameters = PolicingParameters.NONE;
  private String origin = "";

  /** Takes up what was in force before. */
  @Activate
  public PsfpComponent(@Reference TaiClock clock, @Reference StateStore store) {
    this.clock = clock;
    kept = new KeptPolicing(store);
    kept.restore()
        .ifPresent(
            asked -> {
              parameters = PolicingReader.read(asked.document());
              origin = asked.origin();
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

  @Override
  public PolicingParameters ask(String text, String from) {
    PolicingParameters wanted = PolicingReader.read(text);
    bringIntoForce(wanted, text, from);
    return wanted;
  }

  @Override
  public synchronized void withdraw(String from) {
    if (!from.isEmpty() && from.equals(origin)) {
      bringIntoForce(PolicingParameters.NONE, "{}", "");
    }
  }

  @Override
  public synchronized String document() {
    return filters.isEmpty()
        ? PolicingWriter.write(parameters)
        : PolicingWriter.write(parameters, filters.getLast().state(clock.nowNs()));
  }

  private synchronized void bringIntoForce(PolicingParameters wanted, String text, String from) {
    long nowNs = clock.nowNs();
    filters.forEach(filter -> filter.change(wanted, nowNs));
    parameters = wanted;
    origin = from;
    kept.keep(new KeptPolicing.Asked(from, text));
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
