package org.ktsn.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.Patience;

/**
 * A containerd of the demo's own with runc. {@code ctr} knows one network for each container, so
 * tsn-cni stands behind bridge in a chain; and it knows no CDI, so channel and library are mounted.
 */
final class Containerd implements ContainerRuntime {
  private static final long START_NS = 20_000_000_000L;
  private static final long ANSWER_MS = 10_000;

  private final ContainerFolder folder;
  private final Cleanup cleanup;
  private int programs;

  /**
   * Makes one that is not started.
   *
   * @param cleanup ends it
   */
  Containerd(ContainerFolder folder, Cleanup cleanup) {
    this.folder = folder;
    this.cleanup = cleanup;
  }

  @Override
  public void begin() {
    folder.network(
        folder.instance(), folder.bridge(), folder.timeSensitive("\"interface\":\"tsn0\""));
    Child daemon =
        Child.start("containerd", folder.command("containerd", List.of()), line -> {}, cleanup);
    long limit = System.nanoTime() + START_NS;
    while (true) {
      try {
        Child.run("ctr", ctr("version"), ANSWER_MS);
        return;
      } catch (CommandFailure e) {
        if (!daemon.running() || System.nanoTime() - limit > 0) {
          daemon.stop();
          daemon.await(1); // says why it failed
          throw new CommandFailure("containerd does not answer: " + e.getMessage(), e);
        }
        Patience.sleepMs(50);
      }
    }
  }

  @Override
  public List<String> run(String name, boolean launches, List<String> program) {
    List<String> words = new ArrayList<>(List.of("run", "--rm", "--cni"));
    words.addAll(List.of("--cap-add", "CAP_NET_ADMIN", "--cap-add", "CAP_SYS_NICE"));
    words.addAll(mount(folder.work(), folder.work().toString(), "rw"));
    if (launches) {
      // The folder must be there before the container is; its name can be told in advance.
      Path channel = folder.run().resolve("pods/" + folder.instance() + "-" + name + ".eth0");
      try {
        Files.createDirectories(channel);
      } catch (IOException e) {
        throw new CommandFailure("Can't make " + channel + ": " + e.getMessage() + ".", e);
      }
      words.addAll(mount(channel, "/run/ktsn", "ro"));
      words.addAll(mount(folder.library().getParent(), "/opt/ktsn", "ro"));
      words.addAll(List.of("--env", "LD_PRELOAD=/opt/ktsn/" + folder.library().getFileName()));
    }
    words.addAll(List.of("--rootfs", folder.root(), name));
    words.addAll(program);
    return ctr(words.toArray(String[]::new));
  }

  /** What runs in a container has the environment of its first program. */
  @Override
  public List<String> exec(String name, boolean launches, List<String> program) {
    List<String> words =
        new ArrayList<>(List.of("task", "exec", "--exec-id", name + "-" + ++programs, name));
    words.addAll(program);
    return ctr(words.toArray(String[]::new));
  }

  @Override
  public List<String> end(String name) {
    return ctr("task", "kill", "--signal", "9", name);
  }

  @Override
  public String version() {
    String containerd =
        Child.run("containerd", List.of("containerd", "--version"), ANSWER_MS)
            .replaceFirst("^\\S+ \\S+ (\\S+).*", "containerd $1");
    String runc =
        Child.run("runc", List.of("runc", "--version"), ANSWER_MS)
            .lines()
            .findFirst()
            .orElse("runc")
            .replace("version ", "");
    return containerd + ", " + runc;
  }

  private List<String> ctr(String... words) {
    List<String> all = new ArrayList<>(List.of("-n", folder.instance()));
    all.addAll(List.of(words));
    return folder.command("ctr", all);
  }

  private static List<String> mount(Path source, String target, String mode) {
    return List.of(
        "--mount", "type=bind,src=" + source + ",dst=" + target + ",options=rbind:" + mode);
  }
}
