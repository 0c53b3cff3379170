package org.ktsn.shell;

import com.google.gson.JsonArray;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.ingress.ChannelMonitor;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;
import org.ktsn.api.stats.FlowStatus;
import org.ktsn.api.time.TaiClock;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:pods}: the attached pods; with a name one of them in detail. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=pods",
      "ktsn.usage=" + PodsCommand.USAGE,
      "ktsn.description=lists the attached pods, or shows one in detail"
    })
public final class PodsCommand implements Function {
  static final String USAGE = "pods [NAME] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final Path PROCESSES = Path.of("/proc");

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile ChannelMonitor channels;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile TaiClock clock;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    PodService service = Service.need(pods, "pods");
    return given.operands().isEmpty()
        ? list(service.pods(), given.json())
        : inDetail(service, PodNames.find(service.pods(), given.operand(0)), given.json());
  }

  private String list(List<Pod> attached, boolean json) {
    Map<Integer, PodStatus> counters = counters();
    List<PodView> views =
        attached.stream().map(pod -> view(pod, counters, List.of(), List.of(), List.of())).toList();
    if (json) {
      JsonArray array = new JsonArray();
      views.forEach(view -> array.add(PodJson.of(view)));
      return Json.write(array);
    }
    return views.isEmpty()
        ? "no pod is attached; ktsn:pod-add NAME attaches one\n"
        : PodText.table(views);
  }

  private String inDetail(PodService service, Pod pod, boolean json) {
    DataplaneMonitor monitor = dataplane;
    List<FlowStatus> flows =
        monitor == null
            ? List.of()
            : monitor.flows().stream().filter(flow -> flow.pod() == pod.number()).toList();
    PodView view =
        view(
            pod,
            counters(),
            flows,
            service.differences(pod.name()),
            new OtherPrograms(PROCESSES).in(pod.networkNamespace()));
    if (json) {
      return Json.write(PodJson.inDetail(view));
    }
    TaiClock present = clock;
    return PodText.inDetail(
        view, present == null ? OptionalLong.empty() : OptionalLong.of(present.nowNs()));
  }

  private Map<Integer, PodStatus> counters() {
    DataplaneMonitor monitor = dataplane;
    return monitor == null
        ? Map.of()
        : monitor.pods().stream().collect(Collectors.toMap(PodStatus::pod, status -> status));
  }

  private PodView view(
      Pod pod,
      Map<Integer, PodStatus> counters,
      List<FlowStatus> flows,
      List<String> differences,
      List<OtherPrograms.OtherProgram> others) {
    ChannelMonitor ingress = channels;
    Optional<ChannelStatus> channel =
        ingress == null ? Optional.empty() : ingress.channel(pod.number());
    PodStatus none = new PodStatus(pod.number(), 0, 0, 0, 0, 0, Map.of());
    return new PodView(
        pod,
        channel,
        dataplane == null
            ? Optional.empty()
            : Optional.of(counters.getOrDefault(pod.number(), none)),
        flows,
        differences,
        others);
  }
}
