package org.ktsn.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which of its rooms the planner is in, for others' eyes: one opaque write when it goes from one to
 * the next, none per frame.
 */
final class PlannerPlace {
  /** The rooms. */
  enum Room {
    ASLEEP("asleep"),
    TURN("turn"),
    COMPLETIONS("completions"),
    INTAKE("intake"),
    COMMITMENT("commitment");

    private final String word;

    Room(String word) {
      this.word = word;
    }
  }

  private static final VarHandle ROOM;

  static {
    try {
      ROOM = MethodHandles.lookup().findVarHandle(PlannerPlace.class, "room", Room.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedVariable") // through its handle
  private Room room = Room.ASLEEP;

  /** The planner goes there. Planner thread only. */
  void enter(Room next) {
    ROOM.setOpaque(this, next);
  }

  /** Returns the kind of the step whose code the planner is in, or the room. Any thread. */
  String word(Lives lives) {
    Life life = lives.present();
    if (life != null && (life.ticket() & 1) == 1) {
      Guard<?> step = life.step();
      if (step != null) {
        return step.kind();
      }
    }
    return ((Room) ROOM.getOpaque(this)).word;
  }
}
