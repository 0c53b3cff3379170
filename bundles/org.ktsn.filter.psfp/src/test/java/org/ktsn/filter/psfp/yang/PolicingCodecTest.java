package org.ktsn.filter.psfp.yang;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.policing.PolicingProblem;
import org.ktsn.filter.psfp.line.RandomPolicing;
import org.ktsn.filter.psfp.model.PolicingParameters;

class PolicingCodecTest {
  private static final long NOW_NS = 1_767_225_637_000_000_000L;
  private static final String[] PIECES = {
    "null",
    "{}",
    "[]",
    "-1",
    "\"\"",
    "1e400",
    "99999999999999999999",
    "true",
    ",",
    "}",
    "\\",
    "\u0000"
  };

  @Test
  void shouldReadBackWhatItWrote() {
    Random random = new Random(4);
    for (int i = 0; i < 2_000; i++) {
      PolicingParameters parameters = new RandomPolicing(random, NOW_NS).next();
      String text = PolicingWriter.write(parameters);
      assertEquals(parameters, PolicingReader.read(text), text);
    }
  }

  /** Whatever is done to a document, it is read or refused with a sentence. */
  @Test
  void shouldRefuseDamagedDocumentsWithSentences() {
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 4_000; i++) {
      String text = PolicingWriter.write(new RandomPolicing(random, NOW_NS).next());
      int from = random.nextInt(text.length());
      int to = Math.min(text.length(), from + random.nextInt(12));
      String damaged =
          text.substring(0, from) + PIECES[random.nextInt(PIECES.length)] + text.substring(to);
      try {
        PolicingReader.read(damaged);
      } catch (PolicingException e) {
        refused++;
        for (PolicingProblem problem : e.problems()) {
          assertTrue(
              problem.message().matches("[^\\p{Cntrl}]{5,400}"), "'" + problem.message() + "'");
        }
      }
    }
    assertTrue(refused > 2_000, refused + " refused");
  }

  @Test
  void shouldReadTheDocumentedExamples() throws IOException {
    Path page = Path.of(System.getProperty("ktsn.root"), "docs", "police-streams.md");
    var examples =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(page))
            .results()
            .map(block -> PolicingReader.read(block.group(1)))
            .toList();
    assertEquals(
        "streams: 1, filters: 1, gates: 1, meters: 1", examples.get(0).tables().toString());
    assertEquals(
        "streams: 1, filters: 1, gates: 1, meters: 0", examples.get(1).tables().toString());
  }
}
