#!/bin/sh
# Makes a Java runtime of the modules that KTSNd and the command line need; ImageSystemTest holds them against what the bundles use.
#
#   runtime.sh JAVA_HOME DIRECTORY
#
# It trusts no certificate authority of itself: a JDK from a package has those of the machine that it is installed on.
set -eu

modules=java.logging,java.management,java.naming,java.xml,jdk.httpserver,jdk.jfr,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs

# A JDK without jmods/ copies itself, and packages put a link to the machine's authorities into it.
modified=
[ -d "$1/jmods" ] || modified=--ignore-modified-runtime
rm -rf "$2"
"$1/bin/jlink" $modified --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output "$2"
rm -f "$2/lib/security/cacerts"
