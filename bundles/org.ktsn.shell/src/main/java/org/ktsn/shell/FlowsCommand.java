package org.ktsn.shell;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.time.TaiClock;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:flows}: who sends what, and why frames were late. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=flows",
      "ktsn.usage=" + FlowsCommand.USAGE,
      "ktsn.description=shows who sends what, and why frames were late; KEY is rate, late or recent"
    })
public final class FlowsCommand implements Function {
  static final String USAGE = "flows [POD] [--sort KEY] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile TaiClock clock;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    Comparator<FlowStatus> order = order(given.options().getOrDefault("--sort", "rate"));
    List<FlowStatus> flows = Service.need(dataplane, "a data plane").flows();
    if (given.operands().isEmpty()) {
      PodService present = pods;
      Map<Integer, String> names =
          present == null
              ? Map.of()
              : present.pods().stream()
                  .collect(Collectors.toMap(Pod::number, Pod::name, (a, b) -> b));
      return print(flows.stream().sorted(order).toList(), names, true, given.json());
    }
    Pod pod = PodNames.find(Service.need(pods, "pods").pods(), given.operand(0));
    List<FlowStatus> ofPod =
        flows.stream().filter(flow -> flow.pod() == pod.number()).sorted(order).toList();
    return print(ofPod, Map.of(pod.number(), pod.name()), false, given.json());
  }

  private static Comparator<FlowStatus> order(String key) {
    Comparator<FlowStatus> byRate =
        Comparator.comparingDouble(FlowStatus::bitsPerSecond)
            .thenComparingDouble(FlowStatus::framesPerSecond)
            .thenComparingLong(FlowStatus::received)
            .reversed();
    return switch (key) {
      case "rate" -> byRate;
      case "late" ->
          Comparator.comparingLong(FlowStatus::lateFrames).reversed().thenComparing(byRate);
      case "recent" -> Comparator.comparingLong(FlowStatus::lastSeenNs).reversed();
      default ->
          throw new CommandException(
              "'" + key + "' is nothing to sort flows by; give rate, late or recent");
    };
  }

  private String print(
      List<FlowStatus> flows, Map<Integer, String> names, boolean namePods, boolean json) {
    if (json) {
      return Json.write(FlowJson.of(flows, names));
    }
    if (flows.isEmpty()) {
      return "no datagram with a launch time has come yet\n";
    }
    TaiClock present = clock;
    OptionalLong nowNs = present == null ? OptionalLong.empty() : OptionalLong.of(present.nowNs());
    Optional<Map<Integer, String>> shown = namePods ? Optional.of(names) : Optional.empty();
    String reasons = FlowText.allReasons(flows, shown);
    return FlowText.table(flows, shown, nowNs) + (reasons.isEmpty() ? "" : "\n" + reasons);
  }
}
