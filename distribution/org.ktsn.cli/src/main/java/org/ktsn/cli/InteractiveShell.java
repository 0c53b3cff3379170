package org.ktsn.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Completer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.ArgumentCompleter;
import org.jline.reader.impl.completer.NullCompleter;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.ktsn.cli.ControlClient.Reply;

/** Reads lines from the terminal, with editing, history and completion, and runs them. */
final class InteractiveShell {
  private static final int INTERRUPTED = 130;

  private final String name;
  private final ControlClient client;

  InteractiveShell(String name, ControlClient client) {
    this.name = name;
    this.client = client;
  }

  /** Runs until the user leaves; returns the last command's status. */
  int run() throws IOException {
    try (Terminal terminal = TerminalBuilder.terminal()) {
      DefaultParser parser = new DefaultParser();
      // a backslash and a single quote are for Gogo to read
      parser.setEscapeChars(null);
      parser.setQuoteChars(null);
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("ktsn")
              .parser(parser)
              .completer(commands())
              .variable(
                  LineReader.HISTORY_FILE,
                  Path.of(System.getProperty("user.home"), ".ktsn_history"))
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      return loop(reader);
    }
  }

  private int loop(LineReader reader) {
    int status = 0;
    while (true) {
      try {
        String line = reader.readLine(name + "> ").strip();
        if (line.equals("exit") || line.equals("quit")) {
          return status;
        }
        if (!line.isEmpty()) {
          status = ShellCommand.run(client, line, new byte[0]);
        }
      } catch (UserInterruptException e) {
        status = INTERRUPTED;
      } catch (EndOfFileException e) {
        return status;
      }
    }
  }

  private Completer commands() {
    Reply reply = client.run("ktsn:commands --json");
    List<String> names = new ArrayList<>(List.of("exit"));
    if (reply.status() == 0) {
      for (JsonElement command : JsonParser.parseString(reply.output()).getAsJsonArray()) {
        String full = command.getAsString();
        names.add(full);
        names.add(full.substring(full.indexOf(':') + 1));
      }
    }
    return new ArgumentCompleter(new StringsCompleter(names), NullCompleter.INSTANCE);
  }
}
