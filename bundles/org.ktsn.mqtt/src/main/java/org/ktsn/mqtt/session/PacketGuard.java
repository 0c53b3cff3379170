package org.ktsn.mqtt.session;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads the lengths of the packets that pass, and ends the connection before one that is longer
 * than allowed: the client library would make room for whatever is announced. One thread.
 *
 * <pre>
 *  octet 0   packet type and flags
 *  octet 1…4 remaining length, seven bits each, the lowest first; bit 7: another one follows
 *  …         as many octets
 * </pre>
 */
final class PacketGuard extends FilterInputStream {
  private static final int LENGTH_OCTETS = 4;
  private static final int MORE = 0x80;

  private final long limitOctets;

  /** What is left of the packet's body; while the header comes: of what is known of it. */
  private long remaining;

  /** Which octet of the header comes next; 0 in the body and between packets. */
  private int headerOctet;

  private long length;

  PacketGuard(InputStream in, long limitOctets) {
    super(in);
    this.limitOctets = limitOctets;
  }

  /** A packet is longer than allowed, or its length is malformed. */
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLongException(String message) {
      super(message);
    }
  }

  @Override
  public int read() throws IOException {
    int octet = in.read();
    if (octet >= 0) {
      took(octet);
    }
    return octet;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (count == 0 || remaining > 0) {
      int read = in.read(target, offset, (int) Math.min(count, Math.max(remaining, 0)));
      remaining -= Math.max(read, 0);
      return read;
    }
    int octet = read();
    if (octet < 0) {
      return -1;
    }
    target[offset] = (byte) octet;
    return 1;
  }

  @Override
  public long skip(long count) throws IOException {
    return read(new byte[Math.clamp(count, 0, 8_192)]);
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void took(int octet) throws TooLongException {
    if (remaining > 0) {
      remaining--;
    } else if (headerOctet == 0) {
      headerOctet = 1;
      length = 0;
    } else {
      tookLength(octet);
    }
  }

  private void tookLength(int octet) throws TooLongException {
    length |= ((long) (octet & ~MORE)) << (7 * (headerOctet - 1));
    if ((octet & MORE) == 0) {
      if (length > limitOctets) {
        throw new TooLongException(
            "the broker sends a packet of " + length + " octets; " + limitOctets + " are allowed");
      }
      remaining = length;
      headerOctet = 0;
    } else if (headerOctet == LENGTH_OCTETS) {
      throw new TooLongException("the broker sends a packet whose length is malformed");
    } else {
      headerOctet++;
    }
  }
}
