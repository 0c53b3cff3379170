package org.ktsn.shell;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandProcessor;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The local control socket: Gogo commands for the command line and for scripts. */
@Component(
    name = "org.ktsn.shell.control",
    immediate = true,
    service = {})
@Designate(ocd = ControlSocket.Config.class)
public final class ControlSocket {
  /** What can be configured. */
  @ObjectClassDefinition(
      name = "KTSN control socket",
      description = "The Unix socket through which commands reach the daemon.")
  public @interface Config {
    /** The socket's path; empty: {@code control.sock} in the run directory. */
    @AttributeDefinition(
        description = "Path of the socket; empty for control.sock in the run directory.")
    String socket() default "";

    /** How many clients are served at once. */
    @AttributeDefinition(description = "How many clients are served at once.", min = "1")
    int connections() default 32;
  }

  private final ControlServer server;

  /** Opens the socket; made by the component runtime. */
  @Activate
  public ControlSocket(BundleContext context, @Reference CommandProcessor processor, Config config)
      throws IOException {
    if (config.connections() < 1) {
      throw new IllegalArgumentException(
          "connections is " + config.connections() + "; give at least 1");
    }
    Path socket =
        config.socket().isBlank()
            ? NodeProperties.of(context).run().resolve("control.sock")
            : Path.of(config.socket());
    server = new ControlServer(socket, processor, config.connections());
  }

  /** Closes and removes the socket. */
  @Deactivate
  public void close() throws IOException {
    server.close();
  }
}
