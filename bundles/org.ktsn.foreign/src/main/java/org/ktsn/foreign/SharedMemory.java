package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory that is shared with another process through a descriptor, of a size that is fixed for
 * ever. Mapped here for reading and writing, zeroed.
 */
public final class SharedMemory implements AutoCloseable {
  private final int descriptor;
  private final long address;
  private final long octets;
  private boolean open = true;

  private SharedMemory(int descriptor, long address, long octets) {
    this.descriptor = descriptor;
    this.address = address;
    this.octets = octets;
  }

  /**
   * Makes shared memory.
   *
   * @param name for people, as /proc shows it
   * @param octets its size
   * @param readOnly whether whoever gets the descriptor can only read it
   */
  public static SharedMemory create(String name, long octets, boolean readOnly) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ValueLayout.JAVA_LONG);
      int descriptor;
      try {
        descriptor =
            (int)
                KtsnLibrary.MEMORY_SHARE.invokeExact(
                    arena.allocateFrom(name).address(),
                    octets,
                    readOnly ? 1 : 0,
                    address.address());
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(descriptor);
      return new SharedMemory(descriptor, address.get(ValueLayout.JAVA_LONG, 0), octets);
    }
  }

  /**
   * Keeps every page where it is: whoever has the descriptor can write to the memory, and can't
   * take pages out of it, so that no access to it waits for the kernel to find another.
   *
   * @throws ForeignException if this kernel has no means for it, or KTSNd may not use them
   */
  public void keepPages() {
    int result;
    try {
      result = (int) KtsnLibrary.MEMORY_KEEP.invokeExact(descriptor);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  /** Returns the descriptor to hand over. */
  public int descriptor() {
    return descriptor;
  }

  /** Returns where it is mapped here. */
  public long address() {
    return address;
  }

  /** Returns its size. */
  public long octets() {
    return octets;
  }

  /**
   * Unmaps it here and closes the descriptor; others keep what they have mapped, but, if they can
   * write to it, not the pages. Nobody may use the address any more.
   */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    int result;
    try {
      KtsnLibrary.MEMORY_RELEASE.invokeExact(descriptor, octets);
      result = (int) KtsnLibrary.MEMORY_UNMAP.invokeExact(address, octets);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    Descriptors.close(descriptor);
    KtsnLibrary.check(result);
  }
}
