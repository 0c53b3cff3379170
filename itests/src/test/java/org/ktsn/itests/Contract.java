package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table of cases of {@code shim/tests/contract.c}: run by this machine's kernel, with LibKTSN,
 * and by a guest's kernel with etf.
 */
final class Contract {
  private static final Path SHIM = Node.ROOT.resolve("shim");
  private static final Path BUILD = SHIM.resolve("build");
  private static final Path NETWORK = SHIM.resolve("tests/contract_network.sh");
  private static final Pattern TAKEN = Pattern.compile("taken (\\d+)");
  private static final int PATIENCE_SECONDS = 120;
  private static final int LEAST_CASES = 4000;

  /** Priority 0 is etf's; what has no launch time has priority 1. */
  private static final String JOB =
      """
      sh ./network
      tc qdisc add dev tsn0 root handle 1: prio bands 3 priomap 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
      tc qdisc add dev tsn0 parent 1:1 etf clockid CLOCK_TAI delta 1000000
      exec ./contract""";

  private Contract() {}

  /** Builds the programs, and has a guest run the table. */
  static void prepare(Guest guest) {
    List<String> words = new ArrayList<>(List.of("make", "-s", "-C", SHIM.toString()));
    for (String target : List.of("libktsn.so", "contract", "contract_run", "static/contract")) {
      words.add("build/" + target);
    }
    Command.start(Map.of(), words).end(PATIENCE_SECONDS).expect(0);
    guest
        .with("contract", BUILD.resolve("static/contract"))
        .with("network", NETWORK)
        .job("contract", JOB);
  }

  /** What this machine's kernel says. */
  static List<String> kernel() {
    return run().out().lines().toList();
  }

  /** What LibKTSN says, which takes datagrams where it can. */
  static List<String> library() {
    Command run = run(BUILD.resolve("libktsn.so").toString());
    Matcher taken = TAKEN.matcher(run.err());
    assertTrue(taken.find(), run.err());
    assertTrue(Integer.parseInt(taken.group(1)) > 100, run.err());
    return run.out().lines().toList();
  }

  private static Command run(String... library) {
    List<String> words = new ArrayList<>();
    words.add(BUILD.resolve("contract_run").toString());
    words.add(NETWORK.toString());
    words.add(BUILD.resolve("contract").toString());
    words.addAll(List.of(library));
    return Command.start(Map.of(), words).end(PATIENCE_SECONDS).expect(0);
  }

  /**
   * Cases in which the guest may say something else than LibKTSN.
   *
   * @param cases whose lines begin so
   * @param guest what the guest says then
   * @param asKernelHere whether this machine's kernel says the same as LibKTSN: the guest's is of
   *     another release
   */
  private record Difference(Pattern cases, Pattern guest, boolean asKernelHere) {
    static Difference release(String cases) {
      return new Difference(Pattern.compile(cases), Pattern.compile(".*"), true);
    }

    static Difference deliberate(String cases, String guest) {
      return new Difference(Pattern.compile(cases), Pattern.compile(guest), false);
    }

    boolean excuses(String guestLine, String kernelLine, String libraryLine) {
      return cases.matcher(libraryLine).lookingAt()
          && guest.matcher(guestLine).find()
          && (!asKernelHere || kernelLine.equals(libraryLine));
    }
  }

  private static final List<Difference> DIFFERENCES =
      List.of(
          // Linux 6.10 began to look at the clock, which some programs of the table set
          Difference.release("set, [^,]*, clock "),
          Difference.release("get, [^,]*, clock "),
          // later releases look at the descriptor before they look at the length
          Difference.release("set, no socket, "),
          // Linux 6.14 began to know it as a control message
          Difference.release("control, [^,]*, priority: "),
          // Linux 6.9 doubled the segments of a send, 6.14 began to look at those that there are
          Difference.release("segments, [^,]*, [0-9]+ octets by "),
          // without CAP_NET_ADMIN, LibKTSN has every clock
          Difference.deliberate(
              "set, (UDP|packet)[^,]*, clock (0|11) (of anybody|without CAP_NET_ADMIN): 0$",
              ": -1 EPERM$"),
          Difference.deliberate(
              "get, (UDP|packet)[^,]*, clock 11 (of anybody|without CAP_NET_ADMIN) \\(clock 11,"
                  + " flags 0, length 8\\): 0$",
              " \\(clock 0, flags 0, length 8\\): 0$"),
          // etf drops these as they are sent, and tells whom the kernel tells of full queues
          Difference.deliberate("stamp, [^,]*packet, .*: 60$", ": -1 ENOBUFS$"),
          Difference.deliberate("stamp, .*, errors wanted: 60$", ": -1 ENOBUFS$"));

  /** Compares the three line by line. */
  static void compare(List<String> guest, List<String> kernel, List<String> library) {
    List<String> differences = new ArrayList<>();
    assertEquals(kernel.size(), library.size());
    assertEquals(library.size(), guest.size());
    assertTrue(library.size() > LEAST_CASES, library.size() + " cases");
    assertEquals("end", library.getLast());
    for (int i = 0; i < library.size(); i++) {
      String ours = library.get(i);
      String theirs = guest.get(i);
      String here = kernel.get(i);
      if (!ours.equals(theirs)
          && DIFFERENCES.stream().noneMatch(one -> one.excuses(theirs, here, ours))) {
        differences.add("guest   " + theirs + "\nkernel  " + here + "\nLibKTSN " + ours);
      }
    }
    assertEquals("", String.join("\n\n", differences));
  }
}
