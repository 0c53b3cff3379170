package org.ktsn.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server with the real tsn-cni before it. */
@Timeout(60)
class CniServerTest {
  private static final Path PLUGIN = Path.of(System.getProperty("ktsn.root"), "cni/build/tsn-cni");

  private static final String NOTHING = "0 pods, 0 records, 0 devices, 0 addresses";

  @TempDir private Path directory;
  private Bench bench;
  private Path socket;
  private CniServer server;

  @BeforeEach
  void begin() throws IOException {
    assertTrue(
        Files.isExecutable(PLUGIN),
        PLUGIN + " is not built; run: make -C " + PLUGIN.resolve("../.."));
    bench = new Bench(directory);
    socket = directory.resolve("cni.sock");
    server = new CniServer(socket, bench.handler);
    bench.pending.announce(directory.resolve("cni.pending"));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    assertFalse(Files.exists(socket));
  }

  @Test
  void shouldBeOpenToItsOwnerOnly() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
  }

  @Test
  void shouldAttachAndDetachThroughThePlugin() throws Exception {
    Map<String, String> environment = bench.environment("ADD");
    environment.put("CNI_ARGS", "K8S_POD_NAME=r\u00f6bot");
    CniHandler.Reply added = plugin(environment, Bench.config("1.1.0").toString());
    assertEquals(0, added.exitCode(), added.output());
    ResultForm.checkResult(JsonParser.parseString(added.output()).getAsJsonObject(), "1.1.0");
    CniHandler.Reply again = plugin(environment, Bench.config("1.1.0").toString());
    assertEquals(1, again.exitCode());
    ResultForm.checkError(
        JsonParser.parseString(again.output()).getAsJsonObject(), "1.1.0", 100, "already");
    environment.put("CNI_COMMAND", "DEL");
    CniHandler.Reply deleted = plugin(environment, Bench.config("1.1.0").toString());
    assertEquals(new CniHandler.Reply(0, ""), deleted);
    awaitNothingLeft();
  }

  @Test
  void shouldTakeTheSocketOverFromAKilledKtsnd() throws Exception {
    CniServer former = server;
    server = new CniServer(socket, bench.handler);
    former.close();
    assertTrue(Files.exists(socket), "the successor's socket stays");
    assertEquals(
        0, plugin(bench.environment("STATUS"), Bench.config("1.1.0").toString()).exitCode());
  }

  @Test
  void shouldRefuseInputThatIsNotUtf8() throws Exception {
    CniHandler.Reply reply =
        plugin(
            bench.environment("ADD"),
            "{\"cniVersion\":\"1.1.0\",\"name\":\"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1));
    JsonObject error = JsonParser.parseString(reply.output()).getAsJsonObject();
    assertEquals(6, error.get("code").getAsInt());
  }

  @Test
  void shouldSurviveWhatIsNotARequest() throws Exception {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      byte[] octets = new byte[random.nextInt(64)];
      random.nextBytes(octets);
      if (round % 2 == 0 && octets.length >= 8) {
        System.arraycopy("KTSNCNI1".getBytes(StandardCharsets.US_ASCII), 0, octets, 0, 8);
      }
      try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        client.connect(UnixDomainSocketAddress.of(socket));
        client.write(ByteBuffer.wrap(octets));
      }
    }
    assertEquals(
        0, plugin(bench.environment("STATUS"), Bench.config("1.1.0").toString()).exitCode());
  }

  @Test
  void shouldAttachThoughThePluginWasKilledMeanwhile() throws Exception {
    Object gate = new Object();
    boolean[] reached = new boolean[1];
    boolean[] open = new boolean[1];
    bench.addresses.before =
        () -> {
          synchronized (gate) {
            reached[0] = true;
            gate.notifyAll();
            while (!open[0]) {
              try {
                gate.wait();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
          }
        };
    Process process = start(bench.environment("ADD"));
    try (OutputStream in = process.getOutputStream()) {
      in.write(Bench.config("1.1.0").toString().getBytes(StandardCharsets.UTF_8));
    }
    synchronized (gate) {
      while (!reached[0]) {
        gate.wait();
      }
    }
    process.destroyForcibly().waitFor();
    synchronized (gate) {
      open[0] = true;
      gate.notifyAll();
    }
    // DEL waits for the ADD that is at work, and then removes what it made.
    CniHandler.Reply deleted = plugin(bench.environment("DEL"), Bench.config("1.1.0").toString());
    assertEquals(0, deleted.exitCode(), deleted.output());
    awaitNothingLeft();
  }

  @Test
  void shouldBringRequestsAtWorkToTheirEndBeforeItCloses() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch open = new CountDownLatch(1);
    bench.addresses.before =
        () -> {
          reached.countDown();
          try {
            open.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    FutureTask<CniHandler.Reply> adding =
        new FutureTask<>(() -> plugin(bench.environment("ADD"), Bench.config("1.1.0").toString()));
    Thread.ofPlatform().start(adding);
    reached.await();
    FutureTask<Void> closing =
        new FutureTask<>(
            () -> {
              server.close();
              return null;
            });
    Thread.ofPlatform().start(closing);
    while (Files.exists(socket)) {
      Thread.onSpinWait();
    }
    assertFalse(closing.isDone(), "it waits for the ADD");
    open.countDown();
    closing.get(30, TimeUnit.SECONDS);
    CniHandler.Reply added = adding.get(30, TimeUnit.SECONDS);
    assertEquals(0, added.exitCode(), added.output());
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
    Map<String, String> impatient = bench.environment("STATUS");
    impatient.put("KTSN_CNI_STATUS_WAIT_MS", "0");
    CniHandler.Reply late = plugin(impatient, Bench.config("1.1.0").toString());
    ResultForm.checkError(
        JsonParser.parseString(late.output()).getAsJsonObject(), "1.1.0", 50, "KTSNd is away");
  }

  @Test
  void shouldDoOnceWhatWasToBeRemovedWhileItWasAway() throws Exception {
    bench.add("1.1.0");
    server.close();
    bench.addresses.asked.clear();
    CniHandler.Reply deleted = plugin(bench.environment("DEL"), Bench.config("1.1.0").toString());
    assertEquals(new CniHandler.Reply(0, ""), deleted);
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
    revive();
    bench.leftovers.look(0);
    assertEquals(NOTHING, bench.left());
    assertEquals(List.of(), bench.pending.all());
    revive();
    bench.leftovers.look(Leftovers.PERIOD_NS);
    assertEquals(List.of("DEL"), bench.addresses.asked);
  }

  @Test
  void shouldKeepAnAttachmentThatFollowedADeletionNobodyAnswered() throws Exception {
    bench.add("1.1.0");
    server.close();
    plugin(bench.environment("DEL"), Bench.config("1.1.0").toString());
    bench.addresses.asked.clear();
    revive();
    CniHandler.Reply added = plugin(bench.environment("ADD"), Bench.config("1.1.0").toString());
    assertEquals(0, added.exitCode(), added.output());
    bench.leftovers.look(0);
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
    assertEquals(List.of("DEL", "ADD"), bench.addresses.asked);
  }

  /** The plugin gave up and wrote it down, and the ADD has seen to that. */
  @Test
  void shouldNotUndoAnAttachmentByADeletionThatNobodyWaitsForAnyMore() throws Exception {
    bench.add("1.1.0");
    AtomicReference<Thread> late = new AtomicReference<>();
    bench.attachments.exclusively(
        "c1.tsn0",
        () -> {
          late.set(deleteInVain());
          return bench.add("1.1.0");
        });
    late.get().join();
    assertEquals("1 pods, 1 records, 1 devices, 1 addresses", bench.left());
    assertEquals(List.of("ADD", "DEL", "ADD"), bench.addresses.asked);
    assertEquals(List.of(), bench.pending.all());
  }

  /** As tsn-cni does while another request is at the attachment; returns who has it at KTSNd. */
  private Thread deleteInVain() {
    Set<Thread> others = requests();
    Set<Thread> mine = Set.of();
    String config = Bench.config("1.1.0").toString();
    try {
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        client.write(ByteBuffer.wrap(Bench.request(bench.environment("DEL"), config)));
        while (mine.isEmpty()) { // as long as the test may last
          mine = requests();
          mine.removeAll(others);
        }
      }
      bench.writeDown("c1@tsn0", bench.environment("DEL"), config);
      return mine.iterator().next();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<Thread> requests() {
    Set<Thread> requests = new HashSet<>(Thread.getAllStackTraces().keySet());
    requests.removeIf(thread -> !thread.getName().equals("ktsn-cni-request"));
    return requests;
  }

  /** As {@link CniComponent} does when KTSNd is back, but for the looking. */
  private void revive() throws IOException {
    server.close();
    bench.restart();
    server = new CniServer(socket, bench.handler);
    bench.pending.announce(directory.resolve("cni.pending"));
  }

  /** A DEL that takes long is done behind the plugin's back. */
  private void awaitNothingLeft() throws IOException {
    while (!bench.left().equals(NOTHING)) { // as long as the test may last
      bench.leftovers.look(System.nanoTime());
      Thread.onSpinWait();
    }
  }

  private Process start(Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(PLUGIN.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("KTSN_CNI_SOCKET", socket.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  private CniHandler.Reply plugin(Map<String, String> environment, String input) throws Exception {
    return plugin(environment, input.getBytes(StandardCharsets.UTF_8));
  }

  private CniHandler.Reply plugin(Map<String, String> environment, byte[] input) throws Exception {
    Process process = start(environment);
    try (OutputStream in = process.getOutputStream()) {
      in.write(input);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return new CniHandler.Reply(process.exitValue(), output);
  }
}
