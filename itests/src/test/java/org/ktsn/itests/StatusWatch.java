package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Asks for STATUS every 20 ms, attaches and detaches meanwhile, and compares: what STATUS says of a
 * moment is what becomes of an ADD in that moment. An answer may belong to either side of a change
 * that came while it was given.
 */
final class StatusWatch implements AutoCloseable {
  private static final String NAMESPACE = "ktitstatus";
  private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long TOLERANCE_NS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int MOST_DELETIONS = 1_000;
  private static final int DONE = 0;
  private static final int TRY_AGAIN_LATER = 11;
  private static final int NOT_AVAILABLE = 50;

  /** An answer; code 0 if all went well. */
  private record Answer(long beginNs, long endNs, int code, String text) {}

  private final ContainerNetworks networks;
  private final ConcurrentLinkedQueue<Answer> statuses = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Answer> additions = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Answer> deletions = new ConcurrentLinkedQueue<>();
  private final FutureTask<Void> asking = new FutureTask<>(this::ask, null);
  private final FutureTask<Void> attaching = new FutureTask<>(this::attach, null);
  private volatile boolean over;

  StatusWatch(ContainerNetworks networks) {
    this.networks = networks;
    ip("add");
    Thread.ofPlatform().daemon().name("status").start(asking);
    Thread.ofPlatform().daemon().name("attachments").start(attaching);
  }

  private static void ip(String verb) {
    Command.start(Map.of(), List.of("ip", "netns", verb, NAMESPACE)).end(10).expect(0);
  }

  private void ask() {
    while (!over) {
      long beginNs = System.nanoTime();
      statuses.add(call("STATUS"));
      LockSupport.parkNanos(PERIOD_NS - (System.nanoTime() - beginNs));
    }
  }

  private void attach() {
    while (!over) {
      additions.add(call("ADD"));
      // As kubelet does: whatever became of ADD, DEL until it is done.
      Answer deleted = call("DEL");
      deletions.add(deleted);
      for (int tries = 0; deleted.code != DONE && tries < MOST_DELETIONS; tries++) {
        LockSupport.parkNanos(PERIOD_NS);
        deleted = call("DEL");
        deletions.add(deleted);
      }
    }
  }

  private Answer call(String command) {
    JsonObject config = new JsonObject();
    config.addProperty("cniVersion", "1.1.0");
    config.addProperty("name", "status");
    config.addProperty("type", "tsn-cni");
    config.addProperty("instance", Node.INSTANCE);
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("KTSN_CNI_STATUS_WAIT_MS", "0"); // of this moment, and not of a later one
    if (!command.equals("STATUS")) {
      environment.put("CNI_CONTAINERID", "status");
      environment.put("CNI_NETNS", "/run/netns/" + NAMESPACE);
      environment.put("CNI_IFNAME", "tsn0");
    }
    long beginNs = System.nanoTime();
    ContainerNetworks.Outcome outcome = networks.plugin(environment, config);
    int code =
        outcome.exitCode() == 0
            ? DONE
            : JsonParser.parseString(outcome.output()).getAsJsonObject().get("code").getAsInt();
    return new Answer(beginNs, System.nanoTime(), code, outcome.output().strip());
  }

  /** Ends the watch and compares; returns how often STATUS gave which code. */
  Map<Integer, Long> judge() {
    end();
    for (Answer added : additions) {
      Set<Integer> said = said(added);
      if (added.code == DONE) {
        assertTrue(said.contains(DONE), "STATUS said " + said + ", and ADD succeeded");
      } else {
        assertEquals(TRY_AGAIN_LATER, added.code, added.text);
        assertTrue(
            said.stream().anyMatch(code -> code != DONE),
            "STATUS said " + said + ", and ADD: " + added.text);
      }
    }
    for (Answer deleted : deletions) {
      if (deleted.code != DONE) {
        assertEquals(TRY_AGAIN_LATER, deleted.code, deleted.text);
        assertTrue(said(deleted).contains(NOT_AVAILABLE), deleted.text);
      }
    }
    return counts(statuses);
  }

  /** What STATUS said while something was done, and right before and after. */
  private Set<Integer> said(Answer of) {
    Set<Integer> codes = new TreeSet<>();
    int before = DONE;
    for (Answer status : statuses) {
      if (status.endNs < of.beginNs - TOLERANCE_NS) {
        before = status.code;
      } else {
        codes.add(status.code);
        if (status.beginNs > of.endNs + TOLERANCE_NS) {
          break;
        }
      }
    }
    codes.add(before);
    return codes;
  }

  String describe() {
    double slowest =
        additions.stream().mapToLong(each -> each.endNs - each.beginNs).max().orElse(0) / 1e6;
    double slowestDeletion =
        deletions.stream().mapToLong(each -> each.endNs - each.beginNs).max().orElse(0) / 1e6;
    return "STATUS %s, ADD %s (slowest %.0f ms), DEL %s (slowest %.0f ms)"
        .formatted(
            counts(statuses), counts(additions), slowest, counts(deletions), slowestDeletion);
  }

  private static Map<Integer, Long> counts(ConcurrentLinkedQueue<Answer> answers) {
    return answers.stream()
        .collect(Collectors.groupingBy(Answer::code, TreeMap::new, Collectors.counting()));
  }

  @Override
  public void close() {
    end();
    ip("del");
  }

  private void end() {
    over = true;
    try {
      asking.get(Patience.ns(60), TimeUnit.NANOSECONDS);
      attaching.get(Patience.ns(60), TimeUnit.NANOSECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }
}
