package org.ktsn.cli.demo;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.cli.testbed.Child;

/**
 * Podman with a storage of the demo's own: two networks beside each other, and a CDI device that
 * brings channel and library into the container. One that calls no CNI plugins (5 and later as most
 * distributions build it) takes a network namespace in which they were called before it starts.
 */
final class Podman implements ContainerRuntime {
  private static final long ANSWER_MS = 10_000;

  private final ContainerFolder folder;

  Podman(ContainerFolder folder) {
    this.folder = folder;
  }

  @Override
  public void begin() {
    String plugin = folder.timeSensitive("\"ipam\":" + folder.hostLocal("10.78.6.0/24"));
    if (folder.podmanCallsPlugins()) {
      folder.network(ordinary(), folder.bridge());
      folder.network(timeSensitive(), plugin);
    } else {
      folder.interfaceConfiguration("eth0", ordinary(), folder.bridge());
      folder.interfaceConfiguration("tsn0", timeSensitive(), plugin);
    }
  }

  @Override
  public List<String> run(String name, boolean launches, List<String> program) {
    List<String> words = new ArrayList<>(List.of("run", "--rm", "--log-driver", "none"));
    words.addAll(List.of("--cgroup-parent", "/" + folder.instance()));
    words.addAll(List.of("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"));
    words.addAll(List.of("--cap-add", "NET_ADMIN", "--cap-add", "SYS_NICE"));
    words.addAll(List.of("--name", container(name)));
    if (folder.podmanCallsPlugins()) {
      words.addAll(List.of("--network", ordinary()));
      words.addAll(List.of("--network", timeSensitive() + ":interface_name=tsn0"));
    } else {
      words.addAll(List.of("--network", "ns:/run/netns/" + namespace(name)));
    }
    words.addAll(List.of("--volume", folder.work() + ":" + folder.work()));
    if (launches) {
      String pod = folder.podmanCallsPlugins() ? container(name) : namespace(name);
      words.addAll(List.of("--device", "ktsn.org/tsn=" + pod + "_tsn0"));
    }
    words.addAll(List.of("--rootfs", folder.root()));
    words.addAll(program);
    List<String> podman = folder.command("podman", words);
    if (folder.podmanCallsPlugins()) {
      return podman;
    }
    List<String> within = new ArrayList<>(List.of(namespace(name)));
    within.addAll(podman);
    return folder.command("in-network", within);
  }

  @Override
  public List<String> exec(String name, boolean launches, List<String> program) {
    List<String> words = new ArrayList<>(List.of("exec", container(name)));
    words.addAll(program);
    return folder.command("podman", words);
  }

  @Override
  public List<String> end(String name) {
    return folder.command("podman", List.of("kill", "--signal", "KILL", container(name)));
  }

  @Override
  public String version() {
    return Child.run("podman", List.of("podman", "--version"), ANSWER_MS)
        .strip()
        .replace("version ", "");
  }

  private String container(String name) {
    return folder.instance() + "-" + name;
  }

  /** By this name {@code ./ktsn} removes it, should the demo be killed. */
  private String namespace(String name) {
    return folder.instance() + "-cni-" + name;
  }

  private String ordinary() {
    return folder.instance() + "-plain";
  }

  private String timeSensitive() {
    return folder.instance() + "-tsn";
  }
}
