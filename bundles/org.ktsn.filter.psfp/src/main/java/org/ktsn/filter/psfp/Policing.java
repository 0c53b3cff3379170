package org.ktsn.filter.psfp;

import org.ktsn.filter.psfp.model.PolicingParameters;

/** What the node polices: for the command and the files. Any thread but the planner. */
public interface Policing {
  /**
   * Asks for what a document says, instead of what is in force. It is kept over restarts.
   *
   * @param text the whole document
   * @param origin the file that it stands in; empty if it shall outlive any file
   * @throws org.ktsn.filter.psfp.yang.PolicingException with every problem found; nothing has
   *     changed then
   */
  PolicingParameters ask(String text, String origin);

  /** The file is gone: what is in force because of it is not any more. */
  void withdraw(String origin);

  /** Returns what was asked for, and what has become of it, as a document. */
  String document();
}
