package org.ktsn.clock.ptp;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ktsn.api.time.ClockPolicy;
import org.ktsn.api.time.ClockQuality;
import org.ktsn.api.time.ClockQualityObserver;
import org.ktsn.api.time.ClockReport;
import org.ktsn.api.time.ClockState;
import org.ktsn.foreign.SystemClocks;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The PTP monitor as a component. */
@Component(
    immediate = true,
    configurationPid = "org.ktsn.clock.ptp",
    service = {ClockQuality.class, PtpView.Source.class})
@Designate(ocd = PtpMonitorComponent.Config.class)
public final class PtpMonitorComponent implements ClockQuality, PtpView.Source {
  private static final long PER_MS = 1_000_000;
  private static final long PER_S = 1_000_000_000;

  /** Which ptp4l are watched, and what makes a good clock. */
  @ObjectClassDefinition(name = "KTSN PTP monitor")
  public @interface Config {
    /** The ptp4l to watch. */
    @AttributeDefinition(
        description =
            "NAME [socket=PATH] [read.only.socket=PATH] [domain=N] [transport.specific=N]"
                + " [free.running=true] [role=slave|any] [events=true] [judged=false], several"
                + " separated by ';'. Empty: ptp4l at /var/run/ptp4l, if it is there; none: no ptp4l")
    String[] instances() default {};

    /** Round of questions. */
    @AttributeDefinition(description = "ms between two rounds of questions", min = "1")
    int poll_interval_ms() default 500;

    /** Patience. */
    @AttributeDefinition(description = "ms that an answer may take", min = "1")
    int answer_limit_ms() default 500;

    /** Look at the clock. */
    @AttributeDefinition(
        description = "ms between two looks at the node's clock, for its steps",
        min = "1")
    int clock_check_ms() default 100;

    /** Step. */
    @AttributeDefinition(description = "ns beyond which a jump of the clock is a step", min = "1")
    long step_threshold_ns() default 10_000;

    /** Good offset. */
    @AttributeDefinition(
        description = "ns; an offset up to this counts towards synchronised",
        min = "1")
    long offset_enter_ns() default 5_000;

    /** Bad offset. */
    @AttributeDefinition(
        description = "ns; an offset beyond this counts against synchronised",
        min = "1")
    long offset_leave_ns() default 20_000;

    /** Wrong offset. */
    @AttributeDefinition(description = "ns; an offset beyond this makes the clock wrong", min = "1")
    long offset_wrong_ns() default 1_000_000;

    /** Measurements that improve. */
    @AttributeDefinition(
        description = "measurements in a row that make the clock better",
        min = "1")
    int settle_samples() default 4;

    /** Measurements that worsen. */
    @AttributeDefinition(description = "measurements in a row that make the clock worse", min = "1")
    int unsettle_samples() default 2;

    /** Loss. */
    @AttributeDefinition(
        description =
            "ms without a measurement until holdover begins; at least three Sync intervals",
        min = "1")
    int sync_loss_ms() default 2_000;

    /** Holdover. */
    @AttributeDefinition(description = "s that holdover lasts at most", min = "1")
    int holdover_limit_s() default 60;

    /** Drift. */
    @AttributeDefinition(
        description = "parts per billion by which the uncertainty grows in holdover")
    long holdover_drift_ppb() default 1_000;

    /** Floor. */
    @AttributeDefinition(
        description =
            "ns that every measurement may be off by, for instance by asymmetry of the path")
    long uncertainty_floor_ns() default 100;

    /** Policy of LOCAL. */
    @AttributeDefinition(
        description =
            "policies while the clock is local: go-on, or some of widen-guard-bands,"
                + " open-all-gates, hold-new-schedules")
    String[] policy_local() default {"go-on"};

    /** Policy of SYNCHRONISED. */
    @AttributeDefinition(description = "policies while the clock is synchronised")
    String[] policy_synchronised() default {"go-on"};

    /** Policy of HOLDOVER. */
    @AttributeDefinition(description = "policies in holdover")
    String[] policy_holdover() default {"widen-guard-bands"};

    /** Policy of FREE_RUNNING. */
    @AttributeDefinition(description = "policies while the clock runs free")
    String[] policy_free_running() default {"hold-new-schedules"};

    /** Policy of WRONG. */
    @AttributeDefinition(description = "policies while the clock is wrong")
    String[] policy_wrong() default {"hold-new-schedules"};
  }

  private final SystemClocks clocks;
  private final PtpMonitor monitor;

