package org.ktsn.cli.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.cli.testbed.Flow.DataPath;

/** The programs of a flow, as processes: its listener, its talker, and a native loop beside it. */
final class FlowPrograms {
  private static final long MILLISECOND = 1_000_000L;
  private static final long NATIVE_LEAST_PERIOD_NS = MILLISECOND;

  /** The launcher's usual margins. */
  private static final long NATIVE_MARGIN_MAX_NS = 250_000;

  private static final long NATIVE_MARGIN_MIN_NS = 40_000;
  private static final long NATIVE_CLEARANCE_NS = 20_000;
  private static final int LISTENER_PRIORITY = 10;
  private static final int TALKER_PRIORITY = 5;
  private static final int USUAL_LAUNCHER_PRIORITY = 60;

  private static final Pattern RECEIVED = Pattern.compile("received (\\d+) ");

  private final Path programs;
  private final CpuTime daemon;
  private final LongSupplier clock;
  private OptionalInt listenerProcessor = OptionalInt.empty();

  /**
   * Finds them.
   *
   * @param programs their folder
   * @param clock the present instant, in TAI nanoseconds
   */
  FlowPrograms(Path programs, CpuTime daemon, LongSupplier clock) {
    this.programs = programs;
    this.daemon = daemon;
    this.clock = clock;
  }

  /** Has listeners run on one processor from now on. */
  void listenersOn(int processor) {
    listenerProcessor = OptionalInt.of(processor);
  }

  /** Starts a flow's listener, and waits until it listens. */
  Child startListener(RunningFlow one, long baseNs, LongConsumer received, Cleanup running) {
    Flow flow = one.flow();
    List<String> command =
        command(
            "listener",
            "--bind",
            one.destination(),
            "--output",
            one.arrivals(),
            "--frames",
            flow.frames(),
            "--first-ms",
            Math.max(0, baseNs - clock.getAsLong()) / MILLISECOND + 5000,
            "--quiet-ms",
            2000 + 4 * flow.periodNs() / MILLISECOND,
            "--progress");
    realTime(flow, LISTENER_PRIORITY, command);
    listenerProcessor.ifPresent(
        processor -> command.addAll(List.of("--cpu", Integer.toString(processor))));
    AtomicBoolean ready = new AtomicBoolean();
    Child child =
        Child.start(
            "listener",
            one.between().listener().command(command),
            line -> {
              Matcher count = RECEIVED.matcher(line);
              if (count.lookingAt()) {
                received.accept(Long.parseLong(count.group(1)));
              } else if (line.equals("ready")) {
                ready.set(true);
              }
            },
            running);
    while (!ready.get() && child.running()) {
      Patience.sleepMs(5);
    }
    if (!child.running()) {
      child.await(1000);
    }
    return child;
  }

  /** Starts a flow's talker. */
  Child startTalker(RunningFlow one, long baseNs, Cleanup running) {
    Flow flow = one.flow();
    boolean ktsn = flow.path().isLaunched();
    List<String> command =
        command(
            "talker",
            "--to",
            one.destination(),
            "--frames",
            flow.frames(),
            "--size",
            flow.size(),
            "--size-max",
            flow.maxSize(),
            "--period-ns",
            flow.periodNs(),
            "--base-ns",
            baseNs,
            "--lead-ns",
            flow.leadNs(),
            "--burst-ns",
            flow.burstNs(),
            "--priority",
            flow.priority(),
            "--mode",
            mode(flow.path()));
    if (flow.path() == DataPath.KTSN_REPORTS) {
      command.add("--reports");
    } else if (flow.path() == DataPath.KTSN_FRAMES) {
      command.add("--frames-to");
      command.add(one.talkerLink().interfaceName() + "," + one.listenerLink().mac());
    }
    realTime(flow, TALKER_PRIORITY, command);
    return Child.start(
        "talker",
        ktsn ? one.between().talker().preloaded(command) : one.between().talker().command(command),
        line -> {},
        running);
  }

  private static String mode(DataPath path) {
    return switch (path) {
      case KTSN, KTSN_REPORTS, KTSN_IPV6, KTSN_FRAMES -> "txtime";
      case KERNEL -> "sleep";
      case KERNEL_SPINNING -> "spin";
    };
  }

  /**
   * The native loop runs on the launcher's processor and one priority below it, so that it never
   * disturbs it. Its instants lie two fifths of a period behind the launches: then neither spins
   * while the other does, and the planner's turn, which it keeps clear of launches, is over.
   */
  Child startNativeLoop(Flow flow, long baseNs, Path output, Cleanup running) {
    long period = flow.periodNs() * Math.ceilDiv(NATIVE_LEAST_PERIOD_NS, flow.periodNs());
    long behind = flow.periodNs() * 2 / 5;
    long marginMax = Math.clamp(behind - NATIVE_CLEARANCE_NS, 1000, NATIVE_MARGIN_MAX_NS);
    CpuTime.RealTimeThread launcher =
        daemon
            .realTimeThread("ktsn-launcher")
            .orElse(new CpuTime.RealTimeThread(0, USUAL_LAUNCHER_PRIORITY));
    List<String> command =
        command(
            "nativeloop",
            "--base-ns",
            baseNs + behind,
            "--period-ns",
            period,
            "--count",
            Math.max(1, flow.lengthNs() / period),
            "--margin-max-ns",
            marginMax,
            "--margin-min-ns",
            Math.min(marginMax, NATIVE_MARGIN_MIN_NS),
            "--fifo",
            Math.max(1, launcher.priority() - 1),
            "--output",
            output);
    if (launcher.cpu() >= 0) {
      command.add("--cpu");
      command.add(Integer.toString(launcher.cpu()));
    }
    return Child.start("native loop", command, line -> {}, running);
  }

  /** Returns how far TAI is ahead of the system's clock, as the kernel has it. */
  long taiOffsetNs(Cleanup cleanup) {
    try (Cleanup running = Cleanup.within(cleanup)) {
      AtomicLong offset = new AtomicLong();
      Child child =
          Child.start(
              "native loop",
              command("nativeloop", "--offset"),
              line -> offset.set(Long.parseLong(line)),
              running);
      child.await(5000);
      return offset.get();
    }
  }

  private List<String> command(String program, Object... arguments) {
    List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  private static void realTime(Flow flow, int priority, List<String> command) {
    if (flow.realTime()) {
      command.add("--fifo");
      command.add(Integer.toString(priority));
    }
  }
}
