package org.ktsn.clock.ptp;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ktsn.foreign.UnixDatagram;

/**
 * Why a ptp4l can't be asked or does not answer, and what to do.
 *
 * @param reach what was found
 * @param explanation a sentence for people
 */
record Trouble(Reach reach, String explanation) {
  private static final int EPERM = 1;

  /** It takes questions and does not answer. */
  static Trouble silent(InstanceSettings settings, Path target, Path replies) {
    return new Trouble(
        Reach.SILENT,
        "ptp4l at "
            + target
            + " takes questions and does not answer in domain "
            + settings.domainNumber()
            + " with transportSpecific "
            + settings.transportSpecific()
            + ": it hangs, it can't write to "
            + replies
            + " (another user or mount namespace), or its domain is another one");
  }

  /** Nothing can be sent to it. */
  static Trouble unreachable(InstanceSettings settings, Path target, int error) {
    return switch (error) {
      case UnixDatagram.ENOENT ->
          new Trouble(
              Reach.NO_SOCKET,
              "there is no socket at "
                  + target
                  + ": ptp4l does not run, or its uds_address is another one; start it, or set"
                  + " socket= of instance "
                  + settings.name());
      case UnixDatagram.ECONNREFUSED ->
          new Trouble(
              Reach.NOT_LISTENING,
              "nobody listens at " + target + ": ptp4l has ended and left its socket; start it");
      case UnixDatagram.EACCES, EPERM ->
          new Trouble(
              Reach.DENIED,
              "KTSNd may not write to "
                  + target
                  + "; run it as root, or widen ptp4l's uds_file_mode (uds_ro_file_mode)");
      case UnixDatagram.EAGAIN ->
          new Trouble(
              Reach.HANGS,
              "ptp4l at " + target + " does not take its messages: it hangs; see its log");
      default ->
          new Trouble(
              Reach.NOT_LISTENING,
              "nothing can be sent to " + target + " (errno " + error + "); is it ptp4l's socket?");
    };
  }

  /** It does not tell what is needed. */
  static Trouble refuses(Path target, String refusal) {
    return new Trouble(
        Reach.REFUSES,
        "ptp4l at "
            + target
            + " refuses "
            + refusal
            + "; ptp4l of linuxptp 3.1 or later is needed");
  }

  /** It answers, but to other questions than ours. */
  static Trouble elsewhere(InstanceSettings settings, Path target, ManagementMessage message) {
    List<String> differences = new ArrayList<>();
    List<String> remedies = new ArrayList<>();
    if (message.domainNumber() != settings.domainNumber()) {
      differences.add("in domain " + message.domainNumber() + ", not " + settings.domainNumber());
      remedies.add("domain=" + message.domainNumber());
    }
    if (message.transportSpecific() != settings.transportSpecific()) {
      differences.add(
          "with transportSpecific "
              + message.transportSpecific()
              + (message.transportSpecific() == 1 ? " (gPTP)" : "")
              + ", not "
              + settings.transportSpecific());
      remedies.add("transport.specific=" + message.transportSpecific());
    }
    return new Trouble(
        Reach.ELSEWHERE,
        "ptp4l at "
            + target
            + " answers "
            + String.join(" and ", differences)
            + "; set "
            + String.join(" ", remedies)
            + " for instance "
            + settings.name()
            + ", or change ptp4l's configuration");
  }
}
