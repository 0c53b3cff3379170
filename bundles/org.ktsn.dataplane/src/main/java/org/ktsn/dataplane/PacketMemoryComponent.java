package org.ktsn.dataplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.ktsn.api.port.PacketMemory;
import org.ktsn.foreign.Dpdk;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.Processors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts DPDK with the first activation in a process and keeps it: its environment can neither be
 * stopped nor started twice, so a later activation, after an update of this bundle, finds it
 * running.
 */
@Component(configurationPid = "org.ktsn.dataplane.memory")
@Designate(ocd = PacketMemoryComponent.Config.class)
public final class PacketMemoryComponent implements PacketMemory {
  private static final Logger LOG = LoggerFactory.getLogger(PacketMemoryComponent.class);
  private static final long HUGEPAGES_LIMIT_NS = 1_000_000_000;
  private static final long HUGEPAGES_PAUSE_NS = 10_000_000;

  /** What packet memory there is. */
  @ObjectClassDefinition(name = "KTSN packet memory")
  public @interface Config {
    /** Frame buffers. */
    @AttributeDefinition(description = "how many frame buffers there are", min = "1")
    int frames() default 16384;

    /** Octets per frame. */
    @AttributeDefinition(
        description = "how many octets a frame may have; larger than the MTU + 18",
        min = "64")
    int frame_octets() default 2048;

    /** Memory. */
    @AttributeDefinition(description = "MiB of hugepages that DPDK takes", min = "1")
    int memory_mib() default 64;

    /** Hugepages. */
    @AttributeDefinition(
        description = "false: ordinary memory; for machines without hugepages, slower")
    boolean hugepages() default true;

    /** More arguments. */
    @AttributeDefinition(description = "further arguments of DPDK's environment")
    String[] dpdk_arguments() default {};
  }

  private final Config config;

  /** Starts DPDK, unless it runs. */
  @Activate
  public PacketMemoryComponent(Config config) {
    this.config = config;
    String version = Dpdk.version();
    requireSameRelease(version, Dpdk.builtFor());
    if (Dpdk.totalFrames() == 0) {
      start(version);
    }
    if (Dpdk.frameRoom() != config.frame_octets() || Dpdk.totalFrames() != config.frames()) {
      LOG.warn(
          "event=packet-memory-unchanged frames={} frame-octets={} remedy=\"restart KTSNd: packet"
              + " memory is made once in a process\"",
          Dpdk.totalFrames(),
          Dpdk.frameRoom());
    }
  }

  /**
   * Refuses a DPDK of another release than the native library was compiled with: much of DPDK is
   * inline, and lies in that library.
   *
   * @param loaded what runs, for instance {@code DPDK 22.11.11}
   * @param builtFor the release of the headers, for instance {@code DPDK 22.11}
   */
  static void requireSameRelease(String loaded, String builtFor) {
    if (!loaded.startsWith(builtFor + ".")) {
      throw failed(
          loaded
              + " is loaded, but libktsn-native.so was compiled with "
              + builtFor
              + "; install the headers of the same release (libdpdk-dev) and compile it anew"
              + " (./ktsn build)");
    }
  }

  /** Wants free hugepages, which a process that has its own already need not find. */
  private void start(String version) {
    try {
      Dpdk.start(arguments(), config.frames(), config.frame_octets());
      LOG.info(
          "event=dpdk-started version=\"{}\" frames={} memory-mib={} hugepages={}",
          version,
          config.frames(),
          config.memory_mib(),
          config.hugepages());
    } catch (ForeignException e) {
      if (e.errno() != Dpdk.ALREADY_STARTED) {
        throw failed(e.getMessage());
      }
    }
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("--no-pci", "--no-telemetry"));
    arguments.add("--lcores");
    arguments.add(lcores(Processors.allowed(), Dpdk.processorLimit()));
    arguments.add("-m");
    arguments.add(Integer.toString(config.memory_mib()));
    if (config.hugepages()) {
      requireHugepages();
      arguments.addAll(List.of("--in-memory", "--single-file-segments"));
    } else {
      arguments.addAll(List.of("--no-huge", "--no-shconf"));
    }
    arguments.addAll(List.of(config.dpdk_arguments()));
    return arguments;
  }

  /**
   * One lcore on all processors that this process may use: its threads, and those that DPDK starts
   * later, are free to run on any of them.
   */
  static String lcores(List<Integer> allowed, int limit) {
    String known =
        allowed.stream()
            .filter(processor -> processor < limit)
            .map(String::valueOf)
            .collect(Collectors.joining(","));
    if (known.isEmpty()) {
      throw failed(
          "KTSNd may use the processors "
              + allowed
              + " only, and DPDK takes none above "
              + (limit - 1)
              + "; allow it one of those (taskset, cpuset)");
    }
    return "0@(" + known + ")";
  }

  private void requireHugepages() {
    long pageKib = memoryInfo("Hugepagesize:");
    long needed = Math.ceilDiv(config.memory_mib() * 1024L, Math.max(pageKib, 1));
    long free = freeHugepages(needed);
    if (free < needed) {
      throw failed(
          "the hugepage pool is too small: "
              + free
              + " pages of "
              + pageKib
              + " KiB are free, "
              + needed
              + " are needed; reserve more: sysctl vm.nr_hugepages="
              + (memoryInfo("HugePages_Total:") + needed - free));
    }
  }

  /** A switch lets go of the memory of a KTSNd that has just ended in a moment. */
  private static long freeHugepages(long needed) {
    long limitNs = System.nanoTime() + HUGEPAGES_LIMIT_NS;
    long free = memoryInfo("HugePages_Free:");
    while (free < needed && System.nanoTime() < limitNs) {
      LockSupport.parkNanos(HUGEPAGES_PAUSE_NS);
      free = memoryInfo("HugePages_Free:");
    }
    return free;
  }

  private static long memoryInfo(String key) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.substring(key.length()).replace("kB", "").strip());
        }
      }
    } catch (IOException e) {
      LOG.warn("event=meminfo-unreadable reason=\"{}\"", e.getMessage());
    }
    return 0;
  }

  private static IllegalStateException failed(String sentence) {
    LOG.error("event=dpdk-not-started reason=\"{}\"", sentence);
    return new IllegalStateException(sentence);
  }

  @Override
  public int frameRoomOctets() {
    return Dpdk.frameRoom();
  }

  @Override
  public int totalFrames() {
    return Dpdk.totalFrames();
  }

  @Override
  public int freeFrames() {
    return (int) Dpdk.freeFrames();
  }
}
