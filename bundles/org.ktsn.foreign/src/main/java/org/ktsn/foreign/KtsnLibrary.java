package org.ktsn.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code ktsn_native.h}, call by call. Pointers are {@code long} addresses, so that a call
 * allocates nothing. The library is loaded once and never unloaded.
 */
@SuppressWarnings("restricted")
final class KtsnLibrary {
  /** The system property that names the library's file. */
  static final String PROPERTY = "org.ktsn.native.library";

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = load();

  private static final Linker.Option[] USUAL = {};

  /** For calls of some tens of nanoseconds: no transition of the thread's state. */
  private static final Linker.Option[] SHORT = {Linker.Option.critical(false)};

  static final MethodHandle ERROR = handle("ktsn_error", USUAL, ADDRESS);
  static final MethodHandle SHIFT_CLOCK = handleVoid("ktsn_shift_clock", JAVA_LONG);
  static final MethodHandle NOW = handle("ktsn_now", SHORT, JAVA_LONG);

  static final MethodHandle DPDK_VERSION = handle("ktsn_dpdk_version", USUAL, ADDRESS);
  static final MethodHandle DPDK_BUILT_FOR = handle("ktsn_dpdk_built_for", USUAL, ADDRESS);
  static final MethodHandle DPDK_PROCESSOR_LIMIT =
      handle("ktsn_dpdk_processor_limit", USUAL, JAVA_INT);
  static final MethodHandle DPDK_START =
      handle("ktsn_dpdk_start", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  static final MethodHandle FRAMES_FREE_COUNT = handle("ktsn_frames_free_count", USUAL, JAVA_LONG);
  static final MethodHandle FRAME_ROOM = handle("ktsn_frame_room", USUAL, JAVA_INT);
  static final MethodHandle FRAMES_TOTAL = handle("ktsn_frames_total", USUAL, JAVA_INT);
  static final MethodHandle FRAMES_LEAVE =
      handle("ktsn_frames_leave", USUAL, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle FRAMES_TAKE =
      handle("ktsn_frames_take", SHORT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle FRAME_DATA = handle("ktsn_frame_data", SHORT, JAVA_LONG, JAVA_LONG);

  static final MethodHandle PORT_OPEN_DPDK =
      handle("ktsn_port_open_dpdk", USUAL, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final MethodHandle PORT_OPEN_NULL =
      handle("ktsn_port_open_null", USUAL, JAVA_INT, JAVA_LONG);
  static final MethodHandle PORT_CLOSE = handle("ktsn_port_close", USUAL, JAVA_INT, JAVA_LONG);
  static final MethodHandle PORT_STATUS =
      handle("ktsn_port_status", USUAL, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final MethodHandle PORT_DISCARD_RECEIVED =
      handle("ktsn_port_discard_received", USUAL, JAVA_INT, JAVA_LONG);

  static final MethodHandle LAUNCHER_NEW = handle("ktsn_launcher_new", USUAL, JAVA_LONG);
  static final MethodHandle LAUNCHER_FREE = handleVoid("ktsn_launcher_free", JAVA_LONG);
  static final MethodHandle LAUNCHER_RUN =
      handle(
          "ktsn_launcher_run",
          USUAL,
          JAVA_INT,
          JAVA_LONG,
          JAVA_INT,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT);
  static final MethodHandle LAUNCHER_WAKE = handleVoid("ktsn_launcher_wake", JAVA_LONG);

  static final MethodHandle PROCESSORS =
      handle("ktsn_processors", USUAL, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle THREAD_PLACE =
      handle("ktsn_thread_place", USUAL, JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle THREAD_ID = handle("ktsn_thread_id", USUAL, JAVA_INT);
  static final MethodHandle THREAD_DEMOTE = handleVoid("ktsn_thread_demote", JAVA_INT);
  static final MethodHandle SEQPACKET_LISTEN =
      handle("ktsn_seqpacket_listen", USUAL, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle SEQPACKET_ACCEPT =
      handle("ktsn_seqpacket_accept", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG);
  static final MethodHandle SEQPACKET_SEND =
      handle(
          "ktsn_seqpacket_send",
          USUAL,
          JAVA_INT,
          JAVA_INT,
          JAVA_LONG,
          JAVA_INT,
          JAVA_LONG,
          JAVA_INT);
  static final MethodHandle SEQPACKET_RECEIVE =
      handle("ktsn_seqpacket_receive", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle MEMORY_SHARE =
      handle("ktsn_memory_share", USUAL, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
  static final MethodHandle MEMORY_KEEP = handle("ktsn_memory_keep", USUAL, JAVA_INT, JAVA_INT);
  static final MethodHandle MEMORY_RELEASE = handleVoid("ktsn_memory_release", JAVA_INT, JAVA_LONG);
  static final MethodHandle MEMORY_UNMAP =
      handle("ktsn_memory_unmap", USUAL, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final MethodHandle EVENT_NEW = handle("ktsn_event_new", USUAL, JAVA_INT);
  static final MethodHandle EVENT_RING = handle("ktsn_event_ring", USUAL, JAVA_INT, JAVA_INT);
  static final MethodHandle EVENT_CLEAR = handle("ktsn_event_clear", USUAL, JAVA_INT, JAVA_INT);
  static final MethodHandle SPACE_NEW = handle("ktsn_space_new", USUAL, JAVA_INT, JAVA_LONG);
  static final MethodHandle SPACE_EMPTY =
      handle("ktsn_space_empty", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG);
  static final MethodHandle REPORT_NEW = handle("ktsn_report_new", USUAL, JAVA_INT, JAVA_LONG);
  static final MethodHandle REPORT_SEND =
      handle(
          "ktsn_report_send", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle POLL_NEW = handle("ktsn_poll_new", USUAL, JAVA_INT);
  static final MethodHandle POLL_ADD =
      handle("ktsn_poll_add", USUAL, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle POLL_REMOVE =
      handle("ktsn_poll_remove", USUAL, JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle POLL_WAIT =
      handle("ktsn_poll_wait", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);
  static final MethodHandle NETLINK_OPEN =
      handle("ktsn_netlink_open", USUAL, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle NETLINK_SEND =
      handle("ktsn_netlink_send", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle NETLINK_RECEIVE =
      handle("ktsn_netlink_receive", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle NETLINK_NAMESPACE =
      handle("ktsn_netlink_namespace", USUAL, JAVA_INT, JAVA_INT);
  static final MethodHandle NETLINK_CHECKSUM_OFF =
      handle("ktsn_netlink_checksum_off", USUAL, JAVA_INT, JAVA_INT, JAVA_LONG);
  static final MethodHandle FUTEX_WAKE =
      handle("ktsn_futex_wake", USUAL, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle CLOSE = handle("ktsn_close", USUAL, JAVA_INT, JAVA_INT);

  private KtsnLibrary() {}

  /** Passes a result that is 0 or more; throws what the library says of any other. */
  static int check(int result) {
    if (result < 0) {
      throw new ForeignException(-result, error());
    }
    return result;
  }

  /** Returns the sentence for this thread's last failure. */
  static String error() {
    try {
      return string((MemorySegment) ERROR.invokeExact());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Reads a C string that the library owns. */
  static String string(MemorySegment address) {
    return address.reinterpret(4096).getString(0);
  }

  /** A downcall itself throws nothing; whatever it is, it is a defect. */
  static AssertionError unexpected(Throwable e) {
    return new AssertionError("native call failed", e);
  }

  private static MethodHandle handle(
      String name, Linker.Option[] options, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments), options);
  }

  private static MethodHandle handleVoid(String name, MemoryLayout... arguments) {
    return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
  }

  private static MemorySegment symbol(String name) {
    return SYMBOLS
        .find(name)
        .orElseThrow(
            () ->
                new ForeignException(
                    38,
                    "libktsn-native has no function " + name + "; build it anew: ./ktsn build"));
  }

  private static SymbolLookup load() {
    String file = System.getProperty(PROPERTY);
    if (file == null || !Files.isRegularFile(Path.of(file))) {
      throw new ForeignException(
          2,
          "libktsn-native.so is not at '"
              + file
              + "'; build it (./ktsn build) and name it with -D"
              + PROPERTY);
    }
    try {
      return SymbolLookup.libraryLookup(Path.of(file), Arena.global());
    } catch (IllegalArgumentException e) {
      throw new ForeignException(
          80,
          file
              + " can't be loaded: it needs the release of DPDK that it was compiled with; compile it for the"
              + " installed one (./ktsn build). 'ldd "
              + file
              + "' shows what is missing");
    }
  }
}
