package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ktsn.api.frame.Verdict;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.Datagram;
import org.ktsn.api.stack.EncodedFrame;
import org.ktsn.api.stack.NetworkStack;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** Stacks that come and go as services, each for its families. */
final class StackChoiceTest {
  private static final String NONE = "";

  private final Lives lives = new Lives();
  private final StackStages stages = new StackStages(lives, () -> 0, 2048, () -> {}, () -> false);
  private final StackChoice choice = new StackChoice(stages);
  private final FakeDatagram datagram = new FakeDatagram();
  private int services;

  StackChoiceTest() {
    lives.begin(new Life(0, new FrameTable(1)));
  }

  /** A stack on offer, whose properties may change. */
  private final class Offer implements NetworkStack {
    private final String name;
    private final Map<String, Object> properties = new HashMap<>();
    private final ServiceReference<NetworkStack> reference = FakeReference.of(properties);
    private boolean broken;

    Offer(String name, Object families, int ranking) {
      this.name = name;
      properties.put(FAMILY, families);
      properties.put(Constants.SERVICE_RANKING, ranking);
      properties.put(Constants.SERVICE_ID, (long) services++);
    }

    @Override
    public Verdict encode(Datagram of, long address, int octets, EncodedFrame out) {
      if (broken) {
        throw new IllegalStateException("broken on purpose");
      }
      return Verdict.BAD_SOURCE;
    }

    @Override
    public Verdict complete(int pod, long bufferAddress, int lengthOctets) {
      return Verdict.HOLD;
    }

    Offer come() {
      choice.add(reference, this);
      return this;
    }

    void change(String property, Object value) {
      properties.put(property, value);
      choice.updated(reference, this);
    }

    void go() {
      choice.remove(reference, this);
    }

    void fail(AddressFamily family) {
      assertSame(this, atWork(family));
      broken = true;
      stages.of(family).encode(datagram, 0);
      broken = false;
    }
  }

  private NetworkStack atWork(AddressFamily family) {
    stages.begin();
    return stages.slot(family).inUse();
  }

  /** The names of those at work for IPv4, IPv6 and layer 2. */
  private List<String> atWork() {
    List<String> names = new ArrayList<>();
    for (AddressFamily family : AddressFamily.values()) {
      names.add(atWork(family) instanceof Offer offer ? offer.name : NONE);
    }
    return names;
  }

  @Test
  void shouldServeIpv4WithAStackThatNamesNoFamily() {
    new Offer("plain", null, 0).come();
    assertEquals(List.of("plain", NONE, NONE), atWork());
  }

  @Test
  void shouldPutStacksOfDifferentFamiliesBesideEachOther() {
    Offer four = new Offer("four", "INET", 0).come();
    Offer six = new Offer("six", "INET6", 100).come();
    new Offer("two", "PACKET", -5).come();
    assertEquals(List.of("four", "six", "two"), atWork());
    four.go();
    assertEquals(List.of(NONE, "six", "two"), atWork());
    six.go();
    assertEquals(List.of(NONE, NONE, "two"), atWork());
  }

  @Test
  void shouldReadSeveralFamiliesHoweverTheyAreGiven() {
    Offer several = new Offer("several", new String[] {"INET", "INET6"}, 0).come();
    assertEquals(List.of("several", "several", NONE), atWork());
    several.change(NetworkStack.FAMILY, List.of("INET6", "PACKET"));
    assertEquals(List.of(NONE, "several", "several"), atWork());
    several.change(NetworkStack.FAMILY, null);
    assertEquals(List.of("several", NONE, NONE), atWork());
  }

  @ParameterizedTest
  @ValueSource(strings = {"inet", "IPv6", "AF_INET", "", "INET,INET6"})
  void shouldAskAStackOfNoKnownFamilyForNothing(String family) {
    new Offer("other", family, 1_000).come();
    new Offer("half", List.of(family, "INET6"), 0).come();
    assertEquals(List.of(NONE, "half", NONE), atWork());
  }

  @Test
  void shouldLetTheRankingDecideWithinAFamilyOnly() {
    Offer low = new Offer("low", List.of("INET", "INET6"), 1).come();
    Offer high = new Offer("high", "INET6", 2).come();
    assertEquals(List.of("low", "high", NONE), atWork());
    low.change(Constants.SERVICE_RANKING, 3);
    assertEquals(List.of("low", "low", NONE), atWork());
    low.go();
    assertEquals(List.of(NONE, "high", NONE), atWork());
    high.go();
    assertEquals(List.of(NONE, NONE, NONE), atWork());
  }

  @Test
  void shouldNotTryAFailedStackAgainBecauseAnotherFamilysComes() {
    Offer four = new Offer("four", "INET", 0).come();
    four.fail(AddressFamily.INET);
    assertEquals(List.of(NONE, NONE, NONE), atWork());
    Offer six = new Offer("six", "INET6", 0).come();
    six.go();
    assertEquals(List.of(NONE, NONE, NONE), atWork());
  }

  @Test
  void shouldUseALowerOneThatComesAfterOneHasFailedAndTryThatAgainWhenItIsOfferedAnew() {
    Offer high = new Offer("high", "INET", 100).come();
    high.fail(AddressFamily.INET);
    new Offer("low", "INET", 1).come();
    assertEquals(List.of("low", NONE, NONE), atWork());
    high.change(Constants.SERVICE_RANKING, 100);
    assertEquals(List.of("high", NONE, NONE), atWork());
    high.fail(AddressFamily.INET);
    high.change(Constants.SERVICE_RANKING, 100);
    assertEquals(List.of("high", NONE, NONE), atWork(), "though nobody came in between");
    high.fail(AddressFamily.INET);
    high.go();
    assertEquals(List.of("low", NONE, NONE), atWork());
    high.come();
    assertEquals(List.of("high", NONE, NONE), atWork());
  }

  /** A thread that was the planner's may still be in its code. */
  @Test
  void shouldTakeAStackThatFailsOutOfAllItsFamilies() {
    Offer both = new Offer("both", List.of("INET", "INET6"), 0).come();
    new Offer("two", "PACKET", 0).come();
    both.fail(AddressFamily.INET6);
    assertEquals(List.of(NONE, NONE, "two"), atWork());
    both.change(NetworkStack.FAMILY, "INET");
    assertEquals(List.of("both", NONE, "two"), atWork());
  }

  @Test
  void shouldNotTakeUpAStackThatFailedBeforeThePlannerCameToIt() {
    Offer six = new Offer("six", "INET6", 0).come();
    assertEquals(List.of(NONE, "six", NONE), atWork());
    six.change(NetworkStack.FAMILY, List.of("INET", "INET6")); // on offer for IPv4 as well
    six.broken = true;
    stages.of(AddressFamily.INET6).encode(datagram, 0);
    assertEquals(List.of(NONE, NONE, NONE), atWork());
  }
}
