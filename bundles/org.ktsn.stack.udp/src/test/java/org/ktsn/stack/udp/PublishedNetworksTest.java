package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stack.PodNetworkObserver;

/** Who is told of a pod's network, and when. */
class PublishedNetworksTest {
  private static final PodNetwork NETWORK = new FakeNetworks().network;

  /** Writes down what it is told. */
  private static final class Diary implements PodNetworkObserver {
    final List<String> entries = new ArrayList<>();
    final List<Integer> generations = new ArrayList<>();

    @Override
    public void network(int pod, int interfaceIndex, int mtu, int generation) {
      entries.add("pod " + pod + " interface " + interfaceIndex + " mtu " + mtu);
      generations.add(generation);
    }
  }

  private final PublishedNetworks networks = new PublishedNetworks();
  private final Pod pod =
      new Pod(
          "talker",
          3,
          Path.of("/run/netns/talker"),
          "tsn0",
          "v0-x",
          FakeNetworks.OWN_MAC,
          List.of("10.77.0.2/16"),
          Path.of("/run/x/pods/talker/app.sock"));

  @Test
  void shouldKnowNothingOfAPodThatIsNotMirrored() {
    assertSame(PodNetwork.GONE, networks.network(3));
  }

  @Test
  void shouldTellAnObserverThatComesLaterTheSameAsTheOthers() {
    Diary first = new Diary();
    networks.add(first);
    networks.publish(pod, NETWORK);
    networks.tell(pod);
    Diary second = new Diary();
    networks.add(second);
    assertEquals(List.of("pod 3 interface 7 mtu 1500"), first.entries);
    assertEquals(first.entries, second.entries);
    assertEquals(first.generations, second.generations);
  }

  @Test
  void shouldTellNobodyOfAPodThatIsForgottenOrWasOnlyPublished() {
    networks.publish(pod, NETWORK);
    Diary early = new Diary();
    networks.add(early);
    networks.tell(pod);
    networks.forget(3);
    Diary late = new Diary();
    networks.add(late);
    assertEquals(1, early.entries.size());
    assertEquals(List.of(), late.entries);
    assertSame(PodNetwork.GONE, networks.network(3));
  }

  @Test
  void shouldRaiseTheGenerationEachTime() {
    Diary diary = new Diary();
    networks.add(diary);
    networks.publish(pod, NETWORK);
    networks.tell(pod);
    networks.publish(pod, PodNetwork.GONE);
    networks.tell(pod);
    assertEquals(List.of("pod 3 interface 7 mtu 1500", "pod 3 interface 0 mtu 0"), diary.entries);
    assertTrue(diary.generations.get(0) < diary.generations.get(1));
  }

  @Test
  void shouldTellTheOthersWhenOneObserverFails() {
    networks.add(
        (number, interfaceIndex, mtu, generation) -> {
          throw new IllegalStateException("broken");
        });
    Diary diary = new Diary();
    networks.add(diary);
    networks.publish(pod, NETWORK);
    networks.tell(pod);
    assertEquals(1, diary.entries.size());
  }
}
