package org.ktsn.launcher;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Locale;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.FormatterLogger;
import org.osgi.service.log.LogService;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerConsumer;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The OSGi Log Service on top of SLF4J, so that what the framework's own bundles have to say (a
 * component that does not start, for instance) stands in the same log. Any thread.
 */
final class LogBridge implements LogService {
  private static final String DEFAULT_NAME = "osgi";

  @Override
  @Deprecated
  public void log(int level, String message) {
    log(null, level, message, null);
  }

  @Override
  @Deprecated
  public void log(int level, String message, Throwable failure) {
    log(null, level, message, failure);
  }

  @Override
  @Deprecated
  public void log(ServiceReference<?> reference, int level, String message) {
    log(reference, level, message, null);
  }

  @Override
  @Deprecated
  public void log(ServiceReference<?> reference, int level, String message, Throwable failure) {
    Bundle bundle = reference == null ? null : reference.getBundle();
    LoggerFactory.getLogger(bundle == null ? DEFAULT_NAME : bundle.getSymbolicName())
        .atLevel(level(level))
        .setCause(failure)
        .log(message);
  }

  @SuppressWarnings("deprecation") // the interface still has the methods that use these numbers
  private static Level level(int osgi) {
    return switch (osgi) {
      case LOG_ERROR -> Level.ERROR;
      case LOG_WARNING -> Level.WARN;
      case LOG_INFO -> Level.INFO;
      default -> Level.DEBUG;
    };
  }

  @Override
  public Logger getLogger(String name) {
    return getLogger(name, Logger.class);
  }

  @Override
  public Logger getLogger(Class<?> type) {
    return getLogger(type.getName(), Logger.class);
  }

  @Override
  public <L extends Logger> L getLogger(Class<?> type, Class<L> kind) {
    return getLogger(type.getName(), kind);
  }

  @Override
  public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> kind) {
    return getLogger(name, kind);
  }

  @Override
  public <L extends Logger> L getLogger(String name, Class<L> kind) {
    if (kind != Logger.class && kind != FormatterLogger.class) {
      throw new IllegalArgumentException(
          "there is no logger of the kind " + kind.getName() + "; ask for Logger");
    }
    InvocationHandler handler =
        new Lines(LoggerFactory.getLogger(name), kind == FormatterLogger.class);
    return kind.cast(
        Proxy.newProxyInstance(LogBridge.class.getClassLoader(), new Class<?>[] {kind}, handler));
  }

  /**
   * One logger: its many methods differ only in level and number of arguments.
   *
   * @param target where the lines go
   * @param formatter whether messages are written for {@link String#format} instead of with {@code
   *     {}}
   */
  private record Lines(org.slf4j.Logger target, boolean formatter) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      String name = method.getName();
      return switch (name) {
        case "getName" -> target.getName();
        case "isTraceEnabled" -> target.isTraceEnabled();
        case "isDebugEnabled" -> target.isDebugEnabled();
        case "isInfoEnabled" -> target.isInfoEnabled();
        case "isWarnEnabled" -> target.isWarnEnabled();
        case "isErrorEnabled" -> target.isErrorEnabled();
        case "trace" -> log(Level.TRACE, (Logger) proxy, arguments);
        case "debug" -> log(Level.DEBUG, (Logger) proxy, arguments);
        case "info", "audit" -> log(Level.INFO, (Logger) proxy, arguments);
        case "warn" -> log(Level.WARN, (Logger) proxy, arguments);
        case "error" -> log(Level.ERROR, (Logger) proxy, arguments);
        case "toString" -> "logger " + target.getName();
        case "hashCode" -> System.identityHashCode(proxy);
        case "equals" -> proxy == arguments[0];
        default -> throw new UnsupportedOperationException(name);
      };
    }

    private Object log(Level level, Logger self, Object[] arguments) throws Exception {
      if (!target.isEnabledForLevel(level)) {
        return null;
      }
      if (arguments[0] instanceof LoggerConsumer<?> consumer) {
        consumer.accept(self);
        return null;
      }
      String message = String.valueOf(arguments[0]);
      Object[] values = values(arguments);
      Throwable failure = null;
      if (values.length > 0 && values[values.length - 1] instanceof Throwable last) {
        failure = last;
      }
      LoggingEventBuilder line = target.makeLoggingEventBuilder(level).setCause(failure);
      if (formatter) {
        line.log(values.length == 0 ? message : String.format(Locale.ROOT, message, values));
      } else {
        line.log(message, values);
      }
      return null;
    }

    private static Object[] values(Object[] arguments) {
      if (arguments.length == 2 && arguments[1] instanceof Object[] several) {
        return several;
      }
      Object[] values = new Object[arguments.length - 1];
      System.arraycopy(arguments, 1, values, 0, values.length);
      return values;
    }
  }
}
