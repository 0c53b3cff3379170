package org.ktsn.shell;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/**
 * The input of one command: filled by the connection's reader, emptied by the command. It holds a
 * bounded number of chunks; the reader waits for room. Any thread.
 */
final class CommandInput extends InputStream {
  private static final int CHUNKS = 4;

  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private int position;
  private boolean ended;
  private boolean abandoned;

  /** Appends a chunk, or drops it if the command has ended. */
  synchronized void put(byte[] chunk) throws InterruptedException {
    if (ended) {
      return;
    }
    if (chunk.length == 0) {
      end();
      return;
    }
    while (chunks.size() >= CHUNKS && !abandoned) {
      wait();
    }
    if (!abandoned) {
      chunks.add(chunk);
      notifyAll();
    }
  }

  /** Says that nothing more comes. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Says that nobody reads any more. */
  synchronized void abandon() {
    abandoned = true;
    ended = true;
    chunks.clear();
    notifyAll();
  }

  @Override
  public synchronized int read() throws InterruptedIOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] target, int offset, int length)
      throws InterruptedIOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    while (chunks.isEmpty()) {
      if (ended) {
        return -1;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for input");
      }
    }
    byte[] chunk = chunks.getFirst();
    int part = Math.min(length, chunk.length - position);
    System.arraycopy(chunk, position, target, offset, part);
    position += part;
    if (position == chunk.length) {
      chunks.removeFirst();
      position = 0;
      notifyAll();
    }
    return part;
  }

  @Override
  public synchronized int available() {
    return chunks.isEmpty() ? 0 : chunks.getFirst().length - position;
  }
}
