package org.ktsn.binder.ovs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.api.pod.MacAddress;

/** Who waits for the switch, and what they are told. */
@Timeout(30)
class SwitchConditionTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:01");

  private final DesiredState desired = new DesiredState();
  @TempDir private Path run;
  private SwitchCondition condition;

  @BeforeEach
  void begin() {
    condition = condition(LONG);
  }

  private SwitchCondition condition(Duration patience) {
    return new SwitchCondition(
        OvsSettings.of(Path.of("/run/x/ovs"), "br-x", "k0-x", Path.of("/run/x/vhost.sock")),
        desired,
        new AwayMark(run.resolve("switch-away"), patience));
  }

  @Test
  void shouldNotWaitForWhatIsSettled() {
    long revision = desired.pin(MAC, "v0-x");
    desired.settle(desired.snapshot());
    assertEquals(Optional.empty(), condition.awaitSettled(revision, Duration.ZERO));
  }

  @Test
  void shouldSayAtOnceWhatIsTheMatterWhenTheGraceIsOver() {
    long revision = desired.pin(MAC, "v0-x");
    assertTrue(
        condition.awaitSettled(revision, Duration.ZERO).orElseThrow().contains("not answered yet"));
    condition.away("it went away");
    assertFalse(condition.isWell());
    assertEquals(Optional.of("it went away"), condition.awaitSettled(revision, Duration.ZERO));
  }

  @Test
  void shouldBeWellUntilSomethingIsTheMatter() {
    condition.well("3.5.0");
    assertTrue(condition.isWell());
    condition.away("it went away");
    assertFalse(condition.isWell());
  }

  @Test
  void shouldBeInTroubleOnceItHasBeenAwayForLong() {
    assertTrue(condition.trouble(Duration.ZERO).orElseThrow().contains("/run/x/ovs"));
    condition.well("3.5.0");
    assertEquals(Optional.empty(), condition.trouble(Duration.ZERO));
    condition.away("nobody answers");
    assertEquals(Optional.of("nobody answers"), condition.trouble(Duration.ZERO));
    assertEquals(Optional.empty(), condition.trouble(LONG), "it may restart");
    condition.stop();
    assertEquals(Optional.empty(), condition.trouble(Duration.ZERO));
  }

  /** What the readiness probe of the manifest looks for. */
  @Test
  void shouldMarkThatItHasBeenAwayForLong() throws IOException {
    Path mark = Files.createFile(run.resolve("switch-away")); // of one that was killed
    SwitchCondition marked = condition(Duration.ZERO);
    assertFalse(Files.exists(mark));
    marked.well("3.5.0");
    marked.away("nobody answers");
    assertTrue(Files.exists(mark));
    marked.well("3.5.0");
    assertFalse(Files.exists(mark));
    marked.away("nobody answers");
    marked.stop();
    assertFalse(Files.exists(mark));
    condition.away("nobody answers");
    assertFalse(Files.exists(mark), "it may restart");
  }

  @Test
  void shouldRememberAKickThatCameBeforeTheWait() throws InterruptedException {
    condition.kick();
    condition.awaitKick(LONG);
  }

  @Test
  void shouldLetEverybodyGoWhenItIsToStop() throws InterruptedException {
    condition.well("3.5.0");
    long revision = desired.pin(MAC, "v0-x");
    condition.stop();
    assertEquals(Optional.of("KTSNd is about to stop"), condition.awaitSettled(revision, LONG));
    condition.awaitKick(LONG);
    condition.pause(LONG);
  }
}
