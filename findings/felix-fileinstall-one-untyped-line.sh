#!/bin/sh
# Apache Felix File Install 3.7.4, .cfg files
# Guess:     in a .cfg file each line stands for itself: `service.ranking = I"150"` is the Integer 150.
# Behaviour: a file is taken as typed only if every line of it is. One line without quotes makes all of
#            them plain text, and service.ranking becomes the String I"150" (which the framework counts
#            as 0), without a word in the log.
# Matters:   a shaper that is given a ranking beside any other setting is never chosen.
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
    <dependency><groupId>org.apache.felix</groupId><artifactId>org.apache.felix.fileinstall</artifactId><version>3.7.4</version></dependency>
    <dependency><groupId>org.apache.felix</groupId><artifactId>org.apache.felix.framework</artifactId><version>7.0.5</version></dependency>
    <dependency><groupId>org.apache.felix</groupId><artifactId>org.apache.felix.configadmin</artifactId><version>1.9.26</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B -ntp -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1 || { cat mvn.log; exit 1; }

mkdir etc
printf 'service.ranking = I"150"\nname = "strict"\n' >etc/typed.cfg
printf 'service.ranking = I"150"\nname = strict\n' >etc/mixed.cfg

cat >Show.java <<'JAVA'
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

public class Show {
  public static void main(String[] args) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
      failure.printStackTrace();
      System.exit(1);
    });
    Map<String, String> settings = new HashMap<>();
    settings.put("org.osgi.framework.storage", new File("cache").getAbsolutePath());
    settings.put("felix.fileinstall.dir", new File("etc").getAbsolutePath());
    settings.put("felix.fileinstall.noInitialDelay", "true");
    settings.put("felix.fileinstall.poll", "200");
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class).iterator().next().newFramework(settings);
    framework.start();
    BundleContext context = framework.getBundleContext();
    for (String name : new String[] {"configadmin-1.9.26", "fileinstall-3.7.4"}) {
      context.installBundle(new File("lib/org.apache.felix." + name + ".jar").toURI().toString());
    }
    for (Bundle bundle : context.getBundles()) bundle.start();
    for (String pid : new String[] {"typed", "mixed"}) {
      Object ranking = null;
      for (int i = 0; i < 100 && ranking == null; i++) {
        Thread.sleep(100);
        Object admin = context.getService(
            context.getAllServiceReferences("org.osgi.service.cm.ConfigurationAdmin", null)[0]);
        Object[] found = (Object[]) admin.getClass()
            .getMethod("listConfigurations", String.class).invoke(admin, "(service.pid=" + pid + ")");
        if (found != null) {
          java.util.Dictionary<?, ?> values = (java.util.Dictionary<?, ?>) Class
              .forName("org.osgi.service.cm.Configuration", true, admin.getClass().getClassLoader())
              .getMethod("getProperties").invoke(found[0]);
          ranking = values.get("service.ranking");
        }
      }
      System.out.println(pid + ".cfg: " + (ranking == null ? "none" : ranking.getClass().getSimpleName() + " " + ranking));
    }
    framework.stop();
    framework.waitForStop(5000);
    System.exit(0);
  }
}
JAVA
timeout 120 java -cp 'lib/*' Show.java >seen 2>err || { cat err; exit 1; }

cat seen
printf 'typed.cfg: Integer 150\nmixed.cfg: String I"150"\n' | cmp -s - seen || {
    echo "no longer so: expected Integer 150 from the one file and String I\"150\" from the other"
    exit 1
}
