package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.binder.SwitchBinder;
import org.ktsn.api.binder.SwitchProgram;
import org.ktsn.api.binder.SwitchProgram.Drop;
import org.ktsn.api.binder.SwitchProgram.Node;
import org.ktsn.api.binder.SwitchProgram.PodPort;
import org.ktsn.api.binder.SwitchProgram.RemotePod;
import org.ktsn.api.binder.SwitchStatus;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodService;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:ovs}: what is programmed on the switch, by pod and node, and what it has counted. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=ovs",
      "ktsn.usage=" + OvsCommand.USAGE,
      "ktsn.description=shows what is programmed on the switch, by pod and node, and what it dropped"
    })
public final class OvsCommand implements Function {
  static final String USAGE = "ovs [POD-OR-NODE] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile SwitchBinder binder;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    SwitchBinder present = Service.need(binder, "a switch");
    SwitchStatus status = present.status();
    SwitchProgram program = present.program();
    Map<String, String> names = names();
    if (!given.operands().isEmpty()) {
      program = only(program, given.operand(0), names);
    }
    return given.json() ? json(status, program, names) : text(status, program, names);
  }

  /** Returns the pods' names by their ports. */
  private Map<String, String> names() {
    Map<String, String> names = new HashMap<>();
    PodService service = pods;
    if (service != null) {
      for (Pod pod : service.pods()) {
        names.put(pod.switchPort(), pod.name());
      }
    }
    return names;
  }

  /** Returns what is about one pod, here or elsewhere, or about one node. */
  private static SwitchProgram only(SwitchProgram of, String name, Map<String, String> names) {
    Predicate<String> port = each -> name.equals(each) || name.equals(names.get(each));
    List<RemotePod> remote =
        of.remotePods().stream()
            .filter(each -> each.node().equals(name) || each.pod().equals(name))
            .toList();
    List<Node> nodes =
        of.nodes().stream()
            .filter(
                each ->
                    each.name().equals(name)
                        || remote.stream().anyMatch(pod -> pod.node().equals(each.name())))
            .toList();
    List<PodPort> ports = of.ports().stream().filter(each -> port.test(each.port())).toList();
    if (ports.isEmpty() && nodes.isEmpty()) {
      throw new CommandException(
          "the switch has nothing of a pod or node '"
              + name
              + "'; ktsn:pods and ktsn:nodes list them");
    }
    return new SwitchProgram(
        ports,
        nodes,
        remote,
        of.drops().stream().filter(each -> port.test(each.from())).toList(),
        of.differences(),
        of.movedMacs());
  }

  private static String text(
      SwitchStatus status, SwitchProgram program, Map<String, String> names) {
    StringBuilder text =
        new StringBuilder()
            .append("bridge ")
            .append(status.bridge())
            .append(", Open vSwitch ")
            .append(status.version())
            .append(
                program.differences().isEmpty()
                    ? ": as it should be\n"
                    : ": not as it should be\n");
    program.differences().forEach(each -> text.append("  ").append(each).append('\n'));
    addPorts(text, program, names);
    addNodes(text, program);
    addDrops(text, program, names);
    program
        .movedMacs()
        .ifPresent(
            count ->
                text.append('\n')
                    .append("MAC addresses learned at another port than before: ")
                    .append(count)
                    .append('\n'));
    return text.toString();
  }

  private static void addPorts(
      StringBuilder text, SwitchProgram program, Map<String, String> names) {
    if (program.ports().isEmpty()) {
      return;
    }
    Table table = new Table("POD", "PORT", "RULES", "LET THROUGH", "DROPPED");
    for (PodPort port : program.ports()) {
      long dropped =
          program.drops().stream()
              .filter(drop -> drop.from().equals(port.port()))
              .mapToLong(Drop::frames)
              .sum();
      table.row(
          names.getOrDefault(port.port(), "-"),
          port.port(),
          port.rules(),
          port.letThroughFrames(),
          dropped);
    }
    text.append('\n').append(table);
  }

  private static void addNodes(StringBuilder text, SwitchProgram program) {
    if (program.nodes().isEmpty()) {
      return;
    }
    Table nodes = new Table("NODE", "TUNNEL", "REACHED");
    for (Node node : program.nodes()) {
      nodes.row(node.name(), node.tunnel(), (node.reached() ? "" : "NO: ") + node.way());
    }
    text.append('\n').append(nodes);
    if (!program.remotePods().isEmpty()) {
      Table pods = new Table("NODE", "POD", "RULES", "SENT TO IT", "ASKED FOR IT", "CAME FROM IT");
      for (RemotePod pod : program.remotePods()) {
        pods.row(
            pod.node(),
            pod.pod(),
            pod.rules(),
            pod.sentFrames(),
            pod.questions(),
            pod.arrivedFrames());
      }
      text.append('\n').append(pods);
    }
  }

  private static void addDrops(
      StringBuilder text, SwitchProgram program, Map<String, String> names) {
    List<Drop> drops = program.drops().stream().filter(each -> each.frames() > 0).toList();
    if (drops.isEmpty()) {
      text.append("\nthe rules have dropped nothing\n");
      return;
    }
    Table table = new Table("DROPPED", "FROM", "BECAUSE IT IS");
    for (Drop drop : drops) {
      table.row(drop.frames(), names.getOrDefault(drop.from(), drop.from()), drop.reason());
    }
    text.append('\n').append(table);
  }

  private static String json(
      SwitchStatus status, SwitchProgram program, Map<String, String> names) {
    JsonArray ports = new JsonArray();
    for (PodPort port : program.ports()) {
      JsonObject item = new JsonObject();
      Optional.ofNullable(names.get(port.port())).ifPresent(name -> item.addProperty("pod", name));
      item.addProperty("port", port.port());
      item.addProperty("rules", port.rules());
      item.addProperty("let_through_frames", port.letThroughFrames());
      ports.add(item);
    }
    JsonArray nodes = new JsonArray();
    for (Node node : program.nodes()) {
      JsonObject item = new JsonObject();
      item.addProperty("name", node.name());
      item.addProperty("tunnel", node.tunnel());
      item.addProperty("reached", node.reached());
      item.addProperty("way", node.way());
      nodes.add(item);
    }
    JsonArray remote = new JsonArray();
    for (RemotePod pod : program.remotePods()) {
      JsonObject item = new JsonObject();
      item.addProperty("node", pod.node());
      item.addProperty("pod", pod.pod());
      item.addProperty("rules", pod.rules());
      item.addProperty("sent_frames", pod.sentFrames());
      item.addProperty("questions", pod.questions());
      item.addProperty("arrived_frames", pod.arrivedFrames());
      remote.add(item);
    }
    JsonArray drops = new JsonArray();
    for (Drop drop : program.drops()) {
      JsonObject item = new JsonObject();
      item.addProperty("from", drop.from());
      item.addProperty("reason", drop.reason());
      item.addProperty("frames", drop.frames());
      drops.add(item);
    }
    JsonObject answer = new JsonObject();
    answer.addProperty("bridge", status.bridge());
    answer.addProperty("version", status.version());
    answer.add("differences", Json.array(program.differences()));
    answer.add("pod_ports", ports);
    answer.add("nodes", nodes);
    answer.add("remote_pods", remote);
    answer.add("drops", drops);
    program.movedMacs().ifPresent(count -> answer.addProperty("moved_macs", count));
    return Json.write(answer);
  }
}
