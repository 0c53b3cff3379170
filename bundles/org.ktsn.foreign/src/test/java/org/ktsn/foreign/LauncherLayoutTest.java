package org.ktsn.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Compares {@link LauncherLayout} with what the C compiler makes of ktsn_native.h. */
final class LauncherLayoutTest {
  @Test
  void shouldAgreeWithTheHeaderInEveryOffset() throws IOException {
    Map<String, Integer> header = dump();
    Map<String, Integer> java = new HashMap<>();
    java.put("KTSN_LAUNCH_RING", LauncherLayout.RING);
    java.put("KTSN_SENT", Launcher.SENT);
    java.put("KTSN_MISSED", Launcher.MISSED);
    java.put("KTSN_REFUSED", Launcher.REFUSED);
    java.put("KTSN_RETURNED", Launcher.RETURNED);
    java.put("sizeof.ktsn_launch", LauncherLayout.LAUNCH);
    java.put("ktsn_launch.frame", LauncherLayout.LAUNCH_FRAME);
    java.put("ktsn_launch.port", LauncherLayout.LAUNCH_PORT);
    java.put("ktsn_launch.instant_ns", LauncherLayout.LAUNCH_INSTANT);
    java.put("ktsn_launch.not_after_ns", LauncherLayout.LAUNCH_NOT_AFTER);
    java.put("ktsn_launch.duration_ns", LauncherLayout.LAUNCH_DURATION);
    java.put("ktsn_launch.number", LauncherLayout.LAUNCH_NUMBER);
    java.put("ktsn_launch.length", LauncherLayout.LAUNCH_LENGTH);
    java.put("ktsn_launch.queue", LauncherLayout.LAUNCH_QUEUE);
    java.put("ktsn_launch.collected", LauncherLayout.LAUNCH_COLLECTED);
    java.put("sizeof.ktsn_completion", LauncherLayout.COMPLETION);
    java.put("ktsn_completion.number", LauncherLayout.COMPLETION_NUMBER);
    java.put("ktsn_completion.outcome", LauncherLayout.COMPLETION_OUTCOME);
    java.put("ktsn_completion.spun", LauncherLayout.COMPLETION_SPUN);
    java.put("ktsn_completion.actual_ns", LauncherLayout.COMPLETION_ACTUAL);
    java.put("ktsn_completion.instant_ns", LauncherLayout.COMPLETION_INSTANT);
    java.put("ktsn_completion.frame", LauncherLayout.COMPLETION_FRAME);
    java.put("sizeof.ktsn_launcher", LauncherLayout.OCTETS);
    java.put("ktsn_launcher.submitted", LauncherLayout.SUBMITTED);
    java.put("ktsn_launcher.taken", LauncherLayout.TAKEN);
    java.put("ktsn_launcher.completed", LauncherLayout.COMPLETED);
    java.put("ktsn_launcher.collected", LauncherLayout.COLLECTED);
    java.put("ktsn_launcher.asleep_until_ns", LauncherLayout.ASLEEP_UNTIL);
    java.put("ktsn_launcher.command", LauncherLayout.COMMAND);
    java.put("ktsn_launcher.drained", LauncherLayout.DRAINED);
    java.put("ktsn_launcher.running", LauncherLayout.RUNNING);
    java.put("ktsn_launcher.margin_ns", LauncherLayout.MARGIN);
    java.put("ktsn_launcher.spun_ns", LauncherLayout.SPUN);
    java.put("ktsn_launcher.slept_ns", LauncherLayout.SLEPT);
    java.put("ktsn_launcher.bell", LauncherLayout.BELL);
    java.put("ktsn_launcher.planner", LauncherLayout.PLANNER);
    java.put("ktsn_launcher.submission", LauncherLayout.SUBMISSIONS);
    java.put("ktsn_launcher.completion", LauncherLayout.COMPLETIONS);
    java.put("sizeof.ktsn_peer", SeqpacketListener.PEER);
    java.put("ktsn_peer.network", SeqpacketListener.PEER_NETWORK);
    java.put("ktsn_peer.process", SeqpacketListener.PEER_PROCESS);
    java.put("ktsn_peer.user", SeqpacketListener.PEER_USER);
    java.put("ktsn_peer.passes_descriptors", SeqpacketListener.PEER_PASSES_DESCRIPTORS);
    java.put("KTSN_PORT_DATES_FRAMES", NativePort.DATES_FRAMES);
    java.put("sizeof.ktsn_port_status", NativePort.STATUS_OCTETS);
    java.put("ktsn_port_status.sent_frames", NativePort.STATUS_SENT_FRAMES);
    java.put("ktsn_port_status.sent_octets", NativePort.STATUS_SENT_OCTETS);
    java.put("ktsn_port_status.failed_frames", NativePort.STATUS_FAILED_FRAMES);
    java.put("ktsn_port_status.link_up", NativePort.STATUS_LINK_UP);
    java.put("ktsn_port_status.capabilities", NativePort.STATUS_CAPABILITIES);
    assertEquals(header, java);
  }

  private static Map<String, Integer> dump() throws IOException {
    Path program = Path.of(System.getProperty("ktsn.root"), "native/build/layout_dump");
    Process process = new ProcessBuilder(program.toString()).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    Map<String, Integer> values = new HashMap<>();
    text.lines()
        .map(line -> line.split(" ", -1))
        .forEach(pair -> values.put(pair[0], Integer.parseInt(pair[1])));
    return values;
  }
}
