package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.health.HealthSource;
import org.ktsn.shell.Health.ComponentState;
import org.ktsn.shell.Health.PromisedService;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * {@code ktsn:health}: is all there that the features promise, and if not, what is missing and why.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=health",
      "ktsn.usage=" + HealthCommand.USAGE,
      "ktsn.description=tells what is missing and why; fails if anything is"
    })
public final class HealthCommand implements Function {
  static final String USAGE = "health [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  private final BundleContext context;
  private final ServiceComponentRuntime runtime;
  private final List<HealthSource> sources;

  /** Made by the component runtime. */
  @Activate
  public HealthCommand(
      BundleContext context,
      @Reference ServiceComponentRuntime runtime,
      @Reference(policyOption = ReferencePolicyOption.GREEDY) List<HealthSource> sources) {
    this.context = context;
    this.runtime = runtime;
    this.sources = List.copyOf(sources);
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    Health health = Health.examine(context, runtime, sources);
    String output = given.json() ? json(health) : text(health);
    if (!health.healthy()) {
      throw new CommandException(summary(health), output);
    }
    return output;
  }

  private static String summary(Health health) {
    return "not healthy: "
        + health.services().stream().filter(PromisedService::missing).count()
        + " of "
        + health.services().size()
        + " services are missing, "
        + health.components().stream().filter(component -> !component.satisfied()).count()
        + " of "
        + health.components().size()
        + " components wait, "
        + health.bundles().size()
        + " bundles do not run, "
        + health.troubles().size()
        + " troubles";
  }

  private static String text(Health health) {
    StringBuilder text = new StringBuilder();
    if (!health.services().isEmpty()) {
      Table services = new Table("SERVICE", "OFFERED BY");
      health
          .services()
          .forEach(
              service ->
                  services.row(
                      service.name(),
                      service.missing() ? "MISSING" : String.join(",", service.providers())));
      text.append(services).append('\n');
    }
    List<ComponentState> waiting =
        health.components().stream().filter(component -> !component.satisfied()).toList();
    if (!waiting.isEmpty()) {
      Table components = new Table("COMPONENT", "REASON");
      for (ComponentState component : waiting) {
        String name = component.name();
        for (String reason : component.reasons()) {
          components.row(name, reason);
          name = "";
        }
      }
      text.append(components).append('\n');
    }
    if (!health.bundles().isEmpty()) {
      Table bundles = new Table("BUNDLE", "STATE");
      health.bundles().forEach(bundle -> bundles.row(bundle.name(), bundle.state()));
      text.append(bundles).append('\n');
    }
    if (!health.troubles().isEmpty()) {
      Table troubles = new Table("TROUBLE");
      health.troubles().forEach(trouble -> troubles.row(trouble.sentence()));
      text.append(troubles).append('\n');
    }
    long satisfied = health.components().stream().filter(ComponentState::satisfied).count();
    return text.append(satisfied)
        .append(" of ")
        .append(health.components().size())
        .append(" components are satisfied\n")
        .toString();
  }

  private static String json(Health health) {
    JsonObject answer = new JsonObject();
    answer.addProperty("healthy", health.healthy());
    JsonArray services = new JsonArray();
    health
        .services()
        .forEach(
            service -> {
              JsonObject item = new JsonObject();
              item.addProperty("service", service.name());
              item.add("providers", Json.array(service.providers()));
              services.add(item);
            });
    answer.add("services", services);
    JsonArray components = new JsonArray();
    health
        .components()
        .forEach(
            component -> {
              JsonObject item = new JsonObject();
              item.addProperty("component", component.name());
              item.addProperty("bundle", component.bundle());
              item.addProperty("satisfied", component.satisfied());
              item.add("reasons", Json.array(component.reasons()));
              components.add(item);
            });
    answer.add("components", components);
    JsonArray bundles = new JsonArray();
    health
        .bundles()
        .forEach(
            bundle -> {
              JsonObject item = new JsonObject();
              item.addProperty("bundle", bundle.name());
              item.addProperty("state", bundle.state());
              bundles.add(item);
            });
    answer.add("stopped_bundles", bundles);
    JsonArray troubles = new JsonArray();
    health
        .troubles()
        .forEach(
            trouble -> {
              JsonObject item = new JsonObject();
              item.addProperty("subject", trouble.subject());
              item.addProperty("sentence", trouble.sentence());
              troubles.add(item);
            });
    answer.add("troubles", troubles);
    return Json.write(answer);
  }
}
