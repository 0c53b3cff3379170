package org.ktsn.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/**
 * Whether all that the installed features promise is there, and what is missing and why.
 *
 * @param services the services that the features promise
 * @param components every enabled component
 * @param bundles the bundles that do not run
 * @param troubles what goes on although it is not as it should be
 */
record Health(
    List<PromisedService> services,
    List<ComponentState> components,
    List<StoppedBundle> bundles,
    List<Trouble> troubles) {
  /** The framework property that names the promised services, separated by commas. */
  static final String SERVICES_PROPERTY = "ktsn.services";

  Health {
    services = List.copyOf(services);
    components = List.copyOf(components);
    bundles = List.copyOf(bundles);
    troubles = List.copyOf(troubles);
  }

  /**
   * A service that a feature promises.
   *
   * @param name its interface
   * @param providers the bundles that offer it at present
   */
  record PromisedService(String name, List<String> providers) {
    PromisedService {
      providers = List.copyOf(providers);
    }

    boolean missing() {
      return providers.isEmpty();
    }
  }

  /**
   * A component.
   *
   * @param name its name
   * @param bundle the bundle that it comes from
   * @param satisfied whether it runs, or would as soon as someone asks for it
   * @param reasons what is in its way, a clause each; empty if it is satisfied
   */
  record ComponentState(String name, String bundle, boolean satisfied, List<String> reasons) {
    ComponentState {
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * A bundle that does not run although it should.
   *
   * @param name its symbolic name
   * @param state the framework's word for its state
   */
  record StoppedBundle(String name, String state) {}

  /** Looks at the whole framework. */
  static Health examine(
      BundleContext context, ServiceComponentRuntime runtime, List<HealthSource> sources) {
    Comparator<ComponentState> byName =
        Comparator.comparing(ComponentState::bundle).thenComparing(ComponentState::name);
    return new Health(
        promised(context),
        runtime.getComponentDescriptionDTOs().stream()
            .filter(description -> description.factory == null)
            .filter(runtime::isComponentEnabled)
            .flatMap(description -> states(runtime, description))
            .sorted(byName)
            .toList(),
        Arrays.stream(context.getBundles()).filter(Health::stopped).map(Health::state).toList(),
        sources.stream().flatMap(source -> source.troubles().stream()).toList());
  }

  /** Tells whether nothing is missing and nothing in trouble. */
  boolean healthy() {
    return complete() && troubles.isEmpty();
  }

  /** Tells whether nothing is missing. */
  boolean complete() {
    return bundles.isEmpty()
        && services.stream().noneMatch(PromisedService::missing)
        && components.stream().allMatch(ComponentState::satisfied);
  }

  private static List<PromisedService> promised(BundleContext context) {
    String names = Objects.requireNonNullElse(context.getProperty(SERVICES_PROPERTY), "");
    return Arrays.stream(names.split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .map(name -> new PromisedService(name, providers(context, name)))
        .toList();
  }

  private static List<String> providers(BundleContext context, String service) {
    try {
      ServiceReference<?>[] references = context.getAllServiceReferences(service, null);
      return references == null
          ? List.of()
          : Arrays.stream(references)
              .map(ServiceReference::getBundle)
              .filter(Objects::nonNull)
              .map(Bundle::getSymbolicName)
              .distinct()
              .toList();
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("the framework refused an empty filter", e);
    }
  }

  private static Stream<ComponentState> states(
      ServiceComponentRuntime runtime, ComponentDescriptionDTO description) {
    var configurations = runtime.getComponentConfigurationDTOs(description);
    if (configurations.isEmpty()) {
      // a component that must be configured has no configuration object yet
      List<String> reasons =
          List.of(
              "needs the configuration "
                  + String.join(" or ", description.configurationPid)
                  + "; put "
                  + description.configurationPid[0]
                  + ".cfg into etc/");
      return Stream.of(
          new ComponentState(description.name, description.bundle.symbolicName, false, reasons));
    }
    return configurations.stream()
        .map(
            configuration -> {
              boolean satisfied =
                  configuration.state == ComponentConfigurationDTO.SATISFIED
                      || configuration.state == ComponentConfigurationDTO.ACTIVE;
              return new ComponentState(
                  description.name,
                  description.bundle.symbolicName,
                  satisfied,
                  satisfied ? List.of() : reasons(description, configuration));
            });
  }

  private static List<String> reasons(
      ComponentDescriptionDTO description, ComponentConfigurationDTO configuration) {
    List<String> reasons = new ArrayList<>();
    if ((configuration.state & ComponentConfigurationDTO.FAILED_ACTIVATION) != 0) {
      reasons.add("failed to start: " + cause(configuration.failure));
    }
    if ((configuration.state & ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION) != 0) {
      reasons.add(
          "needs the configuration "
              + String.join(" or ", description.configurationPid)
              + "; put it into etc/");
    }
    for (UnsatisfiedReferenceDTO missing : configuration.unsatisfiedReferences) {
      reasons.add(
          "waits for "
              + serviceOf(description, missing.name)
              + (missing.target == null ? "" : " with " + missing.target));
    }
    return reasons;
  }

  private static String serviceOf(ComponentDescriptionDTO description, String reference) {
    for (ReferenceDTO candidate : description.references) {
      if (candidate.name.equals(reference)) {
        return candidate.interfaceName;
      }
    }
    return "the reference " + reference;
  }

  /** Finds the sentence in what is a whole stack trace: that of the innermost cause. */
  private static String cause(String failure) {
    if (failure == null || failure.isBlank()) {
      return "no reason given; the log has more";
    }
    List<String> lines = failure.lines().toList();
    String line =
        lines.stream()
            .filter(each -> each.startsWith("Caused by: "))
            .reduce((first, last) -> last)
            .map(each -> each.substring("Caused by: ".length()))
            .orElse(lines.getFirst());
    return line.replaceFirst("^[\\w.$]+(Exception|Error): ", "");
  }

  private static boolean stopped(Bundle bundle) {
    boolean fragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
    // a bundle that is activated lazily waits in STARTING, and that is as it should be
    return !fragment && bundle.getState() != Bundle.ACTIVE && bundle.getState() != Bundle.STARTING;
  }

  private static StoppedBundle state(Bundle bundle) {
    return new StoppedBundle(
        bundle.getSymbolicName(),
        switch (bundle.getState()) {
          case Bundle.INSTALLED -> "installed, not resolved";
          case Bundle.RESOLVED -> "resolved, not started";
          case Bundle.STOPPING -> "stopping";
          default -> "uninstalled";
        });
  }
}
