package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ktsn.dataplane.RunningPlanner.MODEL;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.filter.StatusTable;
import org.ktsn.api.stats.FilterStatus;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/** Filters that come and go as services. */
final class FilterChoiceTest {
  private static final int LARGEST_FRAME = 2048;

  @RegisterExtension static final SwallowingDevice DEVICE = new SwallowingDevice();

  private RunningPlanner running;
  private FilterChoice choice;
  private int services;

  @BeforeEach
  void start() {
    running = new RunningPlanner(DEVICE.port(), 64);
    choice = new FilterChoice(running.planner, LARGEST_FRAME);
  }

  @AfterEach
  void stop() throws InterruptedException {
    running.close();
  }

  /** A factory on offer, whose properties may change. */
  private class Offer implements FilterFactory {
    private final String name;
    private final Map<String, Object> properties = new HashMap<>();
    private final ServiceReference<FilterFactory> reference = FakeReference.of(properties);
    private final List<CheckingFilter> made = new ArrayList<>();
    private boolean broken;

    Offer(String name, int order) {
      this.name = name;
      properties.put(ORDER, order);
      properties.put(Constants.SERVICE_ID, (long) services++);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Filter create(FilterSite site) {
      assertEquals(new FilterSite(64, LARGEST_FRAME, MODEL, running.planner.schedule()), site);
      if (broken) {
        throw new IllegalStateException("broken on purpose");
      }
      CheckingFilter filter = new CheckingFilter(64);
      made.add(filter);
      return filter;
    }

    void come() {
      choice.add(reference, this, MODEL);
    }

    void change(String property, int value) {
      properties.put(property, value);
      choice.updated(this, MODEL);
    }

    void go() {
      choice.remove(reference, this, MODEL);
    }

    private CheckingFilter last() {
      return made.getLast();
    }
  }

  private List<String> atWork() {
    return running.planner.filters.slot().inUse().steps().stream().map(FilterStep::name).toList();
  }

  private List<String> shown() {
    return choice.status().stream()
        .map(filter -> filter.order() + " " + filter.name() + " " + filter.problem())
        .toList();
  }

  @Test
  void shouldStandInTheirOrderAndThenByName() {
    new Offer("b", 100).come();
    new Offer("a", 500).come();
    new Offer("c", 100).come();
    assertEquals(List.of("b", "c", "a"), atWork());
    assertEquals(List.of("100 b ", "100 c ", "500 a "), shown());
  }

  @Test
  void shouldStandWhereOthersDoWithoutAnOrder() {
    Offer plain = new Offer("plain", 0);
    plain.properties.clear();
    plain.come();
    new Offer("policer", 499).come();
    new Offer("credit", 501).come();
    assertEquals(List.of("policer", "plain", "credit"), atWork());
  }

  @Test
  void shouldUseTheHighestOfOneNameAndCloseTheOther() {
    Offer low = new Offer("meter", 500);
    Offer high = new Offer("meter", 500);
    high.properties.put(Constants.SERVICE_RANKING, 10);
    Offer other = new Offer("other", 100);
    other.come();
    low.come();
    high.come();
    assertEquals(List.of("other", "meter"), atWork());
    assertTrue(low.last().closed);
    assertFalse(high.last().closed);
    high.go();
    assertEquals(List.of("other", "meter"), atWork());
    assertTrue(high.last().closed);
    assertEquals(2, low.made.size(), "it is made anew");
    assertEquals(1, other.made.size(), "it was left alone");
    low.go();
    other.go();
    assertEquals(List.of(), atWork());
    assertTrue(low.last().closed && other.last().closed);
  }

  @Test
  void shouldMoveAFilterWhoseOrderChangesAndKeepIt() {
    Offer one = new Offer("one", 100);
    Offer two = new Offer("two", 200);
    one.come();
    two.come();
    one.change(FilterFactory.ORDER, 300);
    assertEquals(List.of("two", "one"), atWork());
    assertEquals(1, one.made.size());
    assertFalse(one.last().closed);
  }

  @Test
  void shouldSayWhyAFilterCouldNotBeMadeAndTryAgainWhenItIsOfferedAnew() {
    Offer one = new Offer("one", 100);
    one.broken = true;
    one.come();
    new Offer("two", 200).come();
    assertEquals(List.of("two"), atWork());
    assertEquals(
        List.of(
            "100 one it could not be made: broken on purpose; deploy its bundle anew once it is"
                + " mended",
            "200 two "),
        shown());
    one.broken = false;
    one.change(FilterFactory.ORDER, 100);
    assertEquals(List.of("one", "two"), atWork());
    assertEquals(List.of("100 one ", "200 two "), shown());
  }

  @Test
  void shouldSayWhyAFilterFailedAndMakeItAnewWhenItIsOfferedAnew() {
    Offer one = new Offer("one", 100);
    one.come();
    FilterStep step = running.planner.filters.slot().inUse().steps().getFirst();
    running.planner.mailbox.post(() -> step.fail("it is no good"));
    RunningPlanner.await("it failed", () -> !step.problem().isEmpty());
    assertEquals(
        List.of("100 one it is no good; deploy its bundle anew once it is mended"), shown());
    new Offer("two", 200).come();
    assertEquals(1, one.made.size());
    one.change(FilterFactory.ORDER, 100);
    assertEquals(2, one.made.size());
    assertTrue(one.made.getFirst().closed);
    assertEquals(List.of("100 one ", "200 two "), shown());
  }

  @Test
  void shouldShowAFactoryThatHasNoName() {
    Offer nameless = new Offer(null, 100);
    nameless.come();
    assertEquals(List.of(), atWork());
    FilterStatus status = choice.status().getFirst();
    assertEquals(Offer.class.getName(), status.name());
    assertTrue(status.problem().startsWith("it has no name: "), status.problem());
    nameless.go();
    assertEquals(List.of(), choice.status());
  }

  @Test
  void shouldShowTheTablesOfThoseAtWork() {
    StatusTable table = new StatusTable("rows", List.of("a"), List.of(List.of(1)));
    Offer one =
        new Offer("one", 100) {
          @Override
          public Filter create(FilterSite site) {
            return new Filter() {
              @Override
              public List<StatusTable> status(long nowNs) {
                return List.of(table);
              }
            };
          }
        };
    one.come();
    assertEquals(List.of(table), choice.status().getFirst().tables());
    assertTrue(choice.status().getFirst().isAtWork());
  }
}
