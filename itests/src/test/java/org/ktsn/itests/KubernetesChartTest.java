package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.kubernetes.client.openapi.JSON;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The chart, rendered by Helm for several kinds of cluster, as Kubernetes' own description of its
 * objects has them. Before the node is up.
 */
@Order(3)
final class KubernetesChartTest {
  private static final Map<String, String> IMAGE = Map.of("image.name", "registry.example/ktsn:1");

  @ParameterizedTest
  @ValueSource(strings = {"", "k3s", "openshift", "read-only", "dedicated"})
  void shouldBeValidForEachKindOfCluster(String cluster) throws ReflectiveOperationException {
    List<Path> files =
        cluster.isEmpty()
            ? List.of()
            : List.of(ClusterObjects.CHART.resolve("clusters/" + cluster + ".yaml"));
    ClusterObjects objects = ClusterObjects.render(files, IMAGE);
    for (JsonObject object : objects.all()) {
      validate(object);
    }
    assertWhole(objects);
  }

  @Test
  void shouldBeValidWithAllThatCanBeSwitchedOn() throws ReflectiveOperationException {
    Map<String, String> values = new HashMap<>(IMAGE);
    values.put("namespace.create", "true");
    values.put("priorityClass.create", "true");
    values.put("priorityClass.name", "ktsn");
    values.put("label", "true");
    values.put("image.pullSecrets[0]", "registry");
    values.put("processors.launcher", "2");
    values.put("processors.planner", "3");
    values.put("broker.urls", "mqtts://broker.plant.svc");
    values.put("broker.tlsSecret", "broker");
    values.put("broker.nodeCertificate", "true");
    values.put("broker.user", "node");
    values.put("broker.passwordSecret", "password");
    values.put("configuration.org\\.ktsn\\.pod.subnet", "10.77.0.0/16");
    values.put("networks.plant.priorities", "0-5");
    ClusterObjects objects = ClusterObjects.render(List.of(), values);
    for (JsonObject object : objects.all()) {
      validate(object);
    }
    assertWhole(objects);
    JsonObject files = objects.one("ConfigMap").getAsJsonObject("data");
    assertTrue(
        files
            .get("org.ktsn.schedule.mqtt.cfg")
            .getAsString()
            .contains("brokers = mqtts://broker.plant.svc\n"),
        files.toString());
    assertTrue(
        files.get("org.ktsn.dataplane.cfg").getAsString().contains("launcher.cpu = 2\n"),
        files.toString());
    assertEquals("subnet = 10.77.0.0/16", files.get("org.ktsn.pod.cfg").getAsString().strip());
    assertEquals(2, objects.of("NetworkAttachmentDefinition").size());
    assertEquals(
        "privileged",
        ClusterObjects.at(
                objects.one("Namespace"),
                "metadata",
                "labels",
                "pod-security.kubernetes.io/enforce")
            .getAsString());
    assertEquals(1, objects.of("MutatingAdmissionPolicyBinding").size());
  }

  /** That the judge is one. */
  @Test
  void shouldNotBeValidWithAWordThatKubernetesDoesNotKnow() {
    JsonObject daemonSet = ClusterObjects.render(List.of(), IMAGE).one("DaemonSet");
    ClusterObjects.at(daemonSet, "spec", "template", "spec")
        .getAsJsonObject()
        .addProperty("hostNetworks", true);
    assertThrows(InvocationTargetException.class, () -> validate(daemonSet));
  }

  @Test
  void shouldNotInstallWithoutTheNameOfAnImage() {
    Exception refusal =
        assertThrows(IllegalStateException.class, () -> ClusterObjects.render(List.of(), Map.of()));
    assertTrue(
        refusal.getMessage().contains("image.name is empty: build and push"), refusal::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "instance=Ktsn",
        "paths.cniBin=opt/cni",
        "hugepages.mebioctets=63",
        "processors.launcher=1",
        "hugpages.mebioctets=64",
        "broker.urls=http://broker",
        "broker.urls=mqtts://broker"
      })
  void shouldRefuseWhatKtsndWouldNotUnderstand(String setting) {
    Map<String, String> values = new HashMap<>(IMAGE);
    int equals = setting.indexOf('=');
    values.put(setting.substring(0, equals), setting.substring(equals + 1));
    assertThrows(
        IllegalStateException.class, () -> ClusterObjects.render(List.of(), values), setting);
  }

  @Test
  void shouldPleaseHelm() throws IOException {
    LintResult result = new Helm(ClusterObjects.CHART).lint().call();
    assertFalse(result.isFailed(), () -> String.join("\n", result.getMessages()));
  }

  /** The manifest for those without Helm is what Helm makes, with a name to be filled in. */
  @Test
  void shouldBeTheSameAsTheManifest() throws IOException {
    Map<String, String> values = new HashMap<>();
    values.put("image.name", "IMAGE");
    values.put("namespace.create", "true");
    ClusterObjects rendered = ClusterObjects.render(List.of(), values);
    List<JsonObject> written = new ArrayList<>();
    for (String file : List.of("ktsnd.yaml", "tsn-network.yaml")) {
      written.addAll(
          ClusterObjects.read(Files.readString(ClusterObjects.FOLDER.resolve(file))).all());
    }
    assertEquals(Set.copyOf(rendered.all()), Set.copyOf(written));
  }

  /** Holds an object against the class that Kubernetes' OpenAPI document was made into. */
  private static void validate(JsonObject object) throws ReflectiveOperationException {
    String kind = object.get("kind").getAsString();
    if (kind.equals("NetworkAttachmentDefinition")) {
      JsonObject config =
          JsonParser.parseString(ClusterObjects.at(object, "spec", "config").getAsString())
              .getAsJsonObject();
      assertEquals("tsn-cni", config.get("type").getAsString());
      assertEquals(
          ClusterObjects.at(object, "metadata", "name"), config.get("name"), config.toString());
      return;
    }
    assertTrue(
        object.get("apiVersion").getAsString().matches("([a-z.0-9]+/)?v1"), object::toString);
    Class<?> model = Class.forName("io.kubernetes.client.openapi.models.V1" + kind);
    model.getMethod("validateJsonElement", JsonElement.class).invoke(null, object);
    assertTrue(model.isInstance(JSON.getGson().fromJson(object, model)));
  }

  /** What one object names of another, or of itself, is there. */
  private static void assertWhole(ClusterObjects objects) {
    JsonObject spec =
        ClusterObjects.at(objects.one("DaemonSet"), "spec", "template", "spec").getAsJsonObject();
    Set<String> volumes = new TreeSet<>();
    spec.getAsJsonArray("volumes")
        .forEach(
            volume ->
                volumes.add(ClusterObjects.at(volume.getAsJsonObject(), "name").getAsString()));
    Set<String> mounted = new TreeSet<>();
    for (String containers : List.of("initContainers", "containers")) {
      for (JsonElement container : spec.getAsJsonArray(containers)) {
        container
            .getAsJsonObject()
            .getAsJsonArray("volumeMounts")
            .forEach(
                mount ->
                    mounted.add(ClusterObjects.at(mount.getAsJsonObject(), "name").getAsString()));
      }
    }
    assertEquals(volumes, mounted);
    assertEquals(
        ClusterObjects.at(objects.one("ServiceAccount"), "metadata", "name"),
        spec.get("serviceAccountName"));
  }
}
