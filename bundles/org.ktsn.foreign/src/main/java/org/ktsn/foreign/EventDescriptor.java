package org.ktsn.foreign;

/** An eventfd: a bell between threads or processes. */
public final class EventDescriptor implements AutoCloseable {
  private final int descriptor;
  private volatile boolean open = true;

  /** Makes one, non-blocking. */
  public EventDescriptor() {
    try {
      descriptor = (int) KtsnLibrary.EVENT_NEW.invokeExact();
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    KtsnLibrary.check(descriptor);
  }

  /** Returns the descriptor. */
  public int descriptor() {
    return descriptor;
  }

  /** Rings; nothing happens after {@link #close}. Any thread; never blocks. */
  public void ring() {
    if (!open) {
      return;
    }
    int result;
    try {
      result = (int) KtsnLibrary.EVENT_RING.invokeExact(descriptor);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    assert result <= 0;
  }

  /** Silences it. */
  public void clear() {
    int result;
    try {
      result = (int) KtsnLibrary.EVENT_CLEAR.invokeExact(descriptor);
    } catch (Throwable e) {
      throw KtsnLibrary.unexpected(e);
    }
    assert result <= 0;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      Descriptors.close(descriptor);
    }
  }
}
