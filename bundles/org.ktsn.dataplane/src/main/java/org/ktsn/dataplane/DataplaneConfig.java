package org.ktsn.dataplane;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** How the data plane behaves. */
@ObjectClassDefinition(name = "KTSN data plane")
@interface DataplaneConfig {
  /** Launch horizon. */
  @AttributeDefinition(
      description = "ns before its instant at which a frame is committed to the launcher",
      min = "1")
  long launch_horizon_ns() default 2_000_000;

  /** Lead. */
  @AttributeDefinition(
      description = "ns that lie at least between planning and launching",
      min = "1")
  long launch_lead_ns() default 10_000;

  /** Furthest launch time. */
  @AttributeDefinition(description = "s that a launch time may lie in the future", min = "1")
  int max_ahead_s() default 60;

  /** Longest wait. */
  @AttributeDefinition(
      description =
          "ms after its launch time, or its arrival if that is later, at which a frame may leave;"
              + " what would leave later is dropped as overdue",
      min = "1")
  long max_wait_ms() default 60_000;

  /** Frames held. */
  @AttributeDefinition(description = "frames that are held in all", min = "1")
  int max_frames() default 8192;

  /** Frames held per pod. */
  @AttributeDefinition(description = "frames that are held of one pod", min = "1")
  int max_frames_per_pod() default 2048;

  /** Late on arrival. */
  @AttributeDefinition(
      description =
          "what happens to a datagram that was sent after its launch time: drop, or send as soon"
              + " as its gate allows; clock: send if its socket's clock is CLOCK_MONOTONIC, else"
              + " drop; one whose deadline has passed is always dropped",
      options = {@Option(value = "clock"), @Option(value = "drop"), @Option(value = "send")})
  String late_on_arrival() default "clock";

  /** Patience with steps. */
  @AttributeDefinition(
      description =
          "ms that a shaper, an ingress or a stack may take for an answer before another"
              + " thread plans on without it",
      min = "1")
  int shaper_patience_ms() default 500;

  /** Age of the clock's report. */
  @AttributeDefinition(
      description =
          "ms for which a report on the clock counts; when it is older, its monitor is stuck, and"
              + " everything goes on as without one",
      min = "1")
  long clock_report_limit_ms() default 10_000;

  /** Classes. */
  @AttributeDefinition(description = "traffic classes, 1 to 8", min = "1", max = "8")
  int traffic_classes() default 8;

  /** Planner's CPU. */
  @AttributeDefinition(description = "the planner's CPU, -1 for any", min = "-1")
  int planner_cpu() default -1;

  /** Planner's priority. */
  @AttributeDefinition(
      description =
          "the planner's real-time priority (SCHED_FIFO), 1 to 99; or a nice value, -20 to -1; or"
              + " 0",
      min = "-20",
      max = "99")
  int planner_priority() default -20;

  /** Launcher's CPU. */
  @AttributeDefinition(description = "the launcher's CPU, -1 for any", min = "-1")
  int launcher_cpu() default -1;

  /** Launcher's priority. */
  @AttributeDefinition(
      description = "the launcher's real-time priority (SCHED_FIFO), 0 for none",
      min = "0",
      max = "99")
  int launcher_priority() default 60;

  /** Least margin. */
  @AttributeDefinition(description = "ns that the launcher spins at least before an instant")
  long launcher_margin_min_ns() default 40_000;

  /** Greatest margin. */
  @AttributeDefinition(description = "ns that the launcher spins at most before an instant")
  long launcher_margin_max_ns() default 250_000;

  /** Rest. */
  @AttributeDefinition(
      description =
          "ns that a real-time launcher rests after 2 ms without sleep, where frames follow each"
              + " other without a gap; 0 if it has its CPU for itself")
  long launcher_rest_ns() default 200_000;

  /** Share of its CPU that the launcher may spin. */
  @AttributeDefinition(
      description =
          "percent of its CPU's time that the launcher may spin, for the highest classes first;"
              + " other frames leave by timer, as late as the host's wake-ups are; -1: all of it if"
              + " launcher.cpu is not also the planner's, else 40",
      min = "-1",
      max = "100")
  int launcher_spin_percent() default -1;
}
