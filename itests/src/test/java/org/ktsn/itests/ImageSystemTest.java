package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cyclonedx.Version;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image that {@code ./ktsn image} builds: what is in it. Before the node is up. */
@Order(2)
final class ImageSystemTest {
  private static final Path BILL = Node.ROOT.resolve(".ktsn/image/ktsn-0.1.0.cdx.json");

  /**
   * What only those classes use that KTSN does not: annotations of Error Prone, JLine's browser,
   * Paho's WebSockets, Gson's types of SQL.
   */
  private static final Set<String> UNUSED =
      Set.of("java.compiler", "java.desktop", "java.prefs", "java.sql");

  private static ContainerImage image;

  @BeforeAll
  static void build() throws IOException {
    image = ContainerImage.kept();
  }

  @Test
  void shouldBeTheSameWhereverItIsBuilt(@TempDir Path directory) throws IOException {
    Path pushed = directory.resolve("image.tar");
    Path store = ContainerImage.STORE.resolveSibling("itests-image-again");
    try {
      ContainerImage again = ContainerImage.build(store, "--push", "docker-archive:" + pushed);
      assertEquals(image.digest(), again.digest());
      assertTrue(Files.size(pushed) > 0, "what was pushed");
    } finally {
      Command.start(Map.of(), List.of("rm", "-rf", store.toString())).end(60);
    }
  }

  /** The base that has all the packages: nothing is installed in it. */
  @Test
  void shouldTakeTheBaseThatItIsGiven() throws IOException {
    Set<String> before = named();
    ContainerImage based =
        ContainerImage.build(ContainerImage.STORE, "--base", "localhost/ktsn-base:0.1.0");
    assertEquals(image.digest(), based.digest());
    assertEquals(before, named(), "the packages of the image are those of its base");
  }

  @Test
  void shouldHaveTheModulesThatTheDistributionUses() throws IOException {
    Set<String> there =
        image
            .run("/opt/ktsn/runtime/bin/java", "--list-modules")
            .lines()
            .map(line -> line.substring(0, line.indexOf('@')))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> missing = new TreeSet<>(used());
    missing.removeAll(there);
    missing.removeAll(UNUSED);
    assertEquals(Set.of(), missing, "runtime.sh names " + there);
  }

  /** The modules that the JDK's own tool finds in bundles and libraries. */
  private static Set<String> used() throws IOException {
    List<String> words = new ArrayList<>(List.of("--multi-release", "25"));
    words.addAll(List.of("--ignore-missing-deps", "--print-module-deps"));
    jars().forEach(jar -> words.add(jar.toString()));
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int code =
        ToolProvider.findFirst("jdeps").orElseThrow().run(out, out, words.toArray(String[]::new));
    assertEquals(0, code, said::toString);
    return Set.of(said.toString().strip().split(","));
  }

  private static List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.walk(Node.HOME)) {
      return files
          .filter(file -> file.toString().endsWith(".jar"))
          .filter(file -> !file.startsWith(Node.HOME.resolve("lib/bench")))
          .toList();
    }
  }

  @Test
  void shouldSayWhatItIsMadeOf() throws Exception {
    assertEquals(
        List.of(),
        new org.cyclonedx.parsers.JsonParser().validate(BILL.toFile(), Version.VERSION_16));
    Set<String> named = named();
    for (Path jar : jars()) {
      String name = jar.getFileName().toString().replaceFirst("-[0-9].*", "");
      assertTrue(named.contains(name), name + " is not among " + named);
    }
    List<String> more = new ArrayList<>(List.of("openjdk", "libc6", "iproute2", "HdrHistogram"));
    more.addAll(List.of("org.eclipse.paho.mqttv5.client", "containernetworking-plugins"));
    assertTrue(named.containsAll(more), named.toString());
    assertTrue(
        named.stream().anyMatch(name -> name.startsWith("librte-net-virtio")), named.toString());
  }

  private static Set<String> named() throws IOException {
    Set<String> names = new TreeSet<>();
    for (JsonElement component :
        JsonParser.parseString(Files.readString(BILL))
            .getAsJsonObject()
            .getAsJsonArray("components")) {
      names.add(component.getAsJsonObject().get("name").getAsString());
    }
    return names;
  }
}
