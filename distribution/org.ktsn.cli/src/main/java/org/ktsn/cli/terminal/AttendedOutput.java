package org.ktsn.cli.terminal;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Output that somebody is expected to read. A JVM ignores SIGPIPE and a {@link java.io.PrintStream}
 * swallows what a write throws: when the reader goes away ({@code ./ktsn demo | head -1}), this
 * tells.
 */
final class AttendedOutput extends FilterOutputStream {
  private final Runnable readerGone;
  private final AtomicBoolean told = new AtomicBoolean();

  /**
   * Makes one.
   *
   * @param readerGone is run once, in a thread of its own, since the writer may hold locks
   */
  AttendedOutput(OutputStream out, Runnable readerGone) {
    super(out);
    this.readerGone = readerGone;
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] octets, int offset, int length) throws IOException {
    try {
      out.write(octets, offset, length);
    } catch (IOException e) {
      if (told.compareAndSet(false, true)) {
        Thread.ofPlatform().name("ktsn-reader-gone").start(readerGone);
      }
      throw e;
    }
  }
}