  /**
   * Begins to watch; returns at once, whether or not any ptp4l runs.
   *
   * @throws IllegalArgumentException if the configuration is wrong
   */
  @Activate
  public PtpMonitorComponent(BundleContext context, Config config) {
    MonitorSettings settings = settings(config, NodeProperties.of(context).run());
    clocks = new SystemClocks();
    try {
      monitor = new PtpMonitor(settings, clocks::read);
    } catch (RuntimeException e) {
      clocks.close();
      throw e;
    }
    monitor.start();
  }

  /** Ends the watch. */
  @Deactivate
  void stop() {
    monitor.close();
    clocks.close();
  }

  @Reference(
      service = ClockQualityObserver.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void addObserver(ClockQualityObserver observer) {
    monitor.add(observer);
  }

  void removeObserver(ClockQualityObserver observer) {
    monitor.remove(observer);
  }

  @Override
  public ClockReport report() {
    return monitor.report();
  }

  @Override
  public Map<String, Long> counters() {
    return monitor.counters();
  }

  @Override
  public PtpView view() {
    return monitor.view();
  }

  static MonitorSettings settings(Config config, Path run) {
    String listed = String.join(";", config.instances()).strip();
    boolean automatic = listed.isEmpty();
    List<InstanceSettings> instances =
        automatic
            ? List.of(InstanceList.usual())
            : listed.equals("none") ? List.of() : InstanceList.read(listed);
    return new MonitorSettings(
        instances,
        automatic,
        positive("poll.interval.ms", config.poll_interval_ms()) * PER_MS,
        positive("answer.limit.ms", config.answer_limit_ms()) * PER_MS,
        positive("clock.check.ms", config.clock_check_ms()) * PER_MS,
        run,
        new QualitySettings(
            positive("offset.enter.ns", config.offset_enter_ns()),
            positive("offset.leave.ns", config.offset_leave_ns()),
            positive("offset.wrong.ns", config.offset_wrong_ns()),
            (int) positive("settle.samples", config.settle_samples()),
            (int) positive("unsettle.samples", config.unsettle_samples()),
            positive("sync.loss.ms", config.sync_loss_ms()) * PER_MS,
            positive("holdover.limit.s", config.holdover_limit_s()) * PER_S,
            notNegative("holdover.drift.ppb", config.holdover_drift_ppb()),
            notNegative("uncertainty.floor.ns", config.uncertainty_floor_ns()),
            positive("step.threshold.ns", config.step_threshold_ns()),
            policies(config)));
  }

  private static Map<ClockState, Set<ClockPolicy>> policies(Config config) {
    Map<ClockState, Set<ClockPolicy>> policies = new EnumMap<>(ClockState.class);
    policies.put(ClockState.LOCAL, policies("policy.local", config.policy_local()));
    policies.put(
        ClockState.SYNCHRONISED, policies("policy.synchronised", config.policy_synchronised()));
    policies.put(ClockState.HOLDOVER, policies("policy.holdover", config.policy_holdover()));
    policies.put(
        ClockState.FREE_RUNNING, policies("policy.free.running", config.policy_free_running()));
    policies.put(ClockState.WRONG, policies("policy.wrong", config.policy_wrong()));
    return policies;
  }

  private static Set<ClockPolicy> policies(String key, String[] given) {
    Map<String, ClockPolicy> known =
        Arrays.stream(ClockPolicy.values())
            .collect(Collectors.toMap(PtpMonitorComponent::word, policy -> policy));
    Set<ClockPolicy> chosen = EnumSet.noneOf(ClockPolicy.class);
    Stream.of(given)
        .flatMap(text -> Arrays.stream(text.split("[,;\\s]+", -1)))
        .filter(text -> !text.isEmpty())
        .forEach(
            text -> {
              ClockPolicy policy = known.get(text);
              if (policy == null) {
                throw new IllegalArgumentException(
                    key
                        + " has '"
                        + text
                        + "'; give some of "
                        + String.join(", ", known.keySet().stream().sorted().toList()));
              }
              chosen.add(policy);
            });
    if (chosen.isEmpty() || (chosen.size() > 1 && chosen.contains(ClockPolicy.GO_ON))) {
      throw new IllegalArgumentException(
          key + " is '" + String.join(",", given) + "'; give go-on alone, or some of the others");
    }
    return chosen;
  }

  /** Writes a policy as in the configuration: {@code widen-guard-bands}. */
  static String word(ClockPolicy policy) {
    return policy.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static long positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is " + value + "; give a positive number");
    }
    return value;
  }

  private static long notNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " is " + value + "; give 0 or more");
    }
    return value;
  }
}
