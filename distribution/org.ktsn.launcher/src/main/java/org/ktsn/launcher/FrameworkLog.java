package org.ktsn.launcher;

import org.apache.felix.framework.Logger;
import org.slf4j.LoggerFactory;

/** Passes what the framework itself logs on to SLF4J. */
final class FrameworkLog extends Logger {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("org.apache.felix.framework");

  @Override
  protected void doLog(int level, String message, Throwable failure) {
    switch (level) {
      case LOG_ERROR -> LOG.error(message, failure);
      case LOG_WARNING -> LOG.warn(message, failure);
      case LOG_INFO -> LOG.info(message, failure);
      default -> LOG.debug(message, failure);
    }
  }
}
