package org.ktsn.metrics;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ktsn:metrics}: what can be read over HTTP, without it. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=metrics",
      "ktsn.usage=" + MetricsCommand.USAGE,
      "ktsn.description=shows what the node counts and measures, in Prometheus' text format"
    })
public final class MetricsCommand implements Function {
  static final String USAGE = "metrics [--flows]";

  private final Metrics metrics;

  /** Made by the component runtime. */
  @Activate
  public MetricsCommand(@Reference Metrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    List<String> words = arguments.stream().map(String::valueOf).toList();
    if (words.isEmpty() || words.equals(List.of("--flows"))) {
      return new String(metrics.write(Format.PROMETHEUS, !words.isEmpty()), StandardCharsets.UTF_8);
    }
    throw new IllegalArgumentException(
        "'" + String.join(" ", words) + "' is not understood; usage: ktsn:" + USAGE);
  }
}
