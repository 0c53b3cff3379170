package org.ktsn.cli.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Instance;
import org.ktsn.cli.demo.PtpPair.Side;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Flow;
import org.ktsn.cli.testbed.FlowResult;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.Testbed;

/**
 * A real ptp4l pair beside the run: KTSNd watches the slave, and what it holds of the clock
 * meanwhile is shown.
 */
final class PtpSideshow implements Sideshow {
  private static final String PID = "org.ktsn.clock.ptp";
  private static final String COMMAND = "ktsn:ptp";
  private static final long ASK_EVERY_NS = 1_000_000_000L;
  private static final long SYNCHRONISED_LIMIT_NS = 15_000_000_000L;
  private static final int LOOK_EVERY_MS = 100;

  private final Testbed testbed;
  private final String instance;
  private final Cleanup running;
  private final ClockRecord history = new ClockRecord();
  private final List<String> faults = new ArrayList<>();
  private Optional<PtpPair> pair = Optional.empty();
  private Optional<ClockInForce> clock = Optional.empty();
  private long baseNs;
  private long askedNs;
  private boolean unanswered;

  /**
   * Makes one; nothing is started yet.
   *
   * @param environment the process's: {@code KTSN_INSTANCE} names the namespaces
   */
  PtpSideshow(Testbed testbed, Map<String, String> environment) {
    this.testbed = testbed;
    instance = Instance.of(environment).name();
    running = Cleanup.within(testbed.cleanup());
  }

  /**
   * Starts the pair and waits until KTSNd finds the clock synchronised.
   *
   * @throws CommandFailure if it does not within 15 s
   */
  @Override
  public void prepare() {
    PtpPair started = PtpPair.start(instance, testbed.work(), running);
    pair = Optional.of(started);
    Path socket = started.socket(Side.SLAVE);
    ConfigurationChange.make(testbed.control(), PID, settings(socket), running);
    awaitSynchronised(started, socket);
  }

  /** Software time stamps on a machine that is at work: wide bounds, and asked often. */
  private static Map<String, String> settings(Path socket) {
    return Map.of(
        "instances", "demo socket=" + socket + " free.running=true",
        "poll.interval.ms", "200",
        "offset.enter.ns", "200000",
        "offset.leave.ns", "1000000",
        "offset.wrong.ns", "100000000");
  }

  private void awaitSynchronised(PtpPair started, Path socket) {
    long limit = System.nanoTime() + SYNCHRONISED_LIMIT_NS;
    String last = "KTSNd does not watch it yet";
    while (System.nanoTime() - limit < 0) {
      started
          .complaint()
          .ifPresent(
              sentence -> {
                throw new CommandFailure(sentence);
              });
      try {
        JsonObject answer = ask();
        if (watches(answer, socket)) {
          String state = answer.get("state").getAsString();
          if (state.equals("synchronised")) {
            history.takeChanges(answer);
            return;
          }
          last = "it is " + state + because(answer);
        }
      } catch (CommandFailure e) {
        last = e.getMessage(); // the monitor is just starting with its new configuration
      }
      Patience.sleepMs(LOOK_EVERY_MS);
    }
    throw new CommandFailure(
        "The clock is not synchronised to the ptp4l pair within "
            + SYNCHRONISED_LIMIT_NS / 1_000_000_000L
            + " s: "
            + last
            + ". This machine may be too busy; try again.");
  }

  /** Tells whether the answer is of our slave, and not of a ptp4l that this machine has anyway. */
  private static boolean watches(JsonObject answer, Path socket) {
    return answer.getAsJsonArray("instances").asList().stream()
        .map(each -> each.getAsJsonObject().get("socket").getAsString())
        .anyMatch(text -> text.startsWith(socket.toString()));
  }

  private static String because(JsonObject answer) {
    List<JsonElement> reasons = answer.getAsJsonArray("reasons").asList();
    return reasons.isEmpty()
        ? ""
        : ", " + reasons.getFirst().getAsJsonObject().get("sentence").getAsString();
  }

  @Override
  public void begin(Flow flow, long firstNs) {
    baseNs = firstNs;
    askedNs = firstNs - ASK_EVERY_NS;
  }

  @Override
  public void look(long nowNs) {
    if (nowNs - ASK_EVERY_NS >= askedNs) {
      askedNs = nowNs;
      sample();
    }
  }

  private void sample() {
    try {
      history.take(ask());
    } catch (CommandFailure e) {
      if (!unanswered) {
        faults.add(COMMAND + " could not be asked in the middle of the run: " + e.getMessage());
      }
      unanswered = true;
    }
  }

  private JsonObject ask() {
    return testbed.control().json(COMMAND).getAsJsonObject();
  }

  @Override
  public void end(FlowResult result) {
    sample();
    pair.flatMap(PtpPair::complaint).ifPresent(faults::add);
    clock = Optional.of(history.between(baseNs, baseNs + result.flow().lengthNs()));
  }

  @Override
  public List<String> lines() {
    return clock.map(ClockInForce::lines).orElse(List.of());
  }

  @Override
  public void addTo(JsonObject report) {
    clock.ifPresent(known -> report.add("clock", known.toJson()));
  }

  @Override
  public List<String> faults() {
    return List.copyOf(faults);
  }

  @Override
  public void close() {
    running.close();
  }
}
