package org.ktsn.filter.psfp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.testkit.MemoryStore;

class PsfpCommandTest {

  @TempDir Path directory;

  private final PsfpComponent component = new PsfpComponent(() -> 1_000, new MemoryStore());
  private final PsfpCommand command = new PsfpCommand(component);
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private String input = "";

  @Test
  void shouldAskForWhatAFileSays() throws IOException {
    Files.writeString(directory.resolve("a.json"), PsfpComponentTest.CLOSED);
    assertEquals(
        "the document is good (streams: 0, filters: 1, gates: 1, meters: 0)\n",
        run("validate", "a.json"));
    assertTrue(!run("get").contains("\"stream-gate-instance-id\""));
    assertEquals(
        "the policing is in force (streams: 0, filters: 1, gates: 1, meters: 0)\n",
        run("set", "a.json"));
    assertTrue(run("get").contains("\"stream-gate-instance-id\": 5"));
  }

  @Test
  void shouldTakeBackItsOwnAnswer() {
    component.ask(PsfpComponentTest.CLOSED, "");
    String answer = run("get");
    input = answer;
    assertTrue(run("set", "-", "--json").contains("\"gates\": 1"));
    assertEquals(
        answer.replaceAll("(?m)^.*(?:blocked|closed|mark)-.*\n", ""),
        run("get").replaceAll("(?m)^.*(?:blocked|closed|mark)-.*\n", ""));
  }

  @Test
  void shouldNameEachProblemAndChangeNothing() {
    component.ask(PsfpComponentTest.CLOSED, "");
    input = "{\"stream-gates\":3,\"flow-meters\":4}";
    assertEquals(
        "the policing is refused; what is in force stays: /stream-gates: is 3; give an object |"
            + " /flow-meters: is 4; give an object",
        sorted(refusal("set", "-", "--json")));
    assertTrue(printed.toString(StandardCharsets.UTF_8).contains("\"pointer\": \"/flow-meters\""));
    assertTrue(run("get").contains("\"stream-gate-instance-id\": 5"));
    assertTrue(refusal("validate", "-").startsWith("the document is not good: "));
  }

  @Test
  void shouldSayHowItIsUsed() {
    for (String[] words :
        new String[][] {{}, {"set"}, {"get", "x"}, {"delete", "x"}, {"set", "a", "b"}}) {
      assertEquals(
          "'"
              + String.join(" ", words)
              + "' is not understood; usage: ktsn:psfp get|set|validate [FILE|-] [--json]",
          refusal(words));
    }
    assertEquals(
        "there is no file none.json on this node; check the name, or use - for the input",
        refusal("set", "none.json"));
  }

  /** Which of two tables comes first is of no matter. */
  private static String sorted(String refusal) {
    return refusal.replace(
        "/flow-meters: is 4; give an object | /stream-gates: is 3; give an object",
        "/stream-gates: is 3; give an object | /flow-meters: is 4; give an object");
  }

  private String run(String... words) {
    return String.valueOf(command.execute(session(), List.of((Object[]) words)));
  }

  private String refusal(String... words) {
    return assertThrows(IllegalArgumentException.class, () -> run(words)).getMessage();
  }

  private CommandSession session() {
    InputStream keyboard = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    PrintStream console = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return (CommandSession)
        Proxy.newProxyInstance(
            CommandSession.class.getClassLoader(),
            new Class<?>[] {CommandSession.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getKeyboard" -> keyboard;
                  case "getConsole" -> console;
                  case "currentDir" -> directory;
                  default -> throw new AssertionError(method.getName());
                });
  }
}
