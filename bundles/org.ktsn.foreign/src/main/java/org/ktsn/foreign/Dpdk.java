package org.ktsn.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** DPDK's environment and packet memory: one per process, started once, never torn down. */
public final class Dpdk {
  /** EALREADY: the environment runs already. */
  public static final int ALREADY_STARTED = 114;

  private Dpdk() {}

  /** Returns the version of DPDK that is loaded, for instance {@code DPDK 22.11.11}. */
  public static String version() {
    try {
      return KtsnLibrary.string((MemorySegment) KtsnLibrary.DPDK_VERSION.invokeExact());
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /**
   * Returns the release of DPDK that the native library was compiled with, for instance {@code DPDK
   * 22.11}; it works with that one only.
   */
  public static String builtFor() {
    try {
      return KtsnLibrary.string((MemorySegment) KtsnLibrary.DPDK_BUILT_FOR.invokeExact());
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Returns the number from which on DPDK takes no processors. */
  public static int processorLimit() {
    try {
      return (int) KtsnLibrary.DPDK_PROCESSOR_LIMIT.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /**
   * Starts the environment and makes the packet memory. Blocks for some hundred milliseconds.
   *
   * @param arguments DPDK's own, without the program's name
   * @param frames how many frame buffers to make
   * @param room the octets that a frame may have
   * @throws ForeignException with DPDK's own words; {@link #ALREADY_STARTED} if it runs
   */
  public static void start(List<String> arguments, int frames, int room) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argv = arena.allocate(ValueLayout.ADDRESS, arguments.size() + 2L);
      argv.setAtIndex(ValueLayout.ADDRESS, 0, arena.allocateFrom("ktsnd"));
      for (int i = 0; i < arguments.size(); i++) {
        argv.setAtIndex(ValueLayout.ADDRESS, i + 1L, arena.allocateFrom(arguments.get(i)));
      }
      int result;
      try {
        result =
            (int)
                KtsnLibrary.DPDK_START.invokeExact(
                    arguments.size() + 1, argv.address(), frames, room);
      } catch (Throwable e) {
        throw KtsnLibrary.unexpected(e);
      }
      KtsnLibrary.check(result);
    }
  }

  /** Returns how many frame buffers are in the pool. Any thread. */
  public static long freeFrames() {
    try {
      return (long) KtsnLibrary.FRAMES_FREE_COUNT.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Returns the octets that a frame may have, as the memory was made. */
  public static int frameRoom() {
    try {
      return (int) KtsnLibrary.FRAME_ROOM.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Returns how many frame buffers there are in all, as the memory was made. */
  public static int totalFrames() {
    try {
      return (int) KtsnLibrary.FRAMES_TOTAL.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /**
   * Leaves buffers to the next planner, which gets them before any of the pool. Only by a planner
   * that has ended.
   *
   * @param address where the handles (64 bits each) are
   */
  public static void leaveFrames(long address, int count) {
    int result;
    try {
      result = (int) KtsnLibrary.FRAMES_LEAVE.invokeExact(address, count);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(result);
  }

  /**
   * Takes buffers out of the pool: all or nothing. One thread only, for the life of the process at
   * a time. Allocates nothing.
   *
   * @param address where the handles (64 bits each) are written
   * @param count at most 64
   * @return whether there were enough
   */
  public static boolean takeFrames(long address, int count) {
    try {
      return (int) KtsnLibrary.FRAMES_TAKE.invokeExact(address, count) == 0;
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }

  /** Returns the address of a frame's first octet. Allocates nothing. */
  public static long frameData(long frame) {
    try {
      return (long) KtsnLibrary.FRAME_DATA.invokeExact(frame);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
  }
}
