package org.ktsn.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Patience;
import org.ktsn.cli.testbed.TestPod;

/**
 * A container with an address on the ordinary network and one on the time-sensitive network.
 *
 * @param runtime whose it is
 * @param name its name
 * @param address on tsn0
 * @param ordinaryAddress on eth0
 */
record ContainerPod(ContainerRuntime runtime, String name, String address, String ordinaryAddress)
    implements TestPod {
  private static final long START_NS = 40_000_000_000L;
  private static final long END_MS = 20_000;

  /** Says what there is, and stays until it is ended. */
  private static final String STAY = "ip -4 -o addr; echo ready; while sleep 3600; do :; done";

  /**
   * Starts a container and waits until it is there.
   *
   * @param launches whether its programs send by launch times
   * @param mark a word of its first process's command line, by which what is left of it is found
   * @param cleanup removes it
   */
  static ContainerPod start(
      ContainerRuntime runtime, String name, boolean launches, Path mark, Cleanup cleanup) {
    List<String> said = Collections.synchronizedList(new ArrayList<>());
    AtomicBoolean ready = new AtomicBoolean();
    Child container =
        Child.start(
            "container " + name,
            runtime.run(name, launches, List.of("/bin/sh", "-c", STAY, mark.toString())),
            line -> {
              said.add(line);
              if (line.equals("ready")) {
                ready.set(true);
              }
            },
            cleanup);
    cleanup.add(() -> end(runtime, name, container));
    long limit = System.nanoTime() + START_NS;
    while (!ready.get() && container.running() && System.nanoTime() - limit < 0) {
      Patience.sleepMs(10);
    }
    if (!ready.get()) {
      container.await(1); // says why it failed
      throw new CommandFailure("The container " + name + " ended at once.");
    }
    String interfaces = String.join("\n", said);
    return new ContainerPod(
        runtime, name, address("tsn0", interfaces), address("eth0", interfaces));
  }

  /** Ends a container, and waits until its runtime has detached and removed it. */
  private static void end(ContainerRuntime runtime, String name, Child container) {
    if (container.running()) {
      Child.run("container " + name, runtime.end(name), END_MS);
      container.awaitAnyEnd(END_MS);
    }
  }

  private static String address(String interfaceName, String interfaces) {
    Matcher matcher = Pattern.compile(interfaceName + "\\s+inet ([0-9.]+)/").matcher(interfaces);
    if (!matcher.find()) {
      throw new CommandFailure(
          "The container has no address on " + interfaceName + ": " + interfaces);
    }
    return matcher.group(1);
  }

  /** Returns the same container, as it is reached over the ordinary network. */
  ContainerPod ordinary() {
    return new ContainerPod(runtime, name, ordinaryAddress, ordinaryAddress);
  }

  @Override
  public List<String> command(List<String> program) {
    return runtime.exec(name, false, inside(program));
  }

  @Override
  public List<String> preloaded(List<String> program) {
    return runtime.exec(name, true, inside(program));
  }

  /** The programs are in the container's own filesystem. */
  private static List<String> inside(List<String> program) {
    List<String> inside = new ArrayList<>(program);
    inside.set(0, "/bin/" + Path.of(program.getFirst()).getFileName());
    return inside;
  }
}
