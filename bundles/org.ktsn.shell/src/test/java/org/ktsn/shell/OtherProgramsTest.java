package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.shell.OtherPrograms.OtherProgram;

class OtherProgramsTest {
  private static final String GLIBC = "7f00-7f01 r-xp 0 00:00 0 /lib64/ld-linux-x86-64.so.2\n";
  private static final String MUSL = "7f00-7f01 r-xp 0 00:00 0 /lib/ld-musl-x86_64.so.1\n";
  private static final String PRELOADED = GLIBC + "7f02-7f03 r-xp 0 00:00 0 /opt/ktsn/libktsn.so\n";

  @TempDir Path folder;
  private Path namespace;
  private Path processes;

  @BeforeEach
  void makeFolders() throws IOException {
    namespace = Files.createFile(folder.resolve("namespace"));
    processes = Files.createDirectory(folder.resolve("proc"));
    Files.createDirectory(processes.resolve("self"));
  }

  /** A process in the pod: its auxiliary vector as pairs of type and value. */
  private Path process(int number, String name, String mappings, long... vector)
      throws IOException {
    Path entry = Files.createDirectories(processes.resolve(String.valueOf(number)));
    Files.createDirectory(entry.resolve("fd"));
    Files.createLink(Files.createDirectory(entry.resolve("ns")).resolve("net"), namespace);
    ByteBuffer words =
        ByteBuffer.allocate(vector.length * Long.BYTES).order(ByteOrder.nativeOrder());
    for (long word : vector) {
      words.putLong(word);
    }
    Files.write(entry.resolve("auxv"), words.array());
    Files.writeString(entry.resolve("maps"), mappings);
    Files.writeString(entry.resolve("comm"), name + "\n");
    return entry;
  }

  private List<OtherProgram> found() {
    return new OtherPrograms(processes).in(namespace);
  }

  private String reasonOf(int number) {
    return found().stream()
        .filter(program -> program.process() == number)
        .findFirst()
        .orElseThrow()
        .reason();
  }

  @Test
  void shouldSayNothingOfProgramsThatHaveLoadedTheLibrary() throws IOException {
    process(7, "talker", PRELOADED, 7, 0x7f00, 0, 0);
    assertEquals(List.of(), found());
  }

  @Test
  void shouldSayNothingOfProcessesOfOtherNamespaces() throws IOException {
    Path entry = process(7, "talker", GLIBC, 7, 0x7f00, 0, 0);
    Files.delete(entry.resolve("ns/net"));
    Files.createFile(entry.resolve("ns/net"));
    assertEquals(List.of(), found());
  }

  @Test
  void shouldNameWhatIsLinkedStatically() throws IOException {
    process(7, "pause", "400000-401000 r-xp 0 00:00 0 /pause\n", 6, 4096, 7, 0, 0, 0);
    assertEquals(
        List.of(
            new OtherProgram(
                7, "pause", "is linked statically, so nothing can be preloaded into it")),
        found());
  }

  @Test
  void shouldNameWhatHasTakenAnothersRights() throws IOException {
    process(7, "ping", GLIBC, 7, 0x7f00, 23, 1, 0, 0);
    assertTrue(reasonOf(7).contains("another user's rights"), reasonOf(7));
  }

  @Test
  void shouldTellProgramsOfMuslWhatToDo() throws IOException {
    process(7, "busybox", MUSL, 7, 0x7f00, 0, 0);
    assertTrue(reasonOf(7).contains("LD_PRELOAD of its container"), reasonOf(7));
  }

  @Test
  void shouldNameWhatWasStartedWithoutTheLibrary() throws IOException {
    process(7, "late", GLIBC, 7, 0x7f00, 23, 0, 0, 0);
    assertEquals("was started without LibKTSN; preload it", reasonOf(7));
  }

  @Test
  void shouldNameWhatUsesIoUring() throws IOException {
    Path entry = process(7, "server", PRELOADED, 7, 0x7f00, 0, 0);
    Files.createSymbolicLink(entry.resolve("fd/5"), Path.of("anon_inode:[io_uring]"));
    assertTrue(reasonOf(7).startsWith("uses io_uring"), reasonOf(7));
  }

  @Test
  void shouldPassOverThreadsOfTheKernelAndProcessesThatEnd() throws IOException {
    process(7, "kworker", "");
    Files.delete(process(8, "gone", GLIBC, 7, 0x7f00, 0, 0).resolve("maps"));
    assertEquals(List.of(), found());
  }

  @Test
  void shouldShowNoCharacterOfNamesThatCouldMislead() throws IOException {
    process(7, "\u001b[2Jevil name", GLIBC, 7, 0x7f00, 0, 0);
    assertEquals("?[2Jevil?name", found().getFirst().name());
  }

  @Test
  void shouldFindThemInTheOrderOfTheirNumbers() throws IOException {
    process(100, "b", GLIBC, 7, 0x7f00, 0, 0);
    process(9, "a", GLIBC, 7, 0x7f00, 0, 0);
    assertEquals(List.of(9, 100), found().stream().map(OtherProgram::process).toList());
  }

  @Test
  void shouldFindNothingInNamespacesThatAreGone() throws IOException {
    process(7, "late", GLIBC, 7, 0x7f00, 0, 0);
    Files.delete(namespace);
    assertEquals(List.of(), found());
  }
}
