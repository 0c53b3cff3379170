#!/bin/sh
# Apache Felix Framework 7.0.5 (OSGi Core R8)
# Guess:     a listener that hears of an update in the framework's own thread and looks for entries of the
#            bundle that was updated (Bundle.findEntries) does not disturb the thread that updates.
# Behaviour: findEntries resolves a bundle that is not resolved, as the specification says. If the updating
#            thread has got as far as starting it again, the framework interrupts that one: update throws "Unable to
#            acquire global lock for resolve", and the bundle, which was active before, stays stopped.
#            Bundle.getEntryPaths and getEntry, which don't resolve, leave it alone.
# Matters:   whoever reads what bundles carry (descriptions, configurations) whenever one is updated makes updates
#            fail now and then.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.felix</groupId><artifactId>org.apache.felix.framework</artifactId><version>7.0.5</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1 || { cat mvn.log; exit 1; }

cat >Show.java <<'JAVA'
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.function.Consumer;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.BundleListener;
import org.osgi.framework.launch.Framework;

public class Show {
  private static final int BUNDLES = 40;
  private static final int UPDATES = 4000;

  public static void main(String[] args) throws Exception {
    Framework framework = new FrameworkFactory().newFramework(
        Map.of("org.osgi.framework.storage", "cache", "org.osgi.framework.storage.clean", "onFirstInit", "felix.log.level", "0"));
    framework.start();
    BundleContext context = framework.getBundleContext();
    for (int i = 0; i < BUNDLES; i++) {
      context.installBundle("bundle:" + i, jar("example" + i)).start();
    }
    System.out.println("getEntryPaths: " + update(context, bundle -> bundle.getEntryPaths("OSGI-INF")));
    System.out.println("findEntries: " + update(context, bundle -> bundle.findEntries("OSGI-INF", "*.xml", false)));
    framework.stop();
    framework.waitForStop(5000);
  }

  /** Updates a bundle until that fails; the listener looks at all of them meanwhile. */
  private static String update(BundleContext context, Consumer<Bundle> look) throws Exception {
    BundleListener listener = event -> {
      if (event.getType() == BundleEvent.UPDATED) {
        for (Bundle bundle : context.getBundles()) {
          look.accept(bundle);
        }
      }
    };
    context.addBundleListener(listener);
    Bundle bundle = context.getBundle("bundle:" + (BUNDLES - 1));
    try {
      for (int i = 0; i < UPDATES; i++) {
        bundle.update(jar("example" + (BUNDLES - 1)));
        if (bundle.getState() != Bundle.ACTIVE) {
          return "not active after an update";
        }
      }
      return "active after each update";
    } catch (BundleException e) {
      return e.getMessage() + " The bundle is " + (bundle.getState() == Bundle.ACTIVE ? "active." : "not active.");
    } finally {
      context.removeBundleListener(listener);
      Thread.interrupted();
    }
  }

  private static ByteArrayInputStream jar(String name) throws Exception {
    Manifest manifest = new Manifest(new ByteArrayInputStream(
        ("Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: " + name + "\nBundle-Version: 1\nImport-Package: org.osgi.framework\n").getBytes()));
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(octets, manifest)) {
      jar.putNextEntry(new ZipEntry("OSGI-INF/a.xml"));
      jar.write("<a/>".getBytes());
    }
    return new ByteArrayInputStream(octets.toByteArray());
  }
}
JAVA
timeout 120 java -cp 'lib/*' Show.java >seen 2>err || { cat err; exit 1; }

cat seen
cat >expected <<'TEXT'
getEntryPaths: active after each update
findEntries: Unable to acquire global lock for resolve. Unresolved requirements: [] The bundle is not active.
TEXT
cmp -s expected seen || { echo "no longer so; expected:"; cat expected; exit 1; }
