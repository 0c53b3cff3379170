package org.ktsn.launcher;

import java.nio.file.Path;
import org.osgi.service.feature.ID;

/**
 * A bundle's Maven coordinates.
 *
 * @param group the group
 * @param artifact the artifact
 * @param version the version
 */
record Coordinates(String group, String artifact, String version) {
  static Coordinates of(ID id) {
    return new Coordinates(id.getGroupId(), id.getArtifactId(), id.getVersion());
  }

  /** Returns where the bundle lies in a folder that is laid out as Maven repositories are. */
  Path within(Path folder) {
    return folder
        .resolve(group.replace('.', '/'))
        .resolve(artifact)
        .resolve(version)
        .resolve(artifact + "-" + version + ".jar");
  }

  @Override
  public String toString() {
    return group + ":" + artifact + ":" + version;
  }
}
