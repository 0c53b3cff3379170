package org.ktsn.shell;

import org.ktsn.api.frame.DropReason;

/** What the data plane's reasons for a drop mean to people, and what to do about each. */
final class Reason {
  private Reason() {}

  /** Returns the sentence; of a reason that nobody has brought its name in words. */
  static String meaning(String reason) {
    return DropReason.named(reason).map(Reason::sentence).orElse(reason.replace('_', ' '));
  }

  private static String sentence(DropReason reason) {
    return reason.remedy().isEmpty() ? reason.meaning() : reason.meaning() + "; " + reason.remedy();
  }
}
