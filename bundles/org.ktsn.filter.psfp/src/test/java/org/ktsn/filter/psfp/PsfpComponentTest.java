package org.ktsn.filter.psfp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.filter.psfp.yang.PolicingReader;
import org.ktsn.testkit.MemoryStore;

class PsfpComponentTest {
  private static final FilterSite SITE =
      new FilterSite(16, 1514, new PortModel(1_000_000_000L, 0), GateSchedule.open());

  /** Closes the gate of everything. */
  static final String CLOSED =
      """
      {"stream-filters": {"stream-filter-instance-table": [{
         "stream-filter-instance-id": 4, "wildcard": [null], "priority-spec": "wildcard",
         "max-sdu-size": 0, "stream-gate-ref": 5}]},
       "stream-gates": {"stream-gate-instance-table": [{
         "stream-gate-instance-id": 5, "admin-gate-states": "closed"}]}}
      """;

  private final MemoryStore store = new MemoryStore();

  @TempDir Path directory;

  private PsfpComponent component() {
    return new PsfpComponent(() -> 1_000, store);
  }

  @Test
  void shouldTakeWhatIsAskedForToFiltersThatAreAtWork() {
    PsfpComponent component = component();
    Filter filter = component.create(SITE);
    assertEquals(0, gates(filter));
    component.ask(CLOSED, "");
    assertEquals(1, gates(filter));
    assertEquals(1, gates(component.create(SITE)));
  }

  @Test
  void shouldTellNothingMoreToAFilterThatIsClosed() {
    PsfpComponent component = component();
    Filter filter = component.create(SITE);
    filter.close();
    component.ask(CLOSED, "");
    assertEquals(0, gates(filter));
    assertTrue(component.document().contains("\"stream-gate-instance-id\": 5"));
  }

  @Test
  void shouldKeepTheLastGoodDocumentWhenAnotherIsRefused() {
    PsfpComponent component = component();
    component.ask(CLOSED, "");
    Filter filter = component.create(SITE);
    assertThrows(PolicingException.class, () -> component.ask("{\"stream-gates\":3}", ""));
    assertEquals(1, gates(filter));
    assertEquals(1, gates(component().create(SITE)));
  }

  @Test
  void shouldHaveTheLastGoodDocumentInForceAfterARestart() {
    component().ask(CLOSED, "");
    assertEquals(1, gates(component().create(SITE)));
    component().ask("{}", "");
    assertEquals(0, gates(component().create(SITE)));
  }

  @Test
  void shouldTellObserversOfEachChangeAndOfNothingElse() throws IOException {
    PsfpComponent component = component();
    List<String> told = new ArrayList<>();
    component.bindObserver(
        () -> {
          throw new IllegalStateException("an observer that fails");
        });
    component.bindObserver(() -> told.add(component.asked()));
    assertEquals("{}", component.asked());
    component.ask(CLOSED, "");
    assertThrows(PolicingException.class, () -> component.ask("{\"stream-gates\":3}", ""));
    assertThrows(PolicingException.class, () -> component.check("{\"stream-gates\":3}"));
    assertEquals(1, component.check(CLOSED).gates());
    component.withdraw("/of/somebody/else");
    assertEquals(List.of(CLOSED), told);
    assertEquals(CLOSED, component().asked());
    component.ask("{\"stream-gates\":{}}", "/file");
    component.withdraw("/file");
    assertEquals(List.of(CLOSED, "{\"stream-gates\":{}}", "{}"), told);
  }

  @Test
  void shouldPutAsideWhatWasKeptAndCantBeRead() {
    for (String broken : List.of("", "nonsense", "{}", "{\"origin\":\"\",\"document\":\"[]\"}")) {
      store.documents().put(KeptPolicing.DOCUMENT, broken);
      assertEquals(0, gates(component().create(SITE)));
      assertFalse(store.documents().containsKey(KeptPolicing.DOCUMENT), broken);
    }
  }

  @Test
  void shouldTakeFilesAsTheyComeChangeAndGo() throws IOException {
    PsfpComponent component = component();
    PsfpFiles files = new PsfpFiles(component);
    Filter filter = component.create(SITE);
    Path file = directory.resolve("streams.psfp");
    assertTrue(files.canHandle(file.toFile()));
    assertFalse(files.canHandle(directory.resolve("streams.json").toFile()));

    Files.writeString(file, CLOSED);
    files.install(file.toFile());
    assertEquals(1, gates(filter));
    assertEquals(1, gates(component().create(SITE)));

    Files.writeString(file, CLOSED.replace("closed", "shut"));
    files.update(file.toFile());
    assertEquals(1, gates(filter));
    assertEquals(
        file
            + ": /stream-gates/stream-gate-instance-table/0/admin-gate-states: is \"shut\"; give"
            + " one of open, closed; what was in force stays",
        files.troubles().getFirst().sentence());

    Files.write(file, new byte[] {(byte) 0xff, '{', '}'});
    files.update(file.toFile());
    assertEquals(1, gates(filter));
    assertTrue(files.troubles().getFirst().sentence().contains("not UTF-8"));

    Files.delete(file);
    files.uninstall(file.toFile());
    assertEquals(0, gates(filter));
    assertEquals(List.of(), files.troubles());
    assertEquals(0, gates(component().create(SITE)));
  }

  @Test
  void shouldNotTakeBackWhatSomebodyElseAskedForWhenAFileGoes() throws IOException {
    PsfpComponent component = component();
    PsfpFiles files = new PsfpFiles(component);
    Filter filter = component.create(SITE);
    Path file = directory.resolve("streams.psfp");
    Files.writeString(file, "{}");
    files.install(file.toFile());
    component.ask(CLOSED, "");
    files.uninstall(file.toFile());
    assertEquals(1, gates(filter));
  }

  @Test
  void shouldNotRestoreWhatAFileSaidThatIsGone() throws IOException {
    Path file = directory.resolve("streams.psfp");
    Files.writeString(file, CLOSED);
    new PsfpFiles(component()).install(file.toFile());
    assertEquals(1, gates(component().create(SITE)));
    Files.delete(file);
    assertEquals(0, gates(component().create(SITE)));
  }

  @Test
  void shouldShowTheStateInTheModelsWords() {
    PsfpComponent component = component();
    component.create(SITE);
    component.ask(CLOSED, "");
    String document = component.document();
    assertTrue(document.contains("\"oper-gate-state\": \"closed\""), document);
    assertTrue(document.contains("\"matching-frames-count\": \"0\""), document);
    assertEquals(1, PolicingReader.read(document).gates().size());
  }

  private static int gates(Filter filter) {
    for (StatusTable table : filter.status(0)) {
      if (table.name().equals("stream_gates")) {
        return table.rows().size();
      }
    }
    throw new AssertionError("no table of gates");
  }
}
