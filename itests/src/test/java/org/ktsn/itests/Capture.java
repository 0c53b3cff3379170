package org.ktsn.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What arrives at a pod's interface, as tcpdump captures it. */
final class Capture implements AutoCloseable {
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;

  private final Path file;
  private final Command tcpdump;

  /** Begins to capture what the filter matches. */
  Capture(Node node, String pod, String filter) {
    try {
      file = Files.createTempFile("ktsn-itest", ".pcap");
      file.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tcpdump =
        node.inNetwork(
            pod,
            "tcpdump",
            "-Z",
            "root",
            "-i",
            "tsn0",
            "-U",
            "-s",
            "0",
            "-w",
            file.toString(),
            filter);
    Node.await("tcpdump listens", 10, () -> tcpdump.err().contains("listening on"));
  }

  /** Waits until so many frames are there; returns them. */
  List<byte[]> frames(int count) {
    Node.await(count + " frames at the listener", 10, () -> read().size() >= count);
    return read();
  }

  private List<byte[]> read() {
    ByteBuffer octets;
    try {
      octets = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<byte[]> frames = new ArrayList<>();
    int at = FILE_HEADER;
    while (at + RECORD_HEADER <= octets.limit()) {
      int length = octets.getInt(at + 8);
      if (at + RECORD_HEADER + length > octets.limit()) {
        break; // tcpdump is still writing
      }
      byte[] frame = new byte[length];
      octets.get(at + RECORD_HEADER, frame);
      frames.add(frame);
      at += RECORD_HEADER + length;
    }
    return frames;
  }

  @Override
  public void close() {
    tcpdump.close();
  }
}
