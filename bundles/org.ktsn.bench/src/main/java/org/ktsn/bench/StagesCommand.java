package org.ktsn.bench;

import com.google.gson.JsonObject;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.ktsn.api.stats.DataplaneMonitor;
import org.ktsn.api.stats.DataplaneStatus;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * {@code ktsn:stages}: looks for some time at where the planner is, and tells what it and the
 * launcher used of the processors meanwhile, how many frames came and left, and how much the
 * planner allocated. One line of JSON, with {@code --json} or without.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=stages",
      "ktsn.usage=" + StagesCommand.USAGE,
      "ktsn.description=looks where the planner's time goes"
    })
public final class StagesCommand implements Function {
  static final String USAGE = "stages MILLISECONDS [--json]";
  private static final int MAX_MS = 600_000;

  /** Seldom enough to take nothing from those that are looked at. */
  private static final long LOOK_NS = 500_000;

  private static final String PLANNER = "ktsn-planner";
  private static final String LAUNCHER = "ktsn-launcher";

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  /** What two threads have used until an instant. */
  private record Used(long plannerNs, long launcherNs, long allocatedOctets) {
    static Used now() {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long planner = number(threads, PLANNER);
      return new Used(
          threads.getThreadCpuTime(planner),
          threads.getThreadCpuTime(number(threads, LAUNCHER)),
          allocated(planner));
    }

    private static long number(ThreadMXBean threads, String name) {
      return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
          .filter(thread -> thread != null && thread.getThreadName().equals(name))
          .mapToLong(ThreadInfo::getThreadId)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("there is no thread " + name));
    }

    private static long allocated(long thread) {
      try {
        return (long)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME),
                    "getThreadAllocatedBytes",
                    new Object[] {thread},
                    new String[] {"long"});
      } catch (JMException e) {
        throw new IllegalStateException(
            "this virtual machine does not count what threads allocate; use JDK 25", e);
      }
    }
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    int milliseconds = Operands.of(USAGE, arguments).number(0, "MILLISECONDS", 1, MAX_MS);
    DataplaneMonitor monitor = dataplane;
    if (monitor == null) {
      throw new IllegalStateException(
          "no running component offers a data plane; ktsn:health tells what is missing and why");
    }
    DataplaneStatus statusBefore = monitor.status();
    Used usedBefore = Used.now();
    Map<String, Integer> seen = look(monitor, milliseconds);
    Used used = Used.now();
    DataplaneStatus status = monitor.status();
    JsonObject answer = new JsonObject();
    answer.addProperty("received", status.received() - statusBefore.received());
    answer.addProperty("sent", status.sent() - statusBefore.sent());
    answer.addProperty("planner_ns", used.plannerNs() - usedBefore.plannerNs());
    answer.addProperty("launcher_ns", used.launcherNs() - usedBefore.launcherNs());
    answer.addProperty(
        "planner_allocated_octets", used.allocatedOctets() - usedBefore.allocatedOctets());
    JsonObject places = new JsonObject();
    seen.forEach(places::addProperty);
    answer.add("planner_seen", places);
    return answer + "\n";
  }

  private static Map<String, Integer> look(DataplaneMonitor monitor, int milliseconds) {
    Map<String, Integer> seen = new TreeMap<>();
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
    while (System.nanoTime() - endNs < 0) {
      seen.merge(monitor.plannerPlace(), 1, Integer::sum);
      LockSupport.parkNanos(LOOK_NS);
    }
    return seen;
  }
}
