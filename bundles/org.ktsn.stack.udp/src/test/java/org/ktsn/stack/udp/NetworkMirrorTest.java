package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodException;
import org.ktsn.foreign.EventDescriptor;

/** The mirror's thread, whatever happens in it for one of the pods. */
@Timeout(30)
class NetworkMirrorTest {
  /** A {@link FakeKernel} that can be polled. */
  private static final class PolledKernel implements RouteSocket {
    final FakeKernel kernel = new FakeKernel();
    final EventDescriptor event = new EventDescriptor();
    volatile boolean broken;

    @Override
    public int fd() {
      return event.descriptor();
    }

    @Override
    public void send(MemorySegment message, int length) {
      kernel.send(message, length);
      event.ring();
    }

    @Override
    public int receive(MemorySegment buffer) {
      event.clear();
      if (broken) {
        throw new StackOverflowError();
      }
      int octets = kernel.receive(buffer);
      if (!kernel.queue.isEmpty()) {
        event.ring();
      }
      return octets;
    }

    @Override
    public void close() {
      event.close();
    }
  }

  private final AtomicInteger opened = new AtomicInteger();
  private final PolledKernel first = new PolledKernel();
  private NetworkMirror mirror;

  private static Pod pod(int number) {
    return new Pod(
        "pod" + number,
        number,
        Path.of("/proc/self/ns/net"),
        "tsn0",
        "v" + number,
        new MacAddress(0x0200_0000_0002L),
        List.of("10.77.0.2/16"),
        Path.of("/run/app.sock"));
  }

  @AfterEach
  void close() {
    mirror.close();
  }

  @Test
  void shouldGoOnAfterAnErrorWhileAPodWasTakenUp() {
    mirror =
        new NetworkMirror(
            namespace -> {
              if (opened.getAndIncrement() == 0) {
                throw new NoClassDefFoundError("org/example/Gone");
              }
              return new PolledKernel();
            });

    PodException refused = assertThrows(PodException.class, () -> mirror.attached(pod(1)));
    mirror.attached(pod(2));

    assertTrue(refused.getMessage().contains("org/example/Gone"), refused::getMessage);
    assertEquals(FakeKernel.INDEX, mirror.network(2).attachment().index());
  }

  @Test
  void shouldGoOnAfterAnErrorInWhatAPodsKernelSaid() {
    mirror =
        new NetworkMirror(namespace -> opened.getAndIncrement() == 0 ? first : new PolledKernel());
    mirror.attached(pod(1));
    first.broken = true;
    first.event.ring();

    mirror.attached(pod(2));
    mirror.detached(pod(1));

    assertEquals(FakeKernel.INDEX, mirror.network(2).attachment().index());
    assertEquals(PodNetwork.GONE, mirror.network(1));
  }

  @Test
  void shouldTellTheOtherObserversWhenOneThrowsAnError() {
    mirror = new NetworkMirror(namespace -> new PolledKernel());
    AtomicInteger told = new AtomicInteger();
    mirror.addObserver(
        (pod, index, mtu, generation) -> {
          throw new AssertionError("an observer's own");
        });
    mirror.addObserver((pod, index, mtu, generation) -> told.incrementAndGet());

    mirror.attached(pod(1));
    mirror.attached(pod(2));

    assertTrue(told.get() >= 2, () -> told + " were told");
  }
}
