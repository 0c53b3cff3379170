package org.ktsn.cli.bench;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.Control;

/**
 * What there is in the daemon of the things that may be left behind: what a replaced bundle held,
 * what a burst of messages took. Its garbage is collected before it is counted.
 */
record Census(
    long classLoaders,
    long threads,
    long heapOctets,
    long freeMbufs,
    long shaperSwaps,
    long shaperFailures) {
  static Census of(Control control) {
    JsonObject json = control.json("ktsn:census").getAsJsonObject();
    List<Long> values = new ArrayList<>();
    for (String name :
        List.of(
            "classloaders",
            "threads",
            "heap_octets",
            "free_mbufs",
            "shaper_swaps",
            "shaper_failures")) {
      if (!json.has(name)) {
        throw new CommandFailure(
            "The daemon's census has no '" + name + "'; is it of this version?");
      }
      values.add(json.get(name).getAsLong());
    }
    return new Census(
        values.get(0), values.get(1), values.get(2), values.get(3), values.get(4), values.get(5));
  }
}
