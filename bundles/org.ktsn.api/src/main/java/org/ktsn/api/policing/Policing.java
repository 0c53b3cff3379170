package org.ktsn.api.policing;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What the node polices: documents of the YANG model {@code ieee802-dot1q-psfp} as JSON. Any thread
 * but the planner.
 */
@ProviderType
public interface Policing {
  /**
   * Checks a document; nothing changes.
   *
   * @throws PolicingException with every problem found
   */
  PolicingTables check(String text);

  /**
   * Asks for what a document says, instead of what is in force. It is kept over restarts.
   *
   * @param text the whole document
   * @param origin the file that it stands in; empty if it shall outlive any file
   * @throws PolicingException with every problem found; nothing has changed then
   */
  PolicingTables ask(String text, String origin);

  /** The file is gone: what is in force because of it is not any more. */
  void withdraw(String origin);

  /** Returns the document that is in force, as it was asked for; {@code {}} if nobody asked. */
  String asked();

  /** Returns what is in force, and what has become of it, as a document. */
  String document();
}
