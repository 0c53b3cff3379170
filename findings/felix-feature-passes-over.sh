#!/bin/sh
# Apache Felix Feature 1.0.2 (OSGi Feature Service, chapter 159), with Felix CM JSON 2.0.6
# Guess:     a feature file whose bundle entry is a plain string, whose number does not fit its type or
#            which holds an unknown key is refused, or at least not read as something else.
# Behaviour: a bundle given as a string (the specification wants an object with "id") is left out; an
#            unknown key is left out; "x:Integer": 3000000000 becomes -1294967296. All without a word.
# Matters:   a feature that is read so starts a node with parts missing and settings wrapped.
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
    <dependency><groupId>org.apache.felix</groupId><artifactId>org.apache.felix.feature</artifactId><version>1.0.2</version></dependency>
    <dependency><groupId>org.apache.felix</groupId><artifactId>org.apache.felix.cm.json</artifactId><version>2.0.6</version></dependency>
    <dependency><groupId>org.osgi</groupId><artifactId>org.osgi.service.feature</artifactId><version>1.0.0</version></dependency>
    <dependency><groupId>org.osgi</groupId><artifactId>org.osgi.util.converter</artifactId><version>1.0.9</version></dependency>
    <dependency><groupId>org.osgi</groupId><artifactId>org.osgi.util.function</artifactId><version>1.2.0</version></dependency>
    <dependency><groupId>org.osgi</groupId><artifactId>osgi.core</artifactId><version>8.0.0</version></dependency>
    <dependency><groupId>org.osgi</groupId><artifactId>org.osgi.service.cm</artifactId><version>1.6.1</version></dependency>
    <dependency><groupId>org.eclipse.parsson</groupId><artifactId>parsson</artifactId><version>1.1.7</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1 || { cat mvn.log; exit 1; }

cat >feature.json <<'JSON'
{
  "feature-resource-version": "1.0",
  "id": "org.example:node:1.0.0",
  "bundles": [ "org.example:one:1.0.0", { "id": "org.example:two:1.0.0" } ],
  "bundels": [ { "id": "org.example:three:1.0.0" } ],
  "configurations": { "org.example.pid": { "x:Integer": 3000000000, "y": "stays" } }
}
JSON
cat >Show.java <<'JAVA'
import java.io.FileReader;
import java.util.TreeMap;
import org.apache.felix.feature.impl.FeatureServiceImpl;
import org.osgi.service.feature.Feature;

public class Show {
  public static void main(String[] args) throws Exception {
    Feature feature = new FeatureServiceImpl().readFeature(new FileReader("feature.json"));
    feature.getBundles().forEach(bundle -> System.out.println("bundle " + bundle.getID()));
    feature.getConfigurations().values().forEach(configuration ->
        new TreeMap<>(configuration.getValues()).forEach((key, value) -> System.out.println(
            configuration.getPid() + " " + key + " = " + value.getClass().getSimpleName() + " " + value)));
  }
}
JAVA
timeout 120 java -cp 'lib/*' Show.java >seen 2>err || { cat err; exit 1; }

cat seen
cat >expected <<'TEXT'
bundle org.example:two:1.0.0
org.example.pid x = Integer -1294967296
org.example.pid y = String stays
TEXT
cmp -s expected seen || { echo "no longer so; expected:"; cat expected; exit 1; }
