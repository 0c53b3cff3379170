package org.ktsn.launcher;

import java.io.IOException;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the features' configurations to Configuration Admin in the moment in which it appears,
 * before the bundles of higher start levels run. Files in {@code etc/} come later and prevail.
 */
final class FeatureConfigurations implements ServiceListener {
  private static final Logger LOG = LoggerFactory.getLogger(FeatureConfigurations.class);

  private final BundleContext context;
  private final Map<String, Map<String, Object>> configurations;

  private FeatureConfigurations(
      BundleContext context, Map<String, Map<String, Object>> configurations) {
    this.context = context;
    this.configurations = configurations;
  }

  /** Waits for Configuration Admin. */
  static void await(BundleContext context, Map<String, Map<String, Object>> configurations)
      throws InvalidSyntaxException {
    if (!configurations.isEmpty()) {
      context.addServiceListener(
          new FeatureConfigurations(context, configurations),
          "(" + Constants.OBJECTCLASS + "=" + ConfigurationAdmin.class.getName() + ")");
    }
  }

  @Override
  public void serviceChanged(ServiceEvent event) {
    if (event.getType() != ServiceEvent.REGISTERED
        || !(context.getService(event.getServiceReference()) instanceof ConfigurationAdmin admin)) {
      return;
    }
    configurations.forEach((pid, values) -> apply(admin, pid, values));
    context.ungetService(event.getServiceReference());
    context.removeServiceListener(this);
  }

  private static void apply(ConfigurationAdmin admin, String pid, Map<String, Object> values) {
    try {
      int tilde = pid.indexOf('~');
      Configuration configuration =
          tilde < 0
              ? admin.getConfiguration(pid, "?")
              : admin.getFactoryConfiguration(
                  pid.substring(0, tilde), pid.substring(tilde + 1), "?");
      configuration.updateIfDifferent(FrameworkUtil.asDictionary(values));
    } catch (IOException e) {
      LOG.error("event=configuration-refused reason=\"{}\" pid={}", e.toString(), pid);
    }
  }
}
