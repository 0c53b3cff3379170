package org.ktsn.bench;

import com.google.gson.JsonObject;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
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
 * {@code ktsn:census}: counts what a replaced bundle might leave behind, after a garbage
 * collection: bundles' class loaders, threads, and frame buffers that are not free. One line of
 * JSON, with {@code --json} or without.
 */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=census",
      "ktsn.usage=" + CensusCommand.USAGE,
      "ktsn.description=counts class loaders, threads and frame buffers, after a collection"
    })
public final class CensusCommand implements Function {
  static final String USAGE = "census [--json]";
  private static final String BUNDLE_LOADER = "BundleClassLoader";

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    DataplaneMonitor monitor = dataplane;
    if (monitor == null) {
      throw new IllegalStateException(
          "no running component offers a data plane; ktsn:health tells what is missing and why");
    }
    System.gc(); // twice: what a finished thread or a reference queue held goes with the second
    System.gc();
    long loaders =
        diagnose("vmClassloaderStats").lines().filter(l -> l.contains(BUNDLE_LOADER)).count();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    DataplaneStatus status = monitor.status();
    JsonObject answer = new JsonObject();
    answer.addProperty("classloaders", loaders);
    answer.addProperty("threads", threads);
    answer.addProperty("heap_octets", heap);
    answer.addProperty("free_mbufs", status.freeFrames());
    answer.addProperty("shaper_swaps", status.shaperSwaps());
    answer.addProperty("shaper_failures", status.shaperFailures());
    return answer + "\n";
  }

  /** Asks the virtual machine, as jcmd does. */
  private static String diagnose(String command) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      return (String)
          server.invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              command,
              new Object[] {new String[0]},
              new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException(
          "this virtual machine has no diagnostic command " + command + "; use JDK 25", e);
    }
  }
}
