package org.ktsn.clock.ptp;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code ktsn:ptp}: the clock's quality and what every watched ptp4l says. */
@Component(
    service = Function.class,
    property = {
      "osgi.command.scope=ktsn",
      "osgi.command.function=ptp",
      "ktsn.usage=" + PtpCommand.USAGE,
      "ktsn.description=shows how good the node's clock is, and what each ptp4l says"
    })
public final class PtpCommand implements Function {
  static final String USAGE = "ptp [--json]";

  private final PtpView.Source monitor;

  /** Made by the component runtime. */
  @Activate
  public PtpCommand(@Reference PtpView.Source monitor) {
    this.monitor = monitor;
  }

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    List<String> words = arguments.stream().map(String::valueOf).toList();
    if (words.isEmpty()) {
      return PtpText.write(monitor.view());
    }
    if (words.equals(List.of("--json"))) {
      return PtpJson.write(monitor.view());
    }
    throw new IllegalArgumentException(
        "'" + String.join(" ", words) + "' is not understood; usage: ktsn:" + USAGE);
  }
}
