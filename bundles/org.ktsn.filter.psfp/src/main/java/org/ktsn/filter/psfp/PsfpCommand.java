package org.ktsn.filter.psfp;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.policing.Policing;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.policing.PolicingProblem;
import org.ktsn.api.policing.PolicingTables;
import org.ktsn.filter.psfp.yang.PolicingReader;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code ktsn:psfp}: shows what is policed, asks for another document, or checks one. A document
 * comes from a file of the node, or from the command's input ({@code -}).
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=psfp",
      "ktsn.usage=" + PsfpCommand.USAGE,
      "ktsn.description=shows what is policed, asks for what FILE or the input (-) says, or checks"
          + " it"
    })
public final class PsfpCommand implements Function {
  static final String USAGE = "psfp get|set|validate [FILE|-] [--json]";
  private static final String JSON = "--json";
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private final Policing policing;

  /** Made by the component runtime. */
  @Activate
  public PsfpCommand(@Reference Policing policing) {
    this.policing = policing;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    List<String> words = new ArrayList<>(arguments.stream().map(String::valueOf).toList());
    boolean json = words.remove(JSON);
    String action = words.isEmpty() ? "" : words.getFirst();
    if (action.equals("get") && words.size() == 1) {
      return policing.document();
    }
    boolean set = action.equals("set");
    if (words.size() != 2 || (!set && !action.equals("validate"))) {
      throw new IllegalArgumentException(
          "'" + String.join(" ", words) + "' is not understood; usage: ktsn:" + USAGE);
    }
    String text = text(session, words.get(1));
    try {
      PolicingTables tables = set ? policing.ask(text, "") : policing.check(text);
      return accepted(tables, set, json);
    } catch (PolicingException e) {
      if (json) {
        session.getConsole().print(GSON.toJson(problems(e)) + "\n");
      }
      throw new IllegalArgumentException(
          (set ? "the policing is refused; what is in force stays: " : "the document is not good: ")
              + String.join(" | ", e.problems().stream().map(PolicingProblem::toString).toList()),
          e);
    }
  }

  private static String accepted(PolicingTables tables, boolean set, boolean json) {
    if (!json) {
      return (set ? "the policing is in force (" : "the document is good (") + tables + ")\n";
    }
    JsonObject answer = new JsonObject();
    answer.addProperty("accepted", true);
    answer.addProperty("in_force", set);
    answer.addProperty("streams", tables.streams());
    answer.addProperty("filters", tables.filters());
    answer.addProperty("gates", tables.gates());
    answer.addProperty("meters", tables.meters());
    return GSON.toJson(answer) + "\n";
  }

  private static JsonObject problems(PolicingException refusal) {
    JsonObject answer = new JsonObject();
    answer.addProperty("accepted", false);
    JsonArray problems = new JsonArray();
    for (PolicingProblem problem : refusal.problems()) {
      JsonObject item = new JsonObject();
      item.addProperty("pointer", problem.pointer());
      item.addProperty("message", problem.message());
      problems.add(item);
    }
    answer.add("problems", problems);
    return answer;
  }

  private static String text(CommandSession session, String source) {
    String what = source.equals("-") ? "the input" : "the file " + source;
    try {
      return source.equals("-")
          ? PsfpFiles.text(session.getKeyboard().readNBytes(PolicingReader.MAX_CHARACTERS + 1))
          : PsfpFiles.text(session.currentDir().resolve(source));
    } catch (InvalidPathException | NoSuchFileException e) {
      throw new IllegalArgumentException(
          "there is no file " + source + " on this node; check the name, or use - for the input",
          e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(what + " is not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(what + " can't be read: " + e.getMessage(), e);
    }
  }
}
