package org.ktsn.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Where results are shown.
 *
 * @param out standard output
 * @param terminal whether it is one
 * @param unicode whether it shows more than ASCII
 */
public record Screen(PrintStream out, boolean terminal, boolean unicode) {
  /** As a shell reports a program that SIGPIPE (13) ended. */
  private static final int READER_GONE = 128 + 13;

  /** Finds out what standard output is; the locale's variables tell whether it is UTF-8. */
  public static Screen standard(Map<String, String> environment) {
    boolean unicode = isUtf8(environment);
    Charset charset = unicode ? StandardCharsets.UTF_8 : StandardCharsets.US_ASCII;
    return new Screen(
        new PrintStream(
            new AttendedOutput(
                new FileOutputStream(FileDescriptor.out), () -> System.exit(READER_GONE)),
            true,
            charset),
        isTerminal(Path.of("/proc/self/fd/1")),
        unicode);
  }

  static boolean isUtf8(Map<String, String> environment) {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String locale = environment.getOrDefault(name, "");
      if (!locale.isEmpty()) {
        String upper = locale.toUpperCase(Locale.ROOT);
        return upper.endsWith("UTF-8") || upper.endsWith("UTF8");
      }
    }
    return false;
  }

  private static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }
}
