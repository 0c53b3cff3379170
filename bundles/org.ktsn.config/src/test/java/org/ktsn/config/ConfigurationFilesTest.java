package org.ktsn.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.health.Trouble;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

class ConfigurationFilesTest {
  private static final String PID = "org.test.some";
  private static final Description SOME =
      new Description(
          PID,
          Map.of(
              "size", Attribute.of("size", "Integer"), "missed", Attribute.of("missed", "String")));

  @TempDir private Path directory;
  private final Map<String, Dictionary<?, ?>> inForce = new HashMap<>();
  private final Map<String, Integer> updates = new HashMap<>();

  private ConfigurationFiles reader() {
    return new ConfigurationFiles(
        admin(),
        (pid, given) -> pid.equals(PID) ? SOME.check(given) : Description.checkGeneral(given),
        name -> null,
        PID::equals,
        directory.resolve("state"));
  }

  private Path write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private Map<String, Object> values(String pid) {
    Map<String, Object> values = new HashMap<>();
    FrameworkUtil.asMap(inForce.get(pid)).forEach((key, value) -> values.put((String) key, value));
    return values;
  }

  @Test
  void shouldTakeTheRankingForANumberHoweverTheOtherLinesAreWritten() throws IOException {
    ConfigurationFiles files = reader();

    files.install(write(PID + ".cfg", "service.ranking = I\"150\"\nmissed = drop\n").toFile());
    assertEquals(Map.of("service.ranking", 150, "missed", "drop"), values(PID));

    files.update(write(PID + ".cfg", "service.ranking = 160 \nmissed = drop \n").toFile());
    assertEquals(Map.of("service.ranking", 160, "missed", "drop"), values(PID));

    files.install(write("org.test.other.cfg", "service.ranking = 5\nx = 5\n").toFile());
    assertEquals(Map.of("service.ranking", 5, "x", "5"), values("org.test.other"));
  }

  @Test
  void shouldKeepTheLastGoodConfigurationAndSaySoUntilTheFileIsGood() throws IOException {
    ConfigurationFiles files = reader();
    File file = write(PID + ".cfg", "size = 5\n").toFile();
    files.install(file);

    for (String wrong :
        List.of("size = 5 x", "Size = 6", "size = 3000000000", "size = 6\nsize = 7")) {
      files.update(write(PID + ".cfg", wrong).toFile());
      assertEquals(Map.of("size", 5), values(PID), wrong);
      assertEquals(1, files.troubles().size(), wrong);
    }
    assertEquals(
        new Trouble(
            file.toString(),
            file
                + ": size is there twice; keep one; until then it counts as it was when it was good"
                + " the last time"),
        files.troubles().getFirst());
    assertEquals(1, updates.get(PID));

    files.update(write(PID + ".cfg", "size = 8\n").toFile());
    assertEquals(Map.of("size", 8), values(PID));
    assertEquals(List.of(), files.troubles());
  }

  @Test
  void shouldKeepTheLastGoodConfigurationOverARestart() throws IOException {
    reader().install(write(PID + ".json", "{\"size\": 5}").toFile());
    inForce.clear();
    File wrong = write(PID + ".json", "{\"size\": 5").toFile();

    ConfigurationFiles files = reader();
    files.install(wrong);

    assertEquals(Map.of("size", 5), values(PID));
    assertEquals(1, files.troubles().size());
    files.uninstall(wrong);
    assertEquals(Map.of(), inForce);
    ConfigurationFiles next = reader();
    next.install(wrong);
    assertEquals(Map.of(), inForce);
    assertTrue(
        next.troubles().getFirst().sentence().endsWith("; until then nothing of it counts"),
        () -> next.troubles().toString());
  }

  @Test
  void shouldGoBackToTheFileBeforeAndToTheFeature() throws IOException {
    inForce.put(PID, FrameworkUtil.asDictionary(Map.of("size", 1)));
    ConfigurationFiles files = reader();
    File own = write("home/" + PID + ".cfg", "size = 2\n").toFile();
    File instance = write("run/" + PID + ".cfg", "size = 3\n").toFile();
    files.install(own);
    files.install(instance);
    assertEquals(Map.of("size", 3), values(PID));

    files.uninstall(instance);
    assertEquals(Map.of("size", 2), values(PID));

    files.uninstall(own);
    assertEquals(Map.of("size", 1), values(PID));
  }

  @Test
  void shouldNameAFileThatNothingTakesAndOneThatIsNotRead() throws IOException {
    ConfigurationFiles files = reader();
    files.install(write("org.test.som.cfg", "size = 2\n").toFile());
    files.install(write(PID + ".config", "size = I\"2\"\n").toFile());

    List<String> sentences = files.troubles().stream().map(Trouble::sentence).toList();

    assertEquals(2, sentences.size());
    assertTrue(
        sentences.getFirst().endsWith("org.test.som; correct the file's name, or remove it"),
        sentences::toString);
    assertTrue(sentences.getLast().contains("write it as " + PID + ".cfg"), sentences::toString);
  }

  @Test
  void shouldConfigureOneOfSeveral() throws IOException {
    ConfigurationFiles files = reader();
    files.install(write(PID + "-a.cfg", "size = 2\n").toFile());
    files.install(write(PID + "~b-c.json", "{\"size\": 3}").toFile());

    assertEquals(Map.of("size", 2), values(PID + "~a"));
    assertEquals(Map.of("size", 3), values(PID + "~b-c"));
  }

  private ConfigurationAdmin admin() {
    return (ConfigurationAdmin)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ConfigurationAdmin.class},
            (self, method, given) ->
                configuration(
                    method.getName().equals("getFactoryConfiguration")
                        ? given[0] + "~" + given[1]
                        : given[0].toString()));
  }

  private Configuration configuration(String pid) {
    return (Configuration)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Configuration.class},
            (self, method, given) ->
                switch (method.getName()) {
                  case "getProperties" -> inForce.get(pid);
                  case "updateIfDifferent" -> {
                    inForce.put(pid, (Dictionary<?, ?>) given[0]);
                    updates.merge(pid, 1, Integer::sum);
                    yield true;
                  }
                  case "delete" -> {
                    inForce.remove(pid);
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
