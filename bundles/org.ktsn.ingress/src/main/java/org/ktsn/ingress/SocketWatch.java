package org.ktsn.ingress;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.ktsn.foreign.Poller;

/**
 * The sockets on which the channel thread waits, and what is done when one has something to say.
 * Channel thread only, but for {@link #wake}.
 */
final class SocketWatch implements AutoCloseable {
  private final Poller poller = Poller.open();
  private final Map<Integer, Runnable> handlers = new HashMap<>();
  private final Set<Integer> polled = new HashSet<>();
  private final int[] ready = new int[32];

  /** Ends the wait. Any thread. */
  void wake() {
    poller.wake();
  }

  /** Waits at most so long; returns for how many sockets {@link #handle} has something to do. */
  int await(int limitMs) {
    return poller.await(ready, limitMs);
  }

  /** Does what is to be done for the sockets that {@link #await} has found. */
  void handle(int count) {
    for (int i = 0; i < count; i++) {
      Runnable handler = handlers.get(ready[i]);
      if (handler != null) {
        handler.run();
      }
    }
  }

  /** Listens to a socket. */
  void add(int descriptor, Runnable handler) {
    handlers.put(descriptor, handler);
    resume(descriptor);
  }

  /** Forgets a socket. */
  void remove(int descriptor) {
    handlers.remove(descriptor);
    pause(descriptor);
  }

  /** Leaves a socket alone; what it has to say waits there. */
  void pause(int descriptor) {
    if (polled.remove(descriptor)) {
      poller.remove(descriptor);
    }
  }

  /** Listens to a socket again. */
  void resume(int descriptor) {
    if (polled.add(descriptor)) {
      poller.add(descriptor, descriptor);
    }
  }

  @Override
  public void close() {
    poller.close();
  }
}
