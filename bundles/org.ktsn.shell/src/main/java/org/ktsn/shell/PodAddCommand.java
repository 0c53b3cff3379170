package org.ktsn.shell;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodAssignment;
import org.ktsn.api.pod.PodRequest;
import org.ktsn.api.pod.PodService;
import org.ktsn.api.pod.Priorities;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** {@code ktsn:pod-add}: attaches a pod. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=pod-add",
      "ktsn.usage=" + PodAddCommand.USAGE,
      "ktsn.description=attaches a pod to the overlay"
    })
public final class PodAddCommand implements Function {
  static final String USAGE =
      "pod-add NAME [--address ADDRESS/LENGTH] [--mac MAC] [--netns FILE] [--interface IF]"
          + " [--rate BITS_PER_SECOND] [--burst BITS] [--priorities SET] [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile PodService pods;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    PodRequest request =
        new PodRequest(
            given.operand(0),
            given.option("--netns").map(PodAddCommand::file),
            given.option("--interface").orElse(PodRequest.DEFAULT_INTERFACE),
            given.option("--address"),
            given.option("--mac").map(MacAddress::parse),
            PodAssignment.NONE
                .with(bandwidth(given), Optional.empty())
                .with(given.option("--priorities").map(Priorities::parse).orElse(Priorities.ALL)));
    Pod pod = Service.need(pods, "pods").attach(request);
    if (given.json()) {
      return Json.write(PodJson.of(pod));
    }
    return "pod "
        + pod.name()
        + " is attached: "
        + String.join(",", pod.addresses())
        + " on "
        + pod.interfaceName()
        + " ("
        + pod.mac()
        + ") in "
        + pod.networkNamespace()
        + "\n";
  }

  /** The rate is the pod's idle slope, the burst its hiCredit. */
  private static Optional<Bandwidth> bandwidth(Arguments given) {
    Optional<String> rate = given.option("--rate");
    Optional<String> burst = given.option("--burst");
    if (rate.isEmpty() && burst.isPresent()) {
      throw new CommandException(
          "--burst is what a pod with a rate may save up; give --rate as well");
    }
    return rate.map(
        text ->
            new Bandwidth(
                Rate.bits("--rate", text),
                burst.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(Rate.bits("--burst", burst.get()))));
  }

  private static Path file(String name) {
    Optional<Path> file;
    try {
      file = Optional.of(Path.of(name)).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      file = Optional.empty();
    }
    return file.orElseThrow(
        () ->
            new CommandException(
                "'" + name + "' does not name a network namespace; give a file from the root on"));
  }
}
