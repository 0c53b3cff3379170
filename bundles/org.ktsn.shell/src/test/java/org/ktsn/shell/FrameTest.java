package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FrameTest {
  @Property
  void shouldReadBackWhatItWrites(@ForAll byte[] octets) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Frame.write(out, Frame.OUTPUT, octets, 0, octets.length);

    Frame frame = Frame.read(new ByteArrayInputStream(out.toByteArray())).orElseThrow();

    assertEquals(Frame.OUTPUT, frame.type());
    assertArrayEquals(octets, frame.octets());
  }

  @Property
  void shouldAnswerAnyOctetsWithFramesOrARefusal(@ForAll @Size(max = 64) byte[] octets) {
    ByteArrayInputStream in = new ByteArrayInputStream(octets);
    try {
      while (Frame.read(in).isPresent()) {
        assertTrue(in.available() < octets.length, "a frame takes octets");
      }
      assertEquals(0, in.available());
    } catch (IOException e) {
      assertTrue(e instanceof Frame.ProtocolException || e instanceof EOFException, e.toString());
    }
  }

  @Test
  void shouldEndBetweenFrames() throws IOException {
    assertTrue(Frame.read(stream("")).isEmpty());
  }

  @Test
  void shouldRefuseLengthsThatAreTooLongBeforeReadingThem() {
    assertThrows(Frame.ProtocolException.class, () -> Frame.read(stream("c 1048577\n")));
    assertThrows(Frame.ProtocolException.class, () -> Frame.read(stream("c 99999999999999999\n")));
  }

  @Test
  void shouldRefuseWhatIsNotAFrame() {
    for (String text :
        new String[] {"\n", "GET / HTTP/1.1\r\n", "c\n", "c  1\nx", "c -1\n", "c \n", "c 1x\n"}) {
      assertThrows(Frame.ProtocolException.class, () -> Frame.read(stream(text)), text);
    }
  }

  @Test
  void shouldNoticeThatAFrameIsCutShort() {
    assertThrows(EOFException.class, () -> Frame.read(stream("c 5\nab")));
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
