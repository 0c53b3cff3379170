package org.ktsn.runtime;

import java.nio.file.Path;
import org.osgi.framework.BundleContext;

/**
 * Who this daemon is and where its things lie, as the launcher of the framework says.
 *
 * @param instance its name ({@code ktsn.instance}, otherwise {@code ktsn})
 * @param home the unpacked distribution ({@code ktsn.home}, otherwise {@code /opt/ktsn})
 * @param run what lives as long as the daemon ({@code ktsn.run}, otherwise {@code /run/INSTANCE})
 * @param state what is kept over restarts ({@code ktsn.state}, otherwise {@code /var/lib/INSTANCE})
 */
public record NodeProperties(String instance, Path home, Path run, Path state) {
  /** Reads the framework's properties. */
  public static NodeProperties of(BundleContext context) {
    String instance = property(context, "ktsn.instance", "ktsn");
    return new NodeProperties(
        instance,
        Path.of(property(context, "ktsn.home", "/opt/ktsn")),
        Path.of(property(context, "ktsn.run", "/run/" + instance)),
        Path.of(property(context, "ktsn.state", "/var/lib/" + instance)));
  }

  private static String property(BundleContext context, String name, String otherwise) {
    String value = context.getProperty(name);
    return value == null || value.isBlank() ? otherwise : value;
  }
}
