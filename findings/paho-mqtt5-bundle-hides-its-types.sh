#!/bin/sh
# Eclipse Paho MQTT v5 client for Java 1.2.5, as an OSGi bundle
# Guess:     a jar with OSGi headers exports every package that its public API speaks of.
# Behaviour: it exports org.eclipse.paho.mqttv5.client alone. The types that this package's methods take
#            and return (MqttMessage and MqttException in ...mqttv5.common, MqttProperties in
#            ...mqttv5.common.packet) lie in packages inside the jar that are not exported.
# Matters:   no other bundle can publish a message with it: it has to be embedded.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=org.eclipse.paho:org.eclipse.paho.mqttv5.client:1.2.5 -DoutputDirectory=. >mvn.log 2>&1 || { cat mvn.log; exit 1; }
jar=org.eclipse.paho.mqttv5.client-1.2.5.jar
# The manifest's long lines are folded: a line that begins with a blank goes on with the one before.
unzip -p "$jar" META-INF/MANIFEST.MF | tr -d '\r' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n //g' >manifest
sed -n 's/^Export-Package: //p' manifest | grep -oE 'org\.eclipse\.paho\.[a-z0-9.]+[^,"]*' |
    sed 's/;.*//' | grep -E '^org' | sort -u >exported || :
unzip -l "$jar" | grep -oE 'org/eclipse/paho/mqttv5/common/(MqttMessage|packet/MqttProperties)\.class' | sort >inside
echo "exported: $(tr '\n' ' ' <exported)"
echo "inside:   $(tr '\n' ' ' <inside)"

if [ "$(wc -l <inside)" -ne 2 ] || grep -q '^org\.eclipse\.paho\.mqttv5\.common' exported ||
    ! grep -qx 'org\.eclipse\.paho\.mqttv5\.client' exported; then
    echo "no longer so: expected the client's package exported and those of its messages not"
    exit 1
fi
