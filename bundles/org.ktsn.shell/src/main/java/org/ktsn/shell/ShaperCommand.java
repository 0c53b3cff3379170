package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.api.stats.DataplaneMonitor;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:shaper}: the strategies on offer, by rank, and the one at work. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=shaper",
      "ktsn.usage=" + ShaperCommand.USAGE,
      "ktsn.description=shows the shapers on offer and the one at work"
    })
public final class ShaperCommand implements Function {
  static final String USAGE = "shaper [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  private final Map<ServiceReference<ShaperFactory>, ShaperFactory> factories =
      new ConcurrentHashMap<>();

  @Reference(
      service = ShaperFactory.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addFactory(ServiceReference<ShaperFactory> reference, ShaperFactory factory) {
    factories.put(reference, factory);
  }

  void removeFactory(ServiceReference<ShaperFactory> reference) {
    factories.remove(reference);
  }

  private record Offer(String name, int ranking, String bundle, boolean active) {}

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    DataplaneMonitor monitor = dataplane;
    String active = monitor == null ? "" : monitor.status().shaper();
    List<Offer> offers = offers(active);
    if (given.json()) {
      JsonObject answer = new JsonObject();
      answer.addProperty("active", active);
      JsonArray array = new JsonArray();
      for (Offer offer : offers) {
        JsonObject item = new JsonObject();
        item.addProperty("name", offer.name());
        item.addProperty("ranking", offer.ranking());
        item.addProperty("bundle", offer.bundle());
        item.addProperty("active", offer.active());
        array.add(item);
      }
      answer.add("shapers", array);
      return Json.write(answer);
    }
    if (offers.isEmpty()) {
      Service.need(null, "a shaper");
    }
    Table table = new Table("SHAPER", "AT WORK", "RANKING", "BUNDLE");
    offers.forEach(
        offer ->
            table.row(offer.name(), offer.active() ? "yes" : "", offer.ranking(), offer.bundle()));
    return table.toString();
  }

  private List<Offer> offers(String active) {
    return factories.entrySet().stream()
        .sorted(
            Map.Entry.<ServiceReference<ShaperFactory>, ShaperFactory>comparingByKey().reversed())
        .map(
            entry -> {
              ServiceReference<ShaperFactory> reference = entry.getKey();
              Bundle bundle = reference.getBundle();
              String name = entry.getValue().name();
              return new Offer(
                  name,
                  reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer ranking
                      ? ranking
                      : 0,
                  bundle == null ? "" : bundle.getSymbolicName(),
                  name.equals(active));
            })
        .toList();
  }
}
