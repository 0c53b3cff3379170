package org.ktsn.shell;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Teaches File Install to read configurations in JSON: {@code etc/PID.json}. A file that is wrong
 * is logged and changes nothing.
 */
@Component(service = ArtifactInstaller.class)
public final class JsonConfigurations implements ArtifactInstaller {
  private static final Logger LOG = LoggerFactory.getLogger(JsonConfigurations.class);
  private static final String ANY_BUNDLE = "?";

  private final ConfigurationAdmin admin;

  /** Made by the component runtime. */
  @Activate
  public JsonConfigurations(@Reference ConfigurationAdmin admin) {
    this.admin = admin;
  }

  @Override
  public boolean canHandle(File artifact) {
    return artifact.getName().endsWith(ConfigurationFile.SUFFIX);
  }

  @Override
  public void install(File artifact) {
    try {
      configuration(artifact)
          .updateIfDifferent(
              FrameworkUtil.asDictionary(
                  ConfigurationFile.values(Files.readString(artifact.toPath()))));
      LOG.info("event=configured file={}", artifact);
    } catch (IOException | IllegalArgumentException e) {
      LOG.error("event=configuration_refused file={} reason=\"{}\"", artifact, Sentence.of(e));
    }
  }

  @Override
  public void update(File artifact) {
    install(artifact);
  }

  @Override
  public void uninstall(File artifact) throws IOException {
    configuration(artifact).delete();
    LOG.info("event=configuration_removed file={}", artifact);
  }

  private Configuration configuration(File artifact) throws IOException {
    ConfigurationFile file = ConfigurationFile.named(artifact.getName());
    return file.name().isEmpty()
        ? admin.getConfiguration(file.pid(), ANY_BUNDLE)
        : admin.getFactoryConfiguration(file.pid(), file.name(), ANY_BUNDLE);
  }
}
