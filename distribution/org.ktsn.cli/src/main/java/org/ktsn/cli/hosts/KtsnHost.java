package org.ktsn.cli.hosts;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.TestPod;

/** The other host as another node of KTSN, with a switch and a KTSNd of its own. */
final class KtsnHost implements FarHost {
  private final Underlay underlay;
  private final String instance;
  private final Path run;
  private final Control control;
  private final Path library;
  private Optional<JsonObject> attached = Optional.empty();

  /**
   * Finds the other node, which is up.
   *
   * @param environment the process's; {@code KTSN_FAR_INSTANCE} is that node's name
   * @param library LibKTSN
   */
  KtsnHost(
      Underlay underlay,
      Function<Map<String, String>, Control> controls,
      Map<String, String> environment,
      Path library) {
    this.underlay = underlay;
    this.library = library;
    instance =
        Optional.ofNullable(environment.get("KTSN_FAR_INSTANCE"))
            .orElseThrow(
                () ->
                    new CommandFailure(
                        "KTSN_FAR_INSTANCE is not set; run this as './ktsn demo' does."));
    run = Path.of("/run", instance);
    Map<String, String> there = new HashMap<>(environment);
    there.put("KTSN_INSTANCE", instance);
    there.put("KTSN_RUN", run.toString());
    control = controls.apply(there);
  }

  @Override
  public String receiver() {
    return "ktsn";
  }

  @Override
  public void make(OverlayPlan network, Cleanup cleanup) {
    underlay.endAtSwitch(run.resolve("ovs"), cleanup);
    OverlayPlan.tell(
        run, Underlay.FAR, Underlay.NEAR, network.talkerMac(), network.talkerAddress(), cleanup);
    attached =
        Optional.of(
            control
                .json(
                    "ktsn:pod-add listener --address "
                        + network.listenerAddress()
                        + "/"
                        + network.prefix())
                .getAsJsonObject());
    cleanup.add(() -> control.run("ktsn:pod-del listener"));
  }

  @Override
  public TestPod pod() {
    return TestPod.fromJson(attached.orElseThrow(), library);
  }

  @Override
  public String mac() {
    return attached.orElseThrow().get("mac").getAsString();
  }

  @Override
  public long arrived() {
    String ports =
        Underlay.run("ovs-ofctl --timeout=10 -O OpenFlow13 --names dump-ports " + socket());
    Matcher received = Pattern.compile("x0-" + instance + "\"?:\\s+rx pkts=(\\d+)").matcher(ports);
    return received.find() ? Long.parseLong(received.group(1)) : 0;
  }

  private Path socket() {
    return run.resolve("ovs/br-" + instance + ".mgmt");
  }
}
