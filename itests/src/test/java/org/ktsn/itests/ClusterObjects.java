package org.ktsn.itests;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Objects of Kubernetes, as a manifest or the chart has them.
 *
 * @param all in their order
 */
record ClusterObjects(List<JsonObject> all) {
  static final Path FOLDER = Node.ROOT.resolve("distribution/kubernetes");
  static final Path CHART = FOLDER.resolve("chart");

  static ClusterObjects read(String yaml) {
    List<JsonObject> all = new ArrayList<>();
    for (Object object : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml)) {
      if (object != null) {
        all.add(new Gson().toJsonTree(object).getAsJsonObject());
      }
    }
    return new ClusterObjects(all);
  }

  /**
   * What Helm makes of the chart.
   *
   * @param files of values
   * @param values above those of the files
   */
  static ClusterObjects render(List<Path> files, Map<String, String> values) {
    TemplateCommand template = new Helm(CHART).template().withName("ktsn").withNamespace("ktsn");
    files.forEach(template::withValuesFile);
    values.forEach(template::set);
    return read(template.call());
  }

  /** The only object of this kind. */
  JsonObject one(String kind) {
    List<JsonObject> found = of(kind);
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " objects of kind " + kind + " in " + all);
    }
    return found.get(0);
  }

  List<JsonObject> of(String kind) {
    return all.stream().filter(object -> object.get("kind").getAsString().equals(kind)).toList();
  }

  /** What is at {@code path} below an object. */
  static JsonElement at(JsonObject object, String... path) {
    JsonElement at = object;
    for (String name : path) {
      at = at.getAsJsonObject().get(name);
    }
    return at;
  }
}
