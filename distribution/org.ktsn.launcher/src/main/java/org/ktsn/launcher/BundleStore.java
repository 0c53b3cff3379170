package org.ktsn.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.ktsn.launcher.BundlePlan.PlannedBundle;

/**
 * The folder in which the distribution keeps its bundles.
 *
 * @param folder laid out as Maven repositories are
 */
record BundleStore(Path folder) {
  /** Returns a bundle's file. */
  Path file(PlannedBundle bundle) {
    return bundle.coordinates().within(folder);
  }

  /**
   * Checks that all bundles are there.
   *
   * @throws LaunchException naming those that are missing
   */
  void check(List<PlannedBundle> bundles) {
    List<PlannedBundle> missing =
        bundles.stream().filter(bundle -> !Files.isRegularFile(file(bundle))).toList();
    if (missing.isEmpty()) {
      return;
    }
    if (missing.size() == 1) {
      PlannedBundle one = missing.getFirst();
      throw new LaunchException(
          "the bundle "
              + one.coordinates()
              + " of the feature "
              + one.feature()
              + " is missing: there is no file "
              + file(one)
              + "; build or unpack the distribution again");
    }
    throw new LaunchException(
        missing.stream()
            .map(bundle -> bundle.coordinates() + " (" + bundle.feature() + ")")
            .collect(
                Collectors.joining(
                    ", ",
                    missing.size() + " bundles are missing in " + folder + ": ",
                    "; build or unpack the distribution again")));
  }
}
