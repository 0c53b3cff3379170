package org.ktsn.dataplane;

import java.lang.reflect.Proxy;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.wiring.BundleWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a bundle's classes before the planner meets them. A class is loaded by the thread that
 * needs it first: out of its JAR, and verified, in a millisecond or more, behind whoever else loads
 * one. On the planner's thread the first frames of a node, and those behind a swap, would wait for
 * dozens of them. Control threads.
 */
final class StageClasses {
  private static final Logger LOG = LoggerFactory.getLogger(StageClasses.class);
  private static final String SUFFIX = ".class";

  private StageClasses() {}

  /** Loads and links all classes of the bundle that a class is of; runs none of their code. */
  static void load(Class<?> one) {
    Bundle bundle = FrameworkUtil.getBundle(one);
    BundleWiring wiring = bundle == null ? null : bundle.adapt(BundleWiring.class);
    if (wiring == null) {
      return; // no framework, or the bundle is just leaving
    }
    int options = BundleWiring.LISTRESOURCES_LOCAL | BundleWiring.LISTRESOURCES_RECURSE;
    for (String path : wiring.listResources("/", "*" + SUFFIX, options)) {
      link(path.substring(0, path.length() - SUFFIX.length()).replace('/', '.'), wiring);
    }
  }

  /**
   * Has a class more implement these interfaces. While an interface has one implementation only,
   * the compiler takes it for granted in what it compiles, and throws all of that away when a stage
   * brings the second one: in front of the first frames, or behind a swap.
   */
  static void implementOnceMore(Class<?>... roles) {
    Object one =
        Proxy.newProxyInstance(
            StageClasses.class.getClassLoader(), roles, (proxy, method, arguments) -> null);
    LOG.trace("event=class-loaded class={}", one.getClass());
  }

  private static void link(String name, BundleWiring wiring) {
    try {
      // Whoever asks for its methods has a class linked, and not initialised.
      int methods = Class.forName(name, false, wiring.getClassLoader()).getDeclaredMethods().length;
      LOG.trace("event=class-loaded class={} methods={}", name, methods);
    } catch (ClassNotFoundException | LinkageError e) {
      LOG.debug("event=class-not-loaded class={} reason=\"{}\"", name, e.getMessage());
    }
  }
}
