package org.ktsn.ingress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many descriptors this process may have. */
final class OpenFiles {
  private static final String LINE = "Max open files";
  private static final int USUAL_LIMIT = 1024;

  private OpenFiles() {}

  /** Returns the limit (RLIMIT_NOFILE); 1024 where it can't be read. */
  static int limit() {
    try {
      return limit(Files.readString(Path.of("/proc/self/limits")));
    } catch (IOException e) {
      return USUAL_LIMIT;
    }
  }

  /** Reads the soft limit as {@code /proc/self/limits} has it. */
  static int limit(String limits) {
    for (String line : limits.lines().toList()) {
      if (line.startsWith(LINE)) {
        String soft = line.substring(LINE.length()).strip().split("\\s+", 2)[0];
        return soft.equals("unlimited")
            ? Integer.MAX_VALUE
            : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(soft));
      }
    }
    return USUAL_LIMIT;
  }
}
