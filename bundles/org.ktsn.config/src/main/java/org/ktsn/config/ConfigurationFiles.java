package org.ktsn.config;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.ktsn.api.configuration.ConfigurationCheck;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the files of {@code etc/} from File Install, before its own reader, which would take a
 * value for what it is not. A file that is good is brought into force at once. One that is not
 * changes nothing: what it said when it was good the last time stays, also over a restart.
 *
 * <p>Of several files for one configuration the one that was taken last counts; when it is removed,
 * the one before it, and in the end what a feature says.
 */
@Component(
    service = {ArtifactInstaller.class, HealthSource.class},
    immediate = true,
    property = "service.ranking:Integer=100")
public final class ConfigurationFiles implements ArtifactInstaller, HealthSource {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationFiles.class);
  private static final String ANY_BUNDLE = "?";
  private static final String OTHER = ".config";
  private static final int WHICH_MATTER =
      BundleEvent.INSTALLED | BundleEvent.UPDATED | BundleEvent.UNINSTALLED;

  /** A file; what it says, if that was ever good; what is wrong with it, if anything is. */
  private record Taken(
      FileTarget target, Optional<Map<String, Object>> values, Optional<String> problem) {}

  private final ConfigurationAdmin admin;
  private final ConfigurationCheck check;
  private final UnaryOperator<String> variables;
  private final Predicate<String> known;
  private final LastGoodFiles lastGood;
  private Runnable ended = () -> {};

  /** In the order in which they were taken. Guarded by this. */
  private final Map<Path, Taken> files = new LinkedHashMap<>();

  /** What was there before any file. Guarded by this. */
  private final Map<FileTarget, Optional<Dictionary<String, Object>>> before = new HashMap<>();

  /** Made by the component runtime. */
  @Activate
  public ConfigurationFiles(
      BundleContext context,
      @Reference ConfigurationAdmin admin,
      @Reference ConfigurationCheck check,
      @Reference ServiceComponentRuntime runtime) {
    this(
        admin,
        check,
        context::getProperty,
        pid -> InstalledDescriptions.isExpected(context, runtime, pid),
        NodeProperties.of(context).state().resolve("etc"));
    BundleListener listener =
        event -> {
          if ((event.getType() & WHICH_MATTER) != 0) {
            takeAgain();
          }
        };
    context.addBundleListener(listener);
    ended = () -> context.removeBundleListener(listener);
  }

  ConfigurationFiles(
      ConfigurationAdmin admin,
      ConfigurationCheck check,
      UnaryOperator<String> variables,
      Predicate<String> known,
      Path lastGood) {
    this.admin = admin;
    this.check = check;
    this.variables = variables;
    this.known = known;
    this.lastGood = new LastGoodFiles(lastGood);
  }

  /** Looks no more at what is installed. */
  @Deactivate
  void end() {
    ended.run();
  }

  @Override
  public boolean canHandle(File artifact) {
    String name = artifact.getName();
    return name.endsWith(FileTarget.CFG) || name.endsWith(FileTarget.JSON) || name.endsWith(OTHER);
  }

  @Override
  public synchronized void install(File artifact) throws IOException {
    Path file = artifact.toPath();
    Optional<Taken> former = Optional.ofNullable(files.remove(file)); // the order counts
    take(file, former);
  }

  @Override
  public void update(File artifact) throws IOException {
    install(artifact);
  }

  @Override
  public synchronized void uninstall(File artifact) throws IOException {
    Taken gone = files.remove(artifact.toPath());
    lastGood.forget(artifact.toPath());
    if (gone != null && gone.values().isPresent()) {
      bringIntoForce(gone.target());
      LOG.info("event=configuration-removed file={}", artifact);
    }
  }

  private void take(Path file, Optional<Taken> former) throws IOException {
    FileTarget target = FileTarget.named(file.getFileName().toString());
    Taken taken;
    try {
      String text = Files.readString(file);
      taken = new Taken(target, Optional.of(values(file, target, text)), Optional.empty());
      lastGood.keep(file, text);
    } catch (NoSuchFileException e) {
      return; // File Install will notice
    } catch (IOException | IllegalArgumentException e) {
      Optional<Map<String, Object>> kept =
          former.flatMap(Taken::values).or(() -> lastValues(file, target));
      String reason = e instanceof IOException ? "it can't be read: " + e : e.getMessage();
      String effect =
          kept.isPresent()
              ? "until then it counts as it was when it was good the last time"
              : "until then nothing of it counts";
      taken = new Taken(target, kept, Optional.of(file + ": " + reason + "; " + effect));
    }
    files.put(file, taken);
    if (!former
        .flatMap(Taken::values)
        .map(ConfigurationFiles::plain)
        .equals(taken.values().map(ConfigurationFiles::plain))) {
      bringIntoForce(target);
    }
    tell(file, taken, former);
  }

  /** Makes values comparable. */
  private static Map<String, Object> plain(Map<String, Object> values) {
    Map<String, Object> plain = new HashMap<>(values);
    plain.replaceAll((key, value) -> value instanceof Object[] many ? List.of(many) : value);
    return plain;
  }

  private void tell(Path file, Taken taken, Optional<Taken> former) {
    if (taken.problem().isPresent()) {
      if (!taken.problem().equals(former.flatMap(Taken::problem))) {
        LOG.error("event=configuration-refused file={} reason=\"{}\"", file, taken.problem().get());
      }
    } else if (former.isEmpty()) {
      LOG.info("event=configured file={}", file);
    }
  }

  private Map<String, Object> values(Path file, FileTarget target, String text) {
    String name = file.getFileName().toString();
    if (name.endsWith(OTHER)) {
      throw new IllegalArgumentException(
          "files that end with .config are not read; write it as "
              + target.pid()
              + FileTarget.CFG
              + " or "
              + target.pid()
              + FileTarget.JSON);
    }
    return check.check(
        target.pid(),
        name.endsWith(FileTarget.JSON) ? JsonText.values(text) : CfgText.values(text, variables));
  }

  /** What a former daemon's file said when it was good. */
  private Optional<Map<String, Object>> lastValues(Path file, FileTarget target) {
    return lastGood
        .find(file)
        .flatMap(
            text -> {
              try {
                return Optional.of(values(file, target, text));
              } catch (IllegalArgumentException e) {
                return Optional.empty(); // another version of the component
              }
            });
  }

  /**
   * Other bundles may describe other keys. Where that makes no difference, what others set
   * meanwhile stays: a controller, or ktsn:config.
   */
  private synchronized void takeAgain() {
    for (Path file : List.copyOf(files.keySet())) {
      try {
        take(file, Optional.ofNullable(files.get(file)));
      } catch (IOException e) {
        LOG.error("event=configuration-not-set file={} reason=\"{}\"", file, e.toString());
      }
    }
  }

  private void bringIntoForce(FileTarget target) throws IOException {
    Configuration configuration =
        target.name().isEmpty()
            ? admin.getConfiguration(target.pid(), ANY_BUNDLE)
            : admin.getFactoryConfiguration(target.pid(), target.name(), ANY_BUNDLE);
    before.computeIfAbsent(target, key -> Optional.ofNullable(configuration.getProperties()));
    Optional<Map<String, Object>> last =
        files.values().stream()
            .filter(taken -> taken.target().equals(target) && taken.values().isPresent())
            .reduce((first, second) -> second)
            .flatMap(Taken::values);
    if (last.isPresent()) {
      configuration.updateIfDifferent(FrameworkUtil.asDictionary(last.get()));
    } else if (before.get(target).isPresent()) {
      configuration.updateIfDifferent(before.get(target).get());
    } else {
      configuration.delete();
    }
  }

  @Override
  public synchronized List<Trouble> troubles() {
    return files.entrySet().stream()
        .flatMap(entry -> trouble(entry.getKey(), entry.getValue()).stream())
        .toList();
  }

  private Optional<Trouble> trouble(Path file, Taken taken) {
    String pid = taken.target().pid();
    return taken
        .problem()
        .or(
            () ->
                known.test(pid)
                    ? Optional.empty()
                    : Optional.of(
                        file
                            + ": nothing that is installed takes a configuration called "
                            + pid
                            + "; correct the file's name, or remove it"))
        .map(sentence -> new Trouble(file.toString(), sentence));
  }
}
