package org.ktsn.launcher;

import jakarta.json.Json;
import jakarta.json.JsonConfig;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.cm.json.io.Configurations;
import org.apache.felix.feature.impl.FeatureServiceImpl;
import org.ktsn.launcher.BundlePlan.PlannedBundle;
import org.osgi.service.feature.Feature;
import org.osgi.service.feature.FeatureBundle;
import org.osgi.service.feature.FeatureConfiguration;
import org.osgi.service.feature.FeatureExtension;
import org.osgi.service.feature.FeatureService;

/**
 * Reads OSGi Features (JSON, OSGi Compendium 8.1 chapter 159) and adds them up.
 *
 * <p>A bundle's metadata may hold its {@code start-level}, otherwise it is {@value
 * #DEFAULT_START_LEVEL}. The text extension {@value #SERVICES} names the interfaces of the services
 * that the feature promises, one a line.
 */
final class FeatureReader {
  /** The start level of a bundle that does not say. */
  static final int DEFAULT_START_LEVEL = 10;

  /** The start level that the framework is brought to. */
  static final int HIGHEST_START_LEVEL = 20;

  static final String SERVICES = "ktsn-services";
  private static final String START_LEVEL = "start-level";
  private static final String SUFFIX = ".json";

  /** A key that is there twice is a mistake, not a choice. */
  private static final JsonReaderFactory JSON =
      Json.createReaderFactory(Map.of(JsonConfig.KEY_STRATEGY, JsonConfig.KeyStrategy.NONE));

  private final FeatureService service = new FeatureServiceImpl();

  /**
   * Reads features from a folder.
   *
   * @param names the features' file names without {@code .json}; empty for all
   * @throws LaunchException if there is none, one is missing or can't be read, or two contradict
   *     each other
   */
  BundlePlan read(Path folder, List<String> names) {
    Map<String, Path> found = list(folder);
    List<String> chosen = names.isEmpty() ? List.copyOf(found.keySet()) : names;
    Map<String, PlannedBundle> bundles = new LinkedHashMap<>();
    Map<String, Map<String, Object>> configurations = new LinkedHashMap<>();
    Set<String> services = new LinkedHashSet<>();
    List<String> passedOver = new ArrayList<>();
    for (String name : chosen) {
      Path file = found.get(name);
      if (file == null) {
        throw new LaunchException(
            "there is no feature '"
                + name
                + "' in "
                + folder
                + "; these are there: "
                + String.join(", ", found.keySet()));
      }
      Feature feature = parse(file, passedOver);
      feature.getBundles().forEach(bundle -> add(bundles, planned(bundle, name)));
      feature
          .getConfigurations()
          .forEach((pid, configuration) -> add(configurations, pid, configuration, name));
      FeatureExtension promised = feature.getExtensions().get(SERVICES);
      if (promised != null) {
        promised.getText().stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .forEach(services::add);
      }
    }
    return new BundlePlan(
        new ArrayList<>(bundles.values()), configurations, new ArrayList<>(services), passedOver);
  }

  private static Map<String, Path> list(Path folder) {
    Map<String, Path> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(
          file -> {
            String name = file.getFileName().toString();
            if (name.endsWith(SUFFIX)) {
              found.put(name.substring(0, name.length() - SUFFIX.length()), file);
            }
          });
    } catch (IOException e) {
      throw new LaunchException(
          "the features' folder " + folder + " can't be read; unpack the distribution again", e);
    }
    if (found.isEmpty()) {
      throw new LaunchException(
          "there is no feature in " + folder + "; unpack the distribution again");
    }
    return found;
  }

  private Feature parse(Path file, List<String> passedOver) {
    try {
      String text = Files.readString(file);
      try (JsonReader reader =
          JSON.createReader(Configurations.jsonCommentAwareReader(new StringReader(text)))) {
        passedOver.addAll(FeatureCheck.check(file.toString(), reader.readObject()));
      }
      return service.readFeature(new StringReader(text));
    } catch (LaunchException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new LaunchException(
          "the feature " + file + " can't be read: " + e.getMessage() + "; correct it", e);
    }
  }

  private static PlannedBundle planned(FeatureBundle bundle, String feature) {
    Coordinates coordinates = Coordinates.of(bundle.getID());
    Object level = bundle.getMetadata().getOrDefault(START_LEVEL, DEFAULT_START_LEVEL);
    if (level instanceof Number number
        && number.longValue() >= 1
        && number.longValue() <= HIGHEST_START_LEVEL) {
      return new PlannedBundle(coordinates, number.intValue(), feature);
    }
    throw new LaunchException(
        "the feature "
            + feature
            + " gives "
            + coordinates
            + " the start level "
            + level
            + "; give a whole number from 1 to "
            + HIGHEST_START_LEVEL);
  }

  private static void add(Map<String, PlannedBundle> bundles, PlannedBundle bundle) {
    Coordinates coordinates = bundle.coordinates();
    String key = coordinates.group() + ":" + coordinates.artifact();
    PlannedBundle present = bundles.putIfAbsent(key, bundle);
    if (present != null
        && (!present.coordinates().equals(coordinates)
            || present.startLevel() != bundle.startLevel())) {
      throw new LaunchException(
          "the features "
              + present.feature()
              + " and "
              + bundle.feature()
              + " disagree about "
              + key
              + ": "
              + present.coordinates().version()
              + " at start level "
              + present.startLevel()
              + ", and "
              + coordinates.version()
              + " at "
              + bundle.startLevel());
    }
  }

  private static void add(
      Map<String, Map<String, Object>> configurations,
      String pid,
      FeatureConfiguration configuration,
      String feature) {
    if (configurations.putIfAbsent(pid, configuration.getValues()) != null) {
      throw new LaunchException(
          "the feature " + feature + " configures " + pid + ", and another one does as well");
    }
  }
}
