package org.ktsn.shell;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;

/** Pods as {@code ktsn:pods} prints them for people: all in a table, or one in detail. */
final class PodText {
  private static final int NAME_CHARACTERS = 20;
  private static final int CONTAINER_CHARACTERS = 32;

  private PodText() {}

  /** Makes a table of pods that fits a terminal. */
  static String table(List<PodView> views) {
    Table table =
        new Table(
            "NAME",
            "CONTAINER",
            "ADDRESS",
            "IFACE",
            "RATE",
            "PROGS",
            "RECEIVED",
            "SENT",
            "LATE",
            "DROPPED");
    for (PodView view : views) {
      Pod pod = view.pod();
      table.row(
          Quantity.shortened(pod.name(), NAME_CHARACTERS),
          Quantity.shortened(PodNames.container(pod), CONTAINER_CHARACTERS),
          address(pod),
          pod.interfaceName(),
          pod.bandwidth().map(b -> Quantity.rate((double) b.idleSlopeBitsPerSecond())).orElse("-"),
          view.channel().map(channel -> String.valueOf(channel.programs().size())).orElse("-"),
          count(view, PodStatus::received),
          count(view, PodStatus::sent),
          count(view, PodStatus::late),
          count(view, PodStatus::dropped));
    }
    return table.toString();
  }

  /** The first address without its prefix, and whether there are more. */
  private static String address(Pod pod) {
    List<String> addresses = pod.addresses();
    return addresses.isEmpty()
        ? "-"
        : addresses.getFirst().replaceFirst("/.*", "") + (addresses.size() > 1 ? ",…" : "");
  }

  private static String count(PodView view, ToLongFunction<PodStatus> counter) {
    return view.counters().map(c -> Quantity.count(counter.applyAsLong(c))).orElse("-");
  }

  /**
   * Prints one pod.
   *
   * @param nowNs the time in TAI, if there is a clock
   */
  static String inDetail(PodView view, OptionalLong nowNs) {
    StringBuilder text = new StringBuilder();
    text.append(facts(view));
    view.channel().ifPresent(channel -> text.append('\n').append(programs(channel.programs())));
    if (!view.others().isEmpty()) {
      text.append('\n').append(others(view.others()));
    }
    view.counters().ifPresent(counters -> text.append('\n').append(counters(counters)));
    if (!view.flows().isEmpty()) {
      text.append('\n').append(FlowText.table(view.flows(), Optional.empty(), nowNs));
      String reasons = FlowText.allReasons(view.flows(), Optional.empty());
      text.append(reasons.isEmpty() ? "" : "\n").append(reasons);
    }
    return text.toString();
  }

  private static Table facts(PodView view) {
    Pod pod = view.pod();
    Table facts = new Table("", "");
    facts.row("pod", pod.name()).row("container", PodNames.container(pod));
    new TreeMap<>(pod.labels()).forEach((label, value) -> facts.row("label " + label, value));
    facts
        .row("network namespace", pod.networkNamespace())
        .row("interface", pod.interfaceName())
        .row("addresses", String.join(", ", pod.addresses()))
        .row("MAC", pod.mac())
        .row("switch port", pod.switchPort())
        .row("rate", rate(pod.bandwidth()))
        .row("priorities", pod.priorities())
        .row("channel", pod.channelSocket());
    view.channel().ifPresent(channel -> addChannel(facts, channel));
    if (view.differences().isEmpty()) {
      facts.row("state", "as it was attached");
    }
    view.differences().forEach(difference -> facts.row("state", difference));
    return facts;
  }

  private static void addChannel(Table facts, ChannelStatus channel) {
    facts
        .row("MTU", channel.mtuOctets() == 0 ? "not known yet" : channel.mtuOctets())
        .row("room", channel.slots() + " datagrams")
        .row(
            "datagrams",
            channel.accepting()
                ? "are taken"
                : "are not taken: programs take the kernel's path; ktsn:health tells why");
  }

  private static String rate(Optional<Bandwidth> bandwidth) {
    return bandwidth
        .map(
            given ->
                Quantity.rate((double) given.idleSlopeBitsPerSecond())
                    + "bit/s"
                    + (given.hiCreditBits().isPresent()
                        ? ", credit up to " + given.hiCreditBits().getAsLong() + " bits"
                        : ""))
        .orElse("as much as the link takes");
  }

  private static String programs(List<ChannelStatus.Program> programs) {
    if (programs.isEmpty()) {
      return "no program uses the channel\n";
    }
    Table table = new Table("PROGRAM", "PROCESS", "USER");
    for (ChannelStatus.Program program : programs) {
      table.row(
          program.name().isEmpty() ? "-" : program.name(),
          program.process() == 0 ? "-" : program.process(),
          program.user());
    }
    return table.toString();
  }

  /** What of the pod takes the kernel's path whatever it asks for. */
  private static String others(List<OtherPrograms.OtherProgram> programs) {
    Table table = new Table("ON THE KERNEL'S PATH", "PROCESS", "WHY");
    for (OtherPrograms.OtherProgram program : programs) {
      table.row(
          program.name().isEmpty() ? "-" : program.name(), program.process(), program.reason());
    }
    return table.toString();
  }

  private static String counters(PodStatus counters) {
    Table table = new Table("FRAMES", "COUNT", "MEANING");
    table
        .row("received", counters.received(), "datagrams with a launch time that KTSNd took")
        .row("sent", counters.sent(), "handed to the port")
        .row("waiting", counters.queued(), "for their instant")
        .row("late", counters.late(), "missed their window and were dated anew, each time");
    if (counters.regenerated() > 0) {
      table.row(
          "regenerated",
          counters.regenerated(),
          "asked for a priority that is not the pod's, and got the next lower one that is");
    }
    Map<String, Long> drops = new TreeMap<>(counters.drops());
    drops.forEach(
        (reason, count) -> table.row(reason, count, "dropped, " + Reason.meaning(reason)));
    return table.toString();
  }
}
