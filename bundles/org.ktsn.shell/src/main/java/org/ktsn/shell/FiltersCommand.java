package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.FilterStatus;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code ktsn:filters}: the filters on the frames' way, in their order, what each shows of itself,
 * and why one is not at work.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=filters",
      "ktsn.usage=" + FiltersCommand.USAGE,
      "ktsn.description=shows the filters on the frames' way, in their order, and what each says of"
          + " itself"
    })
public final class FiltersCommand implements Function {
  static final String USAGE = "filters [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    List<FilterStatus> filters = Service.need(dataplane, "a data plane").filters();
    return given.json() ? json(filters) : text(filters);
  }

  private static String text(List<FilterStatus> filters) {
    Table table = new Table("FILTER", "ORDER", "AT WORK", "BUNDLE");
    StringBuilder more = new StringBuilder();
    for (FilterStatus filter : filters) {
      table.row(filter.name(), filter.order(), filter.isAtWork() ? "yes" : "no", filter.bundle());
      if (!filter.isAtWork()) {
        more.append("\n%s is not at work: %s\n".formatted(filter.name(), filter.problem()));
      }
      filter.tables().stream()
          .filter(shown -> !shown.rows().isEmpty())
          .forEach(shown -> more.append('\n').append(text(filter.name(), shown)));
    }
    return table.toString() + more;
  }

  private static String text(String filter, StatusTable shown) {
    Table table = new Table(shown.columns().toArray(String[]::new));
    shown.rows().forEach(row -> table.row(row.toArray()));
    return filter + ", " + shown.name() + ":\n" + table;
  }

  private static String json(List<FilterStatus> filters) {
    JsonArray array = new JsonArray();
    for (FilterStatus filter : filters) {
      JsonObject item = new JsonObject();
      item.addProperty("name", filter.name());
      item.addProperty("order", filter.order());
      item.addProperty("bundle", filter.bundle());
      item.addProperty("at_work", filter.isAtWork());
      if (!filter.isAtWork()) {
        item.addProperty("problem", filter.problem());
      }
      JsonObject tables = new JsonObject();
      filter.tables().forEach(shown -> tables.add(shown.name(), rows(shown)));
      item.add("tables", tables);
      array.add(item);
    }
    return Json.write(array);
  }

  private static JsonArray rows(StatusTable shown) {
    JsonArray rows = new JsonArray();
    for (List<Object> row : shown.rows()) {
      JsonObject item = new JsonObject();
      for (int column = 0; column < row.size(); column++) {
        switch (row.get(column)) {
          case Number number -> item.addProperty(shown.columns().get(column), number);
          case Boolean bool -> item.addProperty(shown.columns().get(column), bool);
          default -> item.addProperty(shown.columns().get(column), row.get(column).toString());
        }
      }
      rows.add(item);
    }
    return rows;
  }
}
