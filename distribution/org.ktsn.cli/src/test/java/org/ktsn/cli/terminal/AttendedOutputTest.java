package org.ktsn.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class AttendedOutputTest {
  private final Semaphore told = new Semaphore(0);

  private PrintStream screen(OutputStream out) {
    return new PrintStream(new AttendedOutput(out, told::release), true, StandardCharsets.UTF_8);
  }

  @Test
  void shouldTellOnceThatTheReaderIsGone() throws InterruptedException {
    PrintStream screen =
        screen(
            new OutputStream() {
              @Override
              public void write(int octet) throws IOException {
                throw new IOException("Broken pipe");
              }
            });
    screen.println("one");
    screen.println("two");
    assertTrue(told.tryAcquire(10, TimeUnit.SECONDS));
    assertEquals(0, told.availablePermits());
  }

  @Test
  void shouldPassOnWhatIsRead() {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    PrintStream screen = screen(read);
    screen.println("one");
    screen.write('2');
    assertEquals("one\n2", read.toString(StandardCharsets.UTF_8));
    assertEquals(0, told.availablePermits());
  }
}
