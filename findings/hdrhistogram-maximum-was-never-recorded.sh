#!/bin/sh
# HdrHistogram 2.2.2
# Guess:     getMaxValue() answers with the largest value that was recorded, and getMinNonZeroValue()
#            with the smallest.
# Behaviour: both answer with an edge of the bucket that holds it: with three significant digits
#            7,654,321 ns is reported as a maximum of 7,655,423 ns, and 1,234,567 as a minimum of 1,233,920:
#            instants that no frame ever had.
# Matters:   a report that prints the worst launch error has to keep the true one beside the histogram.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=org.hdrhistogram:HdrHistogram:2.2.2 -DoutputDirectory=. >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >Show.java <<'JAVA'
public class Show {
  public static void main(String[] args) {
    org.HdrHistogram.Histogram errors = new org.HdrHistogram.Histogram(3);
    errors.recordValue(7_654_321);
    errors.recordValue(1_234_567);
    System.out.println("recorded 1234567 7654321");
    System.out.println("reported " + errors.getMinNonZeroValue() + " " + errors.getMaxValue());
  }
}
JAVA
timeout 120 java -cp HdrHistogram-2.2.2.jar Show.java >seen 2>err || { cat err; exit 1; }
cat seen
grep -qx 'reported 1233920 7655423' seen || {
    echo "no longer so: expected 1233920 and 7655423"
    exit 1
}
