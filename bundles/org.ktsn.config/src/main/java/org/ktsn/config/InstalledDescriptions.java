package org.ktsn.config;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.api.configuration.ConfigurationCheck;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Checks configurations by what the installed bundles say of them. Any thread. */
@Component
public final class InstalledDescriptions implements ConfigurationCheck {
  private final BundleContext context;

  /** Made by the component runtime. */
  @Activate
  public InstalledDescriptions(BundleContext context) {
    this.context = context;
  }

  @Override
  public Map<String, Object> check(String pid, Map<String, Object> given) {
    int several = pid.indexOf('~');
    Optional<Description> description = find(several < 0 ? pid : pid.substring(0, several));
    return description.isPresent()
        ? description.get().check(given)
        : Description.checkGeneral(given);
  }

  /** Returns the description of a PID; of two bundles' the one that was installed last. */
  private Optional<Description> find(String pid) {
    return Arrays.stream(context.getBundles())
        .filter(bundle -> (bundle.getState() & Bundle.UNINSTALLED) == 0)
        .map(MetatypeReader::read)
        .filter(found -> found.containsKey(pid))
        .map(found -> found.get(pid))
        .reduce((first, last) -> last);
  }

  /** Tells whether anything that is installed takes a configuration of a name. */
  static boolean isExpected(BundleContext context, ServiceComponentRuntime runtime, String pid) {
    return Arrays.stream(context.getBundles())
            .anyMatch(bundle -> MetatypeReader.read(bundle).containsKey(pid))
        || runtime.getComponentDescriptionDTOs().stream()
            .anyMatch(component -> List.of(component.configurationPid).contains(pid))
        || isManaged(context, pid);
  }

  private static boolean isManaged(BundleContext context, String pid) {
    try {
      String filter =
          "(&(|(objectClass=org.osgi.service.cm.ManagedService)"
              + "(objectClass=org.osgi.service.cm.ManagedServiceFactory))(service.pid="
              + pid.replaceAll("([\\\\*()])", "\\\\$1")
              + "))";
      ServiceReference<?>[] found = context.getAllServiceReferences(null, filter);
      return found != null && found.length > 0;
    } catch (InvalidSyntaxException e) {
      return false; // no service has such a PID
    }
  }
}
