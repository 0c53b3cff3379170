#!/bin/sh
# HdrHistogram 2.2.2 as an OSGi bundle, on Apache Felix 7.0.5
# Guess:     a jar with OSGi headers, without dependencies, starts in any framework.
# Behaviour: it imports javax.xml.bind, and not optionally, for a single line of its iterators; no JDK
#            has had that package since 11, so the bundle does not resolve.
# Matters:   whoever wants its histograms in a bundle embeds the jar and makes the import optional.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

for artifact in org.hdrhistogram:HdrHistogram:2.2.2 org.apache.felix:org.apache.felix.framework:7.0.5; do
    mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        -Dartifact=$artifact -DoutputDirectory=. >mvn.log 2>&1 || { cat mvn.log; exit 1; }
done
cat >Show.java <<'JAVA'
import java.io.File;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

public class Show {
  public static void main(String[] args) throws Exception {
    Framework framework = ServiceLoader.load(FrameworkFactory.class).iterator().next().newFramework(
        Map.of("org.osgi.framework.storage", new File("cache").getAbsolutePath()));
    framework.start();
    Bundle bundle = framework.getBundleContext()
        .installBundle(new File("HdrHistogram-2.2.2.jar").toURI().toString());
    try {
      bundle.start();
      System.out.println("started");
    } catch (BundleException e) {
      System.out.println(e.getMessage());
    }
    framework.stop();
    framework.waitForStop(5000);
    System.exit(0);
  }
}
JAVA
timeout 120 java -cp org.apache.felix.framework-7.0.5.jar Show.java >seen 2>err || { cat err; exit 1; }
cat seen
grep -q 'osgi.wiring.package=javax.xml.bind' seen || {
    echo "no longer so: expected that javax.xml.bind is missing"
    exit 1
}
