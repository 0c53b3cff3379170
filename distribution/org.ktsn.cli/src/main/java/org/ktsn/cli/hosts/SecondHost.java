package org.ktsn.cli.hosts;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.TestPod;
import org.ktsn.cli.testbed.Testbed;

/**
 * The other host of a testbed: a network namespace with a pod, to which frames of the testbed's
 * talker go through a VXLAN tunnel. One thread.
 */
public final class SecondHost implements AutoCloseable {
  private static final int PATIENCE_TURNS = 100;
  private static final int PATIENCE_MS = 200;
  private static final long STARTING_MS = 120_000;

  private final Testbed testbed;
  private final Map<String, String> environment;
  private final Cleanup cleanup;
  private final Underlay underlay;
  private final FarHost far;

  /**
   * Makes nothing yet.
   *
   * @param ktsn whether it is a node of KTSN; else it has the kernel's VXLAN device
   * @param controls connects to the daemon that an environment names
   */
  public SecondHost(
      Testbed testbed,
      boolean ktsn,
      Function<Map<String, String>, Control> controls,
      Map<String, String> environment) {
    this.testbed = testbed;
    this.environment = environment;
    cleanup = Cleanup.within(testbed.cleanup());
    underlay = new Underlay(environment.getOrDefault("KTSN_INSTANCE", "ktsn"));
    far =
        ktsn
            ? new KtsnHost(underlay, controls, environment, testbed.library())
            : new KernelHost(underlay);
  }

  /**
   * Makes it, and waits until something has gone through the tunnel.
   *
   * @throws CommandFailure if nothing does
   */
  public void make() {
    Path run = Path.of(environment.getOrDefault("KTSN_RUN", "/run/ktsn"));
    OverlayPlan plan = OverlayPlan.of(talker());
    if (far instanceof KernelHost) {
      Underlay.run("ip netns add " + underlay.farHost());
      cleanup.add(() -> Underlay.run("ip netns del " + underlay.farHost()));
    }
    underlay.make(run.resolve("ovs"), cleanup);
    far.make(plan, cleanup);
    OverlayPlan.tell(run, Underlay.NEAR, Underlay.FAR, far.mac(), plan.listenerAddress(), cleanup);
    awaitPath();
  }

  /** Adds Flannel's way between the same pods; {@link #make} went before. */
  public TestPod.Pair addFlannel() {
    TestPod.Pair pods = new FlannelPath(underlay, pods()).make(cleanup);
    sendOne(pods);
    return pods;
  }

  /** Returns the talker's pod here and the listener's there; {@link #make} went before. */
  public TestPod.Pair pods() {
    return new TestPod.Pair(testbed.pods().talker(), far.pod());
  }

  /** One of the two hosts, if each is a node of KTSN. */
  public enum Side {
    /** The testbed's own. */
    NEAR,
    /** The other one. */
    FAR
  }

  /** Returns the name of a host's instance. */
  public String instance(Side side) {
    return side == Side.NEAR
        ? underlay.instance()
        : environment.getOrDefault("KTSN_FAR_INSTANCE", underlay.instance() + "2");
  }

  /** Returns a host's run directory. */
  public Path run(Side side) {
    return Path.of("/run", instance(side));
  }

  /** Kills a host's switch, as a crash would; returns when it has ended. */
  public void killSwitch(Side side) {
    Path pid = run(side).resolve("ovs/ovs-vswitchd.pid");
    try {
      ProcessHandle process =
          ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
      process.destroyForcibly();
      process.onExit().join();
    } catch (IOException | NoSuchElementException e) {
      throw new CommandFailure("There is no switch to kill by " + pid + ": " + e.getMessage(), e);
    }
  }

  /** Starts a host's switch again, as an operator does, and gives the underlay its address. */
  public void startSwitch(Side side) {
    String script =
        Optional.ofNullable(environment.get("KTSN_SCRIPT"))
            .orElseThrow(
                () ->
                    new CommandFailure("KTSN_SCRIPT is not set; run this as './ktsn bench' does."));
    String ignored =
        Child.run(
            "ktsn up",
            List.of("env", "KTSN_INSTANCE=" + instance(side), script, "up"),
            STARTING_MS);
    if (side == Side.NEAR) {
      underlay.configureNear();
    } else {
      underlay.configureFar();
    }
  }

  /** Returns what it has, as users write it. */
  public String receiver() {
    return far.receiver();
  }

  /** Returns how many frames have come through the tunnel, as far as they are counted. */
  public long arrived() {
    return far.arrived();
  }

  /** Sends ordinary datagrams now and then until one has gone through the tunnel. */
  private void awaitPath() {
    for (int turn = 0; turn < PATIENCE_TURNS; turn++) {
      sendOne(pods());
      Patience.sleepMs(PATIENCE_MS);
      if (far.arrived() > 0) {
        return;
      }
    }
    throw new CommandFailure(
        "Nothing gets from the talker's host to the listener's within "
            + PATIENCE_TURNS * PATIENCE_MS / 1000
            + " s; 'ktsn shell ktsn:networks' and the switch's log tell what is in force.");
  }

  private void sendOne(TestPod.Pair pods) {
    List<String> word =
        pods.talker()
            .command(
                List.of(
                    testbed.programs().resolve("talker").toString(),
                    "--to",
                    pods.listener().address() + ":9",
                    "--frames",
                    "1",
                    "--mode",
                    "sleep"));
    try (Cleanup running = Cleanup.within(cleanup)) {
      Child.start("talker", word, line -> {}, running).awaitAnyEnd(5_000);
    }
  }

  private JsonObject talker() {
    for (JsonElement pod : testbed.control().json("ktsn:pods").getAsJsonArray()) {
      if (pod.getAsJsonObject().get("name").getAsString().equals("talker")) {
        return pod.getAsJsonObject();
      }
    }
    throw new CommandFailure("The daemon has no pod 'talker'; its log tells why.");
  }

  @Override
  public void close() {
    cleanup.close();
  }
}
