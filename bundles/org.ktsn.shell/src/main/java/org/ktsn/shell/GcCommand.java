package org.ktsn.shell;

import com.google.gson.JsonObject;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Component;

/** {@code ktsn:gc}: how often the collector has stopped Java's threads, and for how long in all. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=gc",
      "ktsn.usage=" + GcCommand.USAGE,
      "ktsn.description=counts the garbage collector's pauses"
    })
public final class GcCommand implements Function {
  static final String USAGE = "gc [--json]";
  private static final Syntax SYNTAX = new Syntax(USAGE);

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    Arguments given = SYNTAX.read(arguments);
    List<GarbageCollectorMXBean> pausing = pausing();
    long collections = pausing.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
    long totalMs = pausing.stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
    if (given.json()) {
      JsonObject answer = new JsonObject();
      answer.addProperty("collections", collections);
      answer.addProperty("total_ms", totalMs);
      return Json.write(answer);
    }
    return collections + " pauses, " + totalMs + " ms in all\n";
  }

  /** A concurrent collector has beans for its cycles too; only the pauses stop anyone. */
  private static List<GarbageCollectorMXBean> pausing() {
    List<GarbageCollectorMXBean> all = ManagementFactory.getGarbageCollectorMXBeans();
    List<GarbageCollectorMXBean> pauses =
        all.stream().filter(bean -> bean.getName().endsWith("Pauses")).toList();
    return pauses.isEmpty() ? all : pauses;
  }
}
