package org.ktsn.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterProperty;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.junit.jupiter.api.Test;

class GogoWordsTest {
  private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
  private final CommandSession session =
      processor.createSession(
          new ByteArrayInputStream(new byte[0]),
          OutputStream.nullOutputStream(),
          OutputStream.nullOutputStream());

  GogoWordsTest() {
    Function words = (session, given) -> given.stream().map(String::valueOf).toList();
    processor.addCommand("test", words, "words");
  }

  @AfterProperty
  void stop() {
    session.close();
    processor.stop();
  }

  @Property(tries = 500)
  void shouldArriveAsTheyWere(
      @ForAll @Size(min = 1, max = 4) List<@CharRange(from = ' ', to = '\u017f') String> words)
      throws Exception {
    assertEquals(words, session.execute("test:words " + GogoWords.join(words)));
  }

  @Test
  void shouldKeepWhatGogoWouldExpandOrSplit() throws Exception {
    List<String> words =
        List.of(
            "a b",
            "",
            "$x",
            "${x}",
            "$(lb)",
            "*",
            "a;b",
            "a|b",
            "\"q\"",
            "'q'",
            "\\n",
            "{x}",
            "[1]",
            "#c",
            "a&",
            ">f",
            "~",
            "%(1+1)",
            "!1",
            "a=b",
            "(x)",
            "tab\there",
            "--json");

    assertEquals(words, session.execute("test:words " + GogoWords.join(words)));
    stop();
  }

  @Test
  void shouldLeavePlainWordsAlone() {
    assertEquals("pod-add 10.77.0.5/16", GogoWords.join(List.of("pod-add", "10.77.0.5/16")));
  }
}
