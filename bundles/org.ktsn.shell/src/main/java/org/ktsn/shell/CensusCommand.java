package org.ktsn.shell;

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
 * collection: bundles' class loaders, threads, and frame buffers that are not free.
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
  private static final Syntax SYNTAX = new Syntax(USAGE);
  private static final String BUNDLE_LOADER = "BundleClassLoader";

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile DataplaneMonitor dataplane;

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    DataplaneMonitor monitor = Service.need(dataplane, "a data plane");
    System.gc(); // twice: what a finished thread or a reference queue held goes with the second
    System.gc();
    long loaders =
        diagnose("vmClassloaderStats").lines().filter(l -> l.contains(BUNDLE_LOADER)).count();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    DataplaneStatus status = monitor.status();
    if (given.json()) {
      JsonObject answer = new JsonObject();
      answer.addProperty("classloaders", loaders);
      answer.addProperty("threads", threads);
      answer.addProperty("heap_octets", heap);
      answer.addProperty("free_mbufs", status.freeFrames());
      answer.addProperty("shaper_swaps", status.shaperSwaps());
      answer.addProperty("shaper_failures", status.shaperFailures());
      return Json.write(answer);
    }
    Table table = new Table("what", "count");
    table.row("class loaders of bundles", loaders);
    table.row("threads", threads);
    table.row("octets of heap", heap);
    table.row("free frame buffers", status.freeFrames());
    table.row("shapers taken up", status.shaperSwaps());
    table.row("shapers failed", status.shaperFailures());
    return table.toString();
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
