package org.ktsn.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MailboxTest {
  private final List<String> done = new ArrayList<>();
  private int wakes;
  private final Mailbox mailbox = new Mailbox(() -> wakes++);

  @Test
  void shouldPostWithoutWaitingAndDoOneTaskAtATimeInOrder() {
    mailbox.post(() -> done.add("first"));
    mailbox.post(() -> done.add("second"));
    assertEquals(2, wakes);
    assertEquals(List.of(), done);
    assertTrue(mailbox.runOne());
    assertEquals(List.of("first"), done);
    assertTrue(mailbox.runOne());
    assertEquals(List.of("first", "second"), done);
    assertFalse(mailbox.runOne());
  }

  @Test
  void shouldGoOnAfterAPostedTaskHasFailed() {
    mailbox.post(
        () -> {
          throw new IllegalStateException("broken on purpose");
        });
    mailbox.post(() -> done.add("next"));
    assertTrue(mailbox.runOne());
    assertTrue(mailbox.runOne());
    assertEquals(List.of("next"), done);
  }

  @Test
  void shouldDoNothingOfWhatIsPostedAfterTheEnd() {
    mailbox.post(() -> done.add("before"));
    mailbox.close();
    mailbox.post(() -> done.add("after"));
    assertFalse(mailbox.runOne());
    assertEquals(List.of(), done);
    assertEquals(1, wakes);
    assertThrows(IllegalStateException.class, () -> mailbox.call(() -> 1));
  }
}
