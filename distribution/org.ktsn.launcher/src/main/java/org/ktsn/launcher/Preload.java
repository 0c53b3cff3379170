package org.ktsn.launcher;

import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import org.osgi.framework.Bundle;

/**
 * Loads the classes of bundles that are not started yet. A bundle names those that are to be
 * initialised as well, because that takes long and disturbs nobody, in its manifest:
 *
 * <pre>Ktsn-Preload: org.ktsn.foreign.KtsnLibrary</pre>
 */
final class Preload {
  private static final String HEADER = "Ktsn-Preload";
  private static final String SUFFIX = ".class";

  private Preload() {}

  /**
   * Loads what can be loaded.
   *
   * @throws LaunchException if a class that a bundle names can't be initialised
   */
  static void all(Bundle... bundles) {
    for (Bundle bundle : bundles) {
      if (bundle.getBundleId() != 0) {
        Enumeration<URL> files = bundle.findEntries("/", "*" + SUFFIX, true);
        if (files != null) {
          Collections.list(files).forEach(file -> load(bundle, file.getPath()));
        }
        initialise(bundle);
      }
    }
  }

  private static void load(Bundle bundle, String path) {
    String name = path.substring(1, path.length() - SUFFIX.length()).replace('/', '.');
    try {
      bundle.loadClass(name);
    } catch (ClassNotFoundException | LinkageError e) {
      // it stands on something optional that is not here; who needs it will say so
    }
  }

  private static void initialise(Bundle bundle) {
    String names = bundle.getHeaders().get(HEADER);
    if (names == null) {
      return;
    }
    for (String name : names.split(",", -1)) {
      try {
        Class<?> type = bundle.loadClass(name.strip());
        Class.forName(type.getName(), true, type.getClassLoader());
      } catch (ClassNotFoundException | LinkageError e) {
        Throwable reason = e.getCause() == null ? e : e.getCause();
        throw new LaunchException(
            "the bundle "
                + bundle.getSymbolicName()
                + " can't be prepared: "
                + (reason.getMessage() == null ? reason : reason.getMessage()),
            e);
      }
    }
  }
}
