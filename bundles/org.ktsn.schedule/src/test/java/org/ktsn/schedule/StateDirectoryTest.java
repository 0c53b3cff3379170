package org.ktsn.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  @TempDir private Path folder;

  @Test
  void shouldReadWhatWasWrittenLast() {
    Path directory = folder.resolve("made/with/the/first");
    StateDirectory store = new StateDirectory(directory);
    assertEquals(Optional.empty(), store.read("a.json"));
    store.write("a.json", "é1");
    store.write("a.json", "2");
    store.write("b.json", "3");
    assertEquals(Optional.of("2"), new StateDirectory(directory).read("a.json"));
    assertEquals(List.of("a.json", "b.json"), names(directory));
  }

  @Test
  void shouldKeepTheFormerDocumentIfTheNextCantBeWritten() throws IOException {
    StateDirectory store = new StateDirectory(folder);
    store.write("a.json", "1");
    Files.createDirectories(folder.resolve("a.json.new/in-the-way"));
    String message =
        assertThrows(UncheckedIOException.class, () -> store.write("a.json", "2")).getMessage();
    assertTrue(message.contains("a.json can't be written"), message);
    assertEquals(Optional.of("1"), store.read("a.json"));
  }

  @Test
  void shouldIgnoreWhatACrashLeftHalfWritten() throws IOException {
    StateDirectory store = new StateDirectory(folder);
    store.write("a.json", "1");
    Files.writeString(folder.resolve("a.json.new"), "half");
    assertEquals(Optional.of("1"), store.read("a.json"));
    store.write("a.json", "2");
    assertEquals(List.of("a.json"), names(folder));
  }

  @Test
  void shouldSetADocumentAsideUnderTheTime() throws IOException {
    StateDirectory store = new StateDirectory(folder);
    store.write("a.json", "broken");
    Path aside = store.setAside("a.json");
    assertTrue(aside.getFileName().toString().startsWith("a.json.broken-2"), aside.toString());
    assertEquals("broken", Files.readString(aside));
    assertEquals(Optional.empty(), store.read("a.json"));
  }

  @Test
  void shouldRefuseNamesThatLeaveTheDirectory() {
    StateDirectory store = new StateDirectory(folder);
    for (String name : List.of("", "..", "../a", "a/b", ".a", "a".repeat(65))) {
      assertThrows(IllegalArgumentException.class, () -> store.read(name), name);
    }
  }

  private static List<String> names(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
