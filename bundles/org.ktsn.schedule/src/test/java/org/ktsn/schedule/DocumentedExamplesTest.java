package org.ktsn.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.ktsn.api.schedule.GateParameters;

/** What docs/schedules.md shows is what the codec reads. */
class DocumentedExamplesTest {
  private final YangScheduleCodec codec = new YangScheduleCodec();

  @Test
  void shouldReadTheDocumentedJson() throws IOException {
    GateParameters read = codec.decode(blocks("json").getFirst(), 8);
    assertEquals(2, read.controlList().size());
    assertEquals(256, read.queueMaxSdu().get(7));
  }

  @Test
  void shouldReadTheDocumentedShortForms() throws IOException {
    List<String> forms = blocks("short");
    GateParameters brief = codec.decode(forms.get(0), 8);
    GateParameters whole = codec.decode(forms.get(1), 8);
    assertEquals(brief.controlList(), whole.controlList());
    assertEquals(brief.cycleTime(), whole.cycleTime());
    assertEquals(codec.decode(blocks("json").getFirst(), 8).baseTimeNs(), whole.baseTimeNs());
  }

  private static List<String> blocks(String language) throws IOException {
    Path page = Path.of(System.getProperty("ktsn.root"), "docs", "schedules.md");
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(page))
        .results()
        .map(block -> block.group(1))
        .toList();
  }
}
