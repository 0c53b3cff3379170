package org.ktsn.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.cli.CommandFailure;

/** Makes the shaper factory of a bundle, with the defaults of its configuration, without OSGi. */
final class ShaperJar {
  private static final Pattern IMPLEMENTATION =
      Pattern.compile("<implementation\\s+class=\"([^\"]+)\"");

  private ShaperJar() {}

  /**
   * Loads a factory.
   *
   * @param jar the bundle
   * @param libraries what it needs beside the API
   */
  static ShaperFactory load(Path jar, List<Path> libraries) {
    try {
      List<URL> urls = new ArrayList<>();
      urls.add(jar.toUri().toURL());
      for (Path library : libraries) {
        urls.add(library.toUri().toURL());
      }
      URLClassLoader loader =
          new URLClassLoader(urls.toArray(URL[]::new), ShaperJar.class.getClassLoader());
      for (String name : components(jar)) {
        Class<?> component = loader.loadClass(name);
        if (ShaperFactory.class.isAssignableFrom(component)) {
          return (ShaperFactory) make(component);
        }
      }
      loader.close();
    } catch (IOException | ReflectiveOperationException e) {
      throw new CommandFailure("The shaper of " + jar + " can't be loaded: " + e + ".", e);
    }
    throw new CommandFailure(jar + " has no component that is a ShaperFactory.");
  }

  private static List<String> components(Path jar) throws IOException {
    List<String> names = new ArrayList<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        if (entry.getName().startsWith("OSGI-INF/") && entry.getName().endsWith(".xml")) {
          try (InputStream in = file.getInputStream(entry)) {
            Matcher found =
                IMPLEMENTATION.matcher(
                    new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
            if (found.find()) {
              names.add(found.group(1));
            }
          }
        }
      }
    }
    return names;
  }

  /** A component gets its configuration, if it wants one, as an annotation. */
  private static Object make(Class<?> component) throws ReflectiveOperationException {
    for (Constructor<?> constructor : component.getConstructors()) {
      Class<?>[] wants = constructor.getParameterTypes();
      if (wants.length == 0) {
        return constructor.newInstance();
      }
      if (wants.length == 1 && wants[0].isAnnotation()) {
        return constructor.newInstance(
            Proxy.newProxyInstance(
                component.getClassLoader(),
                new Class<?>[] {wants[0]},
                (proxy, method, arguments) -> method.getDefaultValue()));
      }
    }
    throw new CommandFailure(
        component.getName() + " needs more than a configuration; it can't be measured alone.");
  }
}
