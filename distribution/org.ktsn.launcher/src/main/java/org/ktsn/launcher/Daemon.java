package org.ktsn.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.ktsn.launcher.BundlePlan.PlannedBundle;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.log.LogService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The framework with the features' bundles in it. */
final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** The framework's own services: nothing of a node is touched yet. */
  private static final int STAND_BY_START_LEVEL = 3;

  private final Framework framework;

  private Daemon(Framework framework) {
    this.framework = framework;
  }

  /**
   * Makes the framework and installs all bundles; nothing runs yet.
   *
   * @throws LaunchException if the framework or a bundle can't be installed
   */
  static Daemon prepare(Settings settings, BundlePlan plan, BundleStore store) {
    plan.passedOver().forEach(sentence -> LOG.warn("event=passed-over reason=\"{}\"", sentence));
    Framework framework = new Felix(properties(settings, plan));
    try {
      framework.init(Daemon::log);
      BundleContext context = framework.getBundleContext();
      // Under both names: the component runtime looks for the one, others for the other.
      String[] names = {
        LogService.class.getName(), org.osgi.service.log.LoggerFactory.class.getName()
      };
      context.registerService(names, new LogBridge(), null);
      FeatureConfigurations.await(context, plan.configurations());
      install(context, plan.bundles(), store);
    } catch (BundleException | InvalidSyntaxException e) {
      throw new LaunchException("the framework can't be set up: " + e.getMessage(), e);
    }
    return new Daemon(framework);
  }

  /**
   * Starts the bundles that others stand on, which take nothing that there is only one of, and
   * loads the classes of all. So {@link #start} is quick.
   *
   * @throws LaunchException if the framework does not start, or a class can't be prepared
   */
  void standBy() {
    long beginNs = System.nanoTime();
    reach(STAND_BY_START_LEVEL);
    Preload.all(framework.getBundleContext().getBundles());
    LOG.info("event=standing-by ms={}", Duration.ofNanos(System.nanoTime() - beginNs).toMillis());
  }

  /**
   * Starts the bundles in the order of their start levels; returns when all have been started. One
   * that does not start is logged, and {@code ktsn:health} names it.
   *
   * @throws LaunchException if the framework does not start
   */
  void start() {
    long beginNs = System.nanoTime();
    reach(FeatureReader.HIGHEST_START_LEVEL);
    LOG.info("event=started ms={}", Duration.ofNanos(System.nanoTime() - beginNs).toMillis());
  }

  private void reach(int level) {
    CountDownLatch reached = new CountDownLatch(1);
    try {
      framework.start(); // to the lowest level; does nothing if it runs
      framework.adapt(FrameworkStartLevel.class).setStartLevel(level, event -> reached.countDown());
      reached.await();
    } catch (BundleException e) {
      throw new LaunchException("the framework does not start: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException("interrupted while the framework starts", e);
    }
  }

  private static void install(BundleContext context, List<PlannedBundle> planned, BundleStore store)
      throws BundleException {
    List<Bundle> installed = new ArrayList<>();
    for (PlannedBundle bundle : planned) {
      Path file = store.file(bundle);
      try {
        Bundle one = context.installBundle(file.toUri().toString());
        one.adapt(BundleStartLevel.class).setStartLevel(bundle.startLevel());
        installed.add(one);
      } catch (BundleException e) {
        throw new LaunchException(
            "the bundle " + bundle.coordinates() + " can't be installed: " + e.getMessage(), e);
      }
    }
    // marked only: each starts when the framework reaches its level
    for (Bundle bundle : installed) {
      bundle.start(Bundle.START_ACTIVATION_POLICY);
    }
  }

  /** Waits until the framework has stopped, for whatever reason. */
  void awaitEnd() throws InterruptedException {
    framework.waitForStop(0);
  }

  /**
   * Stops the bundles in the order of their start levels, the highest first; says so in the log
   * before it returns, since the process may be gone right afterwards.
   *
   * @return whether the framework stopped in time
   */
  boolean stop(Duration limit) throws InterruptedException {
    try {
      framework.stop();
    } catch (BundleException e) {
      LOG.error("event=stop-failed reason=\"{}\" action=wait", e.toString());
    }
    FrameworkEvent end = framework.waitForStop(limit.toMillis());
    if (end.getType() != FrameworkEvent.WAIT_TIMEDOUT) {
      LOG.info("event=stopped kind={}", end.getType());
      return true;
    }
    BundleContext context = framework.getBundleContext();
    String hanging =
        context == null
            ? ""
            : Stream.of(context.getBundles())
                .filter(bundle -> bundle.getBundleId() != 0)
                .filter(bundle -> bundle.getState() == Bundle.STOPPING)
                .map(Bundle::getSymbolicName)
                .reduce("", (all, one) -> all.isEmpty() ? one : all + "," + one);
    LOG.error("event=stop-timed-out limit-ms={} stopping={}", limit.toMillis(), hanging);
    return false;
  }

  private static void log(FrameworkEvent event) {
    if (event.getType() == FrameworkEvent.ERROR) {
      Throwable failure = event.getThrowable();
      LOG.error(
          "event=framework-error reason=\"{}\" bundle={}",
          failure == null ? "" : failure.toString(),
          event.getBundle().getSymbolicName());
      LOG.debug("event=framework-error-trace", failure);
    }
  }

  private static Map<String, Object> properties(Settings settings, BundlePlan plan) {
    Map<String, Object> properties = new HashMap<>();
    Path run = settings.run();
    properties.put("ktsn.instance", settings.instance());
    properties.put("ktsn.home", settings.home().toString());
    properties.put("ktsn.run", run.toString());
    properties.put("ktsn.state", settings.state().toString());
    properties.put("ktsn.services", String.join(",", plan.services()));
    Path work = RunDirectory.work(run);
    properties.put(Constants.FRAMEWORK_STORAGE, work.resolve("cache").toString());
    properties.put(
        Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    properties.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, "1");
    properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, systemPackages());
    properties.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLog());
    properties.put(FelixConstants.LOG_LEVEL_PROP, "2");
    properties.put("ds.loglevel", "2");
    // File Install: new bundles, and configurations of the distribution and of this instance
    properties.put(
        "felix.fileinstall.dir",
        new StringJoiner(",")
            .add(settings.home().resolve("etc").toString())
            .add(run.resolve("etc").toString())
            .add(settings.home().resolve("deploy").toString())
            .toString());
    properties.put("felix.fileinstall.tmpdir", work.resolve("fileinstall").toString());
    properties.put("felix.fileinstall.poll", "1000");
    properties.put("felix.fileinstall.noInitialDelay", "true");
    properties.put("felix.fileinstall.enableConfigSave", "false");
    properties.put("felix.fileinstall.bundles.new.start", "true");
    properties.put("felix.fileinstall.bundles.startTransient", "true");
    properties.put(
        "felix.fileinstall.start.level", Integer.toString(FeatureReader.HIGHEST_START_LEVEL));
    properties.put("felix.fileinstall.log.level", "2");
    properties.putAll(own(settings.home().resolve("etc/framework.properties")));
    return properties;
  }

  /** Reads framework properties that the node's owner sets; they prevail. */
  private static Map<String, Object> own(Path file) {
    Map<String, Object> own = new HashMap<>();
    if (Files.exists(file)) {
      Properties read = new Properties();
      try (InputStream content = Files.newInputStream(file)) {
        read.load(content);
      } catch (IOException | IllegalArgumentException e) {
        throw new LaunchException(file + " can't be read: " + e.getMessage() + "; correct it", e);
      }
      read.stringPropertyNames().forEach(name -> own.put(name, read.getProperty(name)));
    }
    return own;
  }

  /** What bundles get from the class path: the log, and Configuration Admin's API. */
  private static String systemPackages() {
    String slf4j = version(Logger.class, "2.0");
    return "org.slf4j;version="
        + slf4j
        + ",org.slf4j.event;version="
        + slf4j
        + ",org.slf4j.helpers;version="
        + slf4j
        + ",org.slf4j.spi;version="
        + slf4j
        + ",org.osgi.service.log;version=1.5,org.osgi.service.cm;version=1.6.1";
  }

  private static String version(Class<?> type, String otherwise) {
    return type.getModule().getDescriptor() == null
        ? implementationVersion(type, otherwise)
        : type.getModule()
            .getDescriptor()
            .version()
            .map(ModuleDescriptor.Version::toString)
            .orElse(otherwise);
  }

  private static String implementationVersion(Class<?> type, String otherwise) {
    String version = type.getPackage().getImplementationVersion();
    return version == null ? otherwise : version;
  }
}
