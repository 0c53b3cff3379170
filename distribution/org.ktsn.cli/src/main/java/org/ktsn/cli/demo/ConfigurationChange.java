package org.ktsn.cli.demo;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.stream.Collectors;
import org.ktsn.cli.Control;
import org.ktsn.cli.GogoWords;
import org.ktsn.cli.testbed.Cleanup;

/** A change of the daemon's local configuration that is taken back. */
final class ConfigurationChange {
  private static final String COMMAND = "ktsn:config ";

  private ConfigurationChange() {}

  /**
   * Sets keys; it may take a moment until they are taken up.
   *
   * @param cleanup gives the keys the values that they had, and takes those away that were not set
   */
  static void make(Control control, String pid, Map<String, String> values, Cleanup cleanup) {
    JsonObject before =
        control.json(COMMAND + pid).getAsJsonObject().getAsJsonObject(pid).deepCopy();
    String back =
        values.keySet().stream()
            .sorted()
            .map(
                key ->
                    before.has(key)
                        ? GogoWords.quote(key + "=" + before.get(key).getAsString())
                        : key + "-")
            .collect(Collectors.joining(" "));
    String set =
        values.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(entry -> GogoWords.quote(entry.getKey() + "=" + entry.getValue()))
            .collect(Collectors.joining(" "));
    cleanup.add(() -> control.run(COMMAND + pid + " " + back));
    control.run(COMMAND + pid + " " + set);
  }
}
