package org.ktsn.clock.ptp;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.ktsn.api.time.ClockReason;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;

/** The monitor's view for people. */
final class PtpText {
  private static final int KEY_COLUMNS = 20;
  private static final long PER_SECOND = 1_000_000_000L;

  private final StringBuilder text = new StringBuilder();

  private PtpText() {}

  static String write(PtpView view) {
    PtpText writer = new PtpText();
    writer.clock(view);
    view.instances().forEach(instance -> writer.instance(instance, view));
    writer.transitions(view);
    return writer.text.toString();
  }

  private void clock(PtpView view) {
    ClockReport report = view.report();
    row("clock", word(report.state()) + " since " + instant(report.sinceTaiNs()));
    for (ClockReason reason : report.reasons()) {
      row("", reason.sentence() + " (" + reason.code() + ")");
    }
    row("uncertainty", nanoseconds(report.uncertaintyNs(), "unknown"));
    if (report.offsetNs().isPresent()) {
      row("offset", nanoseconds(report.offsetNs(), ""));
    }
    if (!report.grandmaster().isEmpty()) {
      row("grandmaster", report.grandmaster());
    }
    row(
        "policy",
        report.policies().stream()
            .map(PtpMonitorComponent::word)
            .sorted()
            .collect(Collectors.joining(", ")));
    row("kernel's TAI offset", report.taiOffsetS() + " s");
    row("clock steps", view.counters().get("clock_steps"));
    view.lastStep()
        .ifPresent(
            step ->
                row("", "the last by " + step.stepNs() + " ns at " + instant(step.seenTaiNs())));
  }

  private void instance(InstanceStatus instance, PtpView view) {
    InstanceSettings settings = instance.settings();
    Judgement judgement = view.judgements().get(settings.name());
    text.append('\n');
    row(
        "instance " + settings.name(),
        (judgement == null ? "" : word(judgement.state()))
            + (settings.judged() ? "" : " (only shown, does not count)"));
    row(
        "socket",
        (instance.readOnly() ? settings.readOnlySocket() + " (read-only)" : settings.socket())
            + ", domain "
            + settings.domainNumber()
            + ", transportSpecific "
            + settings.transportSpecific());
    if (!instance.explanation().isEmpty()) {
      row("", instance.explanation());
    }
    instance.observation().ifPresent(this::observation);
    if (judgement != null && instance.explanation().isEmpty()) {
      judgement.reasons().forEach(reason -> row("", reason.sentence()));
    }
  }

  private void observation(Observation observation) {
    row("clock identity", PortIdentity.clock(observation.self().clockIdentity()));
    row(
        "grandmaster",
        observation.isGrandmaster()
            ? "this node"
            : observation.grandmaster()
                + ", "
                + observation.current().stepsRemoved()
                + " steps away");
    row("offset from master", observation.time().masterOffsetNs() + " ns");
    row("mean path delay", observation.current().meanPathDelayNs() + " ns");
    row("ports", observation.portStates());
    TimePropertiesDataSet time = observation.timeProperties();
    StringJoiner properties = new StringJoiner(", ");
    properties.add(
        "TAI - UTC "
            + time.currentUtcOffset()
            + " s"
            + (time.utcOffsetValid() ? "" : " (not valid)"));
    properties.add(time.ptpTimescale() ? "time is TAI" : "time is the grandmaster's own");
    if (time.leapAnnounced()) {
      properties.add("leap second announced");
    }
    row("time properties", properties);
  }

  private void transitions(PtpView view) {
    if (view.transitions().isEmpty()) {
      return;
    }
    text.append("\nCHANGES\n");
    for (Transition transition : view.transitions()) {
      text.append(instant(transition.atTaiNs()))
          .append("  ")
          .append(word(transition.from()))
          .append(" -> ")
          .append(word(transition.to()))
          .append("  ")
          .append(transition.reason())
          .append('\n');
    }
  }

  private void row(String key, Object value) {
    String line = String.format(Locale.ROOT, "%-" + KEY_COLUMNS + "s  %s", key, value);
    text.append(line.stripTrailing()).append('\n');
  }

  /** Writes a state as users read it: {@code free-running}. */
  static String word(ClockState state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String nanoseconds(OptionalLong value, String otherwise) {
    return value.isPresent() ? value.getAsLong() + " ns" : otherwise;
  }

  private static String instant(long taiNs) {
    return String.format(
        Locale.ROOT,
        "%d.%09d TAI",
        Math.floorDiv(taiNs, PER_SECOND),
        Math.floorMod(taiNs, PER_SECOND));
  }
}
