package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.Logger;
import org.slf4j.LoggerFactory;

class LogBridgeTest {
  private final ch.qos.logback.classic.Logger target =
      (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("bridge.test");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger log = new LogBridge().getLogger("bridge.test");

  @BeforeEach
  void listen() {
    lines.start();
    target.setAdditive(false);
    target.setLevel(Level.INFO);
    target.addAppender(lines);
  }

  @AfterEach
  void stop() {
    target.detachAppender(lines);
  }

  private List<String> messages() {
    return lines.list.stream()
        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
        .toList();
  }

  @Test
  void shouldFillInValues() {
    log.info("plain");
    log.warn("{} and {}", 1, 2);
    log.error("{} {} {}", 1, 2, 3);
    log.audit("one {}", 1);

    assertEquals(List.of("INFO plain", "WARN 1 and 2", "ERROR 1 2 3", "INFO one 1"), messages());
  }

  @Test
  void shouldKeepTheFailure() {
    IllegalStateException failure = new IllegalStateException("broken");

    log.error("it failed", failure);

    assertSame(
        failure, ((ThrowableProxy) lines.list.getFirst().getThrowableProxy()).getThrowable());
  }

  @Test
  void shouldLeaveOutWhatIsBelowTheLevel() {
    log.debug("not shown {}", 1);
    log.debug(
        logger -> {
          throw new IllegalStateException("must not be called");
        });
    log.info(logger -> logger.info("from the consumer"));

    assertEquals(List.of("INFO from the consumer"), messages());
    assertFalse(log.isDebugEnabled());
    assertTrue(log.isInfoEnabled());
    assertEquals("bridge.test", log.getName());
  }

  @Test
  void shouldFormatForFormatterLoggers() {
    FormatterLogger formatter = new LogBridge().getLogger("bridge.test", FormatterLogger.class);

    formatter.info("%d of %s", 3, "many");

    assertEquals(List.of("INFO 3 of many"), messages());
  }

  @Test
  void shouldRefuseOtherKindsOfLoggers() {
    interface Odd extends Logger {}
    assertThrows(IllegalArgumentException.class, () -> new LogBridge().getLogger("x", Odd.class));
  }
}
