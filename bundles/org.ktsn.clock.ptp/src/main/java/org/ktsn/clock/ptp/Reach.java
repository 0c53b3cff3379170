package org.ktsn.clock.ptp;

/** Whether a ptp4l can be asked. */
enum Reach {
  /** Nothing has come back yet. */
  NOT_ASKED,
  /** It answers. */
  ANSWERS,
  /** There is no socket. */
  NO_SOCKET,
  /** The socket's file is there, but nobody listens. */
  NOT_LISTENING,
  /** The socket's permissions forbid it. */
  DENIED,
  /** It does not take its messages. */
  HANGS,
  /** It takes questions and does not answer. */
  SILENT,
  /** It answers in another domain or with another transportSpecific. */
  ELSEWHERE,
  /** It refuses what must be asked. */
  REFUSES
}
