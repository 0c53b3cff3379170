package org.ktsn.shell;

import java.util.Arrays;
import java.util.Comparator;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Lets commands that want a bundle ({@code felix:update}, {@code felix:stop}) be given its number,
 * its symbolic name or its location.
 */
@Component(service = Converter.class, property = "osgi.converter.classes=org.osgi.framework.Bundle")
public final class BundleConverter implements Converter {
  private final BundleContext context;

  /** Made by the component runtime. */
  @Activate
  public BundleConverter(BundleContext context) {
    this.context = context;
  }

  @Override
  public Object convert(Class<?> wanted, Object given) {
    return wanted == Bundle.class && given instanceof CharSequence text
        ? find(text.toString())
        : null;
  }

  private Bundle find(String text) {
    if (text.matches("[0-9]{1,18}")) {
      return context.getBundle(Long.parseLong(text));
    }
    return Arrays.stream(context.getBundles())
        .filter(
            bundle -> text.equals(bundle.getSymbolicName()) || text.equals(bundle.getLocation()))
        .max(Comparator.comparing(Bundle::getVersion))
        .orElse(null);
  }

  @Override
  public CharSequence format(Object target, int level, Converter escape) {
    return target instanceof Bundle bundle && level != Converter.PART
        ? bundle.getBundleId() + " " + bundle.getSymbolicName() + " " + bundle.getVersion()
        : null;
  }
}
