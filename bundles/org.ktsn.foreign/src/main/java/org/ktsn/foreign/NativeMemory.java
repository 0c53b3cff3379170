package org.ktsn.foreign;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Reads and writes native memory by address, in the machine's byte order. For the data path, where
 * memory is shared with C and with other processes and outlives any arena: nothing is checked but
 * what the caller checks. Any thread.
 *
 * <p>By handles that are constants: a segment's own methods look theirs up in the layout each time,
 * which costs the first compiler's code a multiple of the access itself.
 */
@SuppressWarnings("restricted")
public final class NativeMemory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
  private static final VarHandle SHORT_ANYWHERE = ValueLayout.JAVA_SHORT_UNALIGNED.varHandle();
  private static final VarHandle INT_ANYWHERE = ValueLayout.JAVA_INT_UNALIGNED.varHandle();
  private static final VarHandle LONG_ANYWHERE = ValueLayout.JAVA_LONG_UNALIGNED.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  static {
    SegmentKinds.load();
  }

  private NativeMemory() {}

  /** Reads an octet. */
  public static byte getByte(long address) {
    return (byte) BYTE.get(ALL, address);
  }

  /** Reads 16 bits, at any alignment. */
  public static short getShort(long address) {
    return (short) SHORT_ANYWHERE.get(ALL, address);
  }

  /** Reads 32 bits, at any alignment. */
  public static int getInt(long address) {
    return (int) INT_ANYWHERE.get(ALL, address);
  }

  /** Reads 64 bits, at any alignment. */
  public static long getLong(long address) {
    return (long) LONG_ANYWHERE.get(ALL, address);
  }

  /** Writes an octet. */
  public static void putByte(long address, byte value) {
    BYTE.set(ALL, address, value);
  }

  /** Writes 16 bits, at any alignment. */
  public static void putShort(long address, short value) {
    SHORT_ANYWHERE.set(ALL, address, value);
  }

  /** Writes 32 bits, at any alignment. */
  public static void putInt(long address, int value) {
    INT_ANYWHERE.set(ALL, address, value);
  }

  /** Writes 64 bits, at any alignment. */
  public static void putLong(long address, long value) {
    LONG_ANYWHERE.set(ALL, address, value);
  }

  /** Reads 32 aligned bits; nothing that follows happens before it. */
  public static int getIntAcquire(long address) {
    return (int) INT.getAcquire(ALL, address);
  }

  /** Reads 64 aligned bits; nothing that follows happens before it. */
  public static long getLongAcquire(long address) {
    return (long) LONG.getAcquire(ALL, address);
  }

  /** Writes 32 aligned bits; everything that went before is seen with it. */
  public static void putIntRelease(long address, int value) {
    INT.setRelease(ALL, address, value);
  }

  /** Writes 64 aligned bits; everything that went before is seen with it. */
  public static void putLongRelease(long address, long value) {
    LONG.setRelease(ALL, address, value);
  }

  /** Reads 32 aligned bits in the one order that all threads agree on. */
  public static int getIntVolatile(long address) {
    return (int) INT.getVolatile(ALL, address);
  }

  /** Reads 64 aligned bits in the one order that all threads agree on. */
  public static long getLongVolatile(long address) {
    return (long) LONG.getVolatile(ALL, address);
  }

  /** Writes 32 aligned bits in the one order that all threads agree on. */
  public static void putIntVolatile(long address, int value) {
    INT.setVolatile(ALL, address, value);
  }

  /** Writes 64 aligned bits in the one order that all threads agree on. */
  public static void putLongVolatile(long address, long value) {
    LONG.setVolatile(ALL, address, value);
  }

  /** Adds to 32 aligned bits, atomically; returns what was there before. */
  public static int getAndAddInt(long address, int delta) {
    return (int) INT.getAndAdd(ALL, address, delta);
  }

  /** Adds to 64 aligned bits, atomically; returns what was there before. */
  public static long getAndAddLong(long address, long delta) {
    return (long) LONG.getAndAdd(ALL, address, delta);
  }

  /** Replaces 64 aligned bits if they are as expected, atomically; tells whether they were. */
  public static boolean compareAndSetLong(long address, long expected, long value) {
    return LONG.compareAndSet(ALL, address, expected, value);
  }

  /** Copies octets. */
  public static void copy(long from, long to, long octets) {
    MemorySegment.copy(ALL, from, ALL, to, octets);
  }

  /** Copies octets into an array. */
  public static void copy(long from, byte[] to, int offset, int octets) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, to, offset, octets);
  }

  /** Copies octets out of an array. */
  public static void copy(byte[] from, int offset, long to, int octets) {
    MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_BYTE, to, octets);
  }

  /** Sets octets to a value. */
  public static void fill(long address, long octets, byte value) {
    ALL.asSlice(address, octets).fill(value);
  }

  /** Keeps every read and write before this call apart from every one after it. */
  public static void fullFence() {
    VarHandle.fullFence();
  }
}
