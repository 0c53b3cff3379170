package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On files as proc(5) has them. */
class LauncherHealthTest {
  private static final String ALL = "000001ffffffffff";
  private static final String ALL_BUT_NICE = "000001ffff7fffff";

  @TempDir private Path directory;
  private Path process;
  private Path groups;

  @BeforeEach
  void begin() throws IOException {
    process = directory.resolve("proc");
    groups = directory.resolve("cgroup");
    capabilities(ALL);
    thread(7, "java", 0);
    thread(8, "ktsn-launcher", 0);
    write(process.resolve("cgroup"), "5:cpuset:/x\n4:cpu,cpuacct:/kubepods/pod1\n0::/\n");
  }

  @Test
  void shouldNameTheControlGroupsBudgetWhereThatIsTheReason() throws IOException {
    write(groups.resolve("cpu,cpuacct/kubepods/pod1/cpu.rt_runtime_us"), "0\n");
    assertEquals(1, health(99).troubles().size());
    String sentence = health(99).troubles().getFirst().sentence();
    assertTrue(sentence.contains("cpu.rt_runtime_us is 0"), sentence);
  }

  /** A container that has a namespace of its own for groups sees its own as the root. */
  @Test
  void shouldFindTheBudgetInAContainer() throws IOException {
    write(groups.resolve("cpu/cpu.rt_runtime_us"), "0\n");
    String sentence = health(99).troubles().getFirst().sentence();
    assertTrue(sentence.contains("cpu.rt_runtime_us is 0"), sentence);
  }

  @Test
  void shouldSendToTheLogWhereTheReasonIsAnother() throws IOException {
    write(groups.resolve("cpu/cpu.rt_runtime_us"), "950000\n");
    String sentence = health(99).troubles().getFirst().sentence();
    assertTrue(sentence.contains("event=launcher-not-placed"), sentence);
  }

  @Test
  void shouldSayNothingOfALauncherThatHasItsPriority() throws IOException {
    thread(8, "ktsn-launcher", 1);
    assertEquals(List.of(), health(99).troubles());
  }

  @Test
  void shouldSayNothingWhereNobodyAskedForOne() {
    assertEquals(List.of(), health(0).troubles());
  }

  /** That was decided by who started KTSNd. */
  @Test
  void shouldSayNothingWithoutTheCapability() throws IOException {
    capabilities(ALL_BUT_NICE);
    assertEquals(List.of(), health(99).troubles());
  }

  @Test
  void shouldSayNothingWhileThereIsNoLauncher() throws IOException {
    thread(8, "ktsn-planner", 0);
    assertEquals(List.of(), health(99).troubles());
  }

  private LauncherHealth health(int priority) {
    return new LauncherHealth(priority, process, groups);
  }

  private void capabilities(String effective) throws IOException {
    write(process.resolve("status"), "Name:\tjava\nCapEff:\t" + effective + "\nCapBnd:\t0\n");
  }

  private void thread(int number, String name, int policy) throws IOException {
    Path folder = process.resolve("task").resolve(String.valueOf(number));
    write(folder.resolve("comm"), name + "\n");
    write(
        folder.resolve("stat"),
        number + " (a) b) S " + "0 ".repeat(37) + policy + " 0 0 0 0 0 0 0 0 0 0 0\n");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
