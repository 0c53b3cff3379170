package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * In the pod {@code clumsy} programs crash, stop, freeze and die in the midst of sending, and one
 * tries to take the pages of the ring away: neither a program beside them, which uses the same
 * ring, nor another pod loses a datagram. {@code crash.c} and {@code hostile.c} are what they run.
 */
@ExtendWith(Node.class)
final class NeighboursSystemTest {
  private static final Path CRASH = Node.ROOT.resolve("itests/target/crash");
  private static final Path HOSTILE = Node.ROOT.resolve("itests/target/hostile-neighbour");
  private static final Pattern CRASHES =
      Pattern.compile("killed (\\d+), stopped (\\d+), refused (\\d+), frozen (\\d+)");

  /** How long it goes on. */
  private static final int SECONDS = Integer.getInteger("ktsn.neighbours.seconds", 8);

  private static final int SENT = (SECONDS + 2) * 1000;

  private static Node node;
  private static String dave;

  @BeforeAll
  static void begin() {
    node = Node.node();
    compile("crash.c", CRASH);
    compile("hostile.c", HOSTILE);
    node.attach("clumsy");
    dave = node.attach("dave");
  }

  private static void compile(String source, Path program) {
    Command.start(
            Map.of(),
            List.of(
                "cc",
                "-O2",
                "-pthread",
                "-D_GNU_SOURCE",
                "-I" + Node.ROOT.resolve("shim/include"),
                "-o",
                program.toString(),
                Node.ROOT.resolve("itests/src/test/c").resolve(source).toString()))
        .end(60)
        .expect(0);
  }

  @AfterAll
  static void end() {
    node.shell("ktsn:pod-del clumsy");
    node.shell("ktsn:pod-del dave");
  }

  /**
   * 1 kHz, each datagram well ahead of its launch time; real-time, so that it is not the talker who
   * is late on a busy machine.
   */
  private static Command talk(String pod, String to, int count) {
    return node.exec(
        pod,
        "chrt",
        "-f",
        "10",
        Node.SEND.toString(),
        "--to",
        to,
        "--port",
        "5000",
        "--priority",
        "5",
        "--count",
        Integer.toString(count),
        "--interval-us",
        "1000",
        "--stamp-ms",
        "300");
  }

  private static int expectCrashes(Command crashes) {
    String said = crashes.end(SECONDS + 10).expect(0).out();
    Matcher counts = CRASHES.matcher(said);
    assertTrue(counts.find(), said);
    assertTrue(Integer.parseInt(counts.group(2)) > 0, said);
    assertTrue(Integer.parseInt(counts.group(4)) > 0, crashes.text());
    assertEquals(counts.group(1), counts.group(3), "each was answered with EFAULT: " + said);
    return Integer.parseInt(counts.group(1));
  }

  private static void expectAll(Capture capture, String whose) {
    int all = 50 + SENT;
    try {
      assertEquals(all, capture.frames(all).size(), whose);
    } catch (AssertionError e) {
      int there = capture.frames(0).size();
      String dropped = node.stats().get("drops").toString();
      throw new AssertionError(there + " of " + all + " " + whose + ", dropped: " + dropped, e);
    }
  }

  @Test
  void shouldLoseNothingBesideProgramsThatCrashAndStopAndPunch() {
    String socket = Node.RUN.resolve("pods/clumsy/app.sock").toString();
    try (Capture atBob = new Capture(node, "bob", "udp port 5000");
        Capture atDave = new Capture(node, "dave", "udp port 5000")) {
      talk("alice", node.bob(), 50).end(20).expect(0); // the way is known
      talk("clumsy", dave, 50).end(20).expect(0);
      atBob.frames(50);
      atDave.frames(50);
      Command neighbour = talk("alice", node.bob(), SENT);
      Command beside = talk("clumsy", dave, SENT);
      String seconds = Integer.toString(SECONDS);
      Command crashes = node.exec("clumsy", CRASH.toString(), dave, "5001", seconds);
      Command punches =
          node.inNetwork("clumsy", HOSTILE.toString(), "punch", socket, seconds).end(SECONDS + 10);
      assertTrue(expectCrashes(crashes) > 10);
      assertTrue(punches.expect(0).out().startsWith("punched 0 of "), punches.out());
      neighbour.end(SECONDS + 20).expect(0);
      beside.end(SECONDS + 20).expect(0);
      expectAll(atBob, "of the other pod's");
      expectAll(atDave, "of the program beside them");
    }
  }
}
