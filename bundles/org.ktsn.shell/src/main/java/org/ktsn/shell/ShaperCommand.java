package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.stats.ClassStatus;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneMonitor.ShaperOffer;
import org.ktsn.api.stats.DataplaneStatus;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code ktsn:shaper}: the strategy at work, the others on offer, and what waits in each class and
 * for how much credit.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=shaper",
      "ktsn.usage=" + ShaperCommand.USAGE,
      "ktsn.description=shows the shaper at work, the others on offer, queues and credits"
    })
public final class ShaperCommand implements Function {
  static final String USAGE = "shaper [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    DataplaneMonitor monitor = Service.need(dataplane, "a data plane");
    DataplaneStatus status = monitor.status();
    List<ShaperOffer> offers = monitor.shapers();
    List<ClassStatus> classes = monitor.classes();
    return given.json() ? json(status, offers, classes) : text(status, offers, classes);
  }

  private static String text(
      DataplaneStatus dataplane, List<ShaperOffer> offers, List<ClassStatus> classes) {
    Table shapers = new Table("SHAPER", "AT WORK", "RANKING", "BUNDLE");
    for (ShaperOffer offer : offers) {
      shapers.row(offer.name(), offer.inUse() ? "yes" : "", offer.ranking(), offer.bundle());
    }
    if (offers.stream().noneMatch(ShaperOffer::inUse)) {
      shapers.row(
          dataplane.shaper(), "yes", "", "none: the data plane's own, until a shaper can be used");
    }
    String swaps =
        dataplane.shaperSwaps()
            + " times another was taken up, "
            + dataplane.shaperFailures()
            + " failed\n";
    Table queues = new Table("CLASS", "QUEUED", "SENT", "OVERRUNS");
    Table credits =
        new Table(
            "CLASS",
            "IDLE SLOPE bit/s",
            "SEND SLOPE bit/s",
            "HI CREDIT bit",
            "LO CREDIT",
            "CREDIT");
    for (ClassStatus status : classes.reversed()) {
      queues.row(
          status.trafficClass(), status.queued(), status.sent(), status.transmissionOverrun());
      if (status.creditBased()) {
        credits.row(
            status.trafficClass(),
            status.idleSlopeBitsPerSecond(),
            status.sendSlopeBitsPerSecond(),
            status.hiCreditBits(),
            status.loCreditBits(),
            status.creditBits());
      }
    }
    String text = shapers + swaps + "\n" + queues;
    return classes.stream().anyMatch(ClassStatus::creditBased) ? text + "\n" + credits : text;
  }

  private static String json(
      DataplaneStatus dataplane, List<ShaperOffer> offers, List<ClassStatus> classes) {
    JsonObject answer = new JsonObject();
    answer.addProperty("active", dataplane.shaper());
    answer.addProperty("swaps", dataplane.shaperSwaps());
    answer.addProperty("failures", dataplane.shaperFailures());
    JsonArray shapers = new JsonArray();
    for (ShaperOffer offer : offers) {
      JsonObject item = new JsonObject();
      item.addProperty("name", offer.name());
      item.addProperty("ranking", offer.ranking());
      item.addProperty("bundle", offer.bundle());
      item.addProperty("active", offer.inUse());
      shapers.add(item);
    }
    answer.add("shapers", shapers);
    JsonArray array = new JsonArray();
    classes.forEach(status -> array.add(json(status)));
    answer.add("classes", array);
    return Json.write(answer);
  }

  private static JsonObject json(ClassStatus status) {
    JsonObject item = new JsonObject();
    item.addProperty("traffic_class", status.trafficClass());
    item.addProperty("queued", status.queued());
    item.addProperty("sent", status.sent());
    item.addProperty("transmission_overrun", status.transmissionOverrun());
    item.addProperty("credit_based", status.creditBased());
    if (status.creditBased()) {
      item.addProperty("idle_slope_bits_per_second", status.idleSlopeBitsPerSecond());
      item.addProperty("send_slope_bits_per_second", status.sendSlopeBitsPerSecond());
      item.addProperty("hi_credit_bits", status.hiCreditBits());
      item.addProperty("lo_credit_bits", status.loCreditBits());
      item.addProperty("credit_bits", status.creditBits());
    }
    return item;
  }
}
