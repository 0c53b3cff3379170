package org.ktsn.dataplane;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What stands around a step on the frame's way. A step is somebody else's code: it may throw,
 * answer what cannot be, block or loop. One that does is taken out of the way on the spot,
 * something stands in for it, and the frames keep flowing.
 *
 * <p>On a frame's way:
 *
 * <pre>{@code
 * Life life = guard.out();
 * int answer;
 * try {
 *   answer = guard.step().poll(sink, budget);
 * } catch (Throwable e) {
 *   guard.threw(life, e);
 *   return 0;
 * }
 * life.in();
 * }</pre>
 *
 * That costs one compare-and-set. Elsewhere {@link #ask} and {@link #tell} do the same. Planner
 * thread only.
 *
 * @param <T> the step
 */
final class Guard<T> {
  /** Takes a step out of the way, and something else for it. */
  interface StandIn<T> {
    /** The step failed; it must not be asked again. */
    void replace(T failed, Throwable why);
  }

  private final String kind;
  private final Lives lives;
  private final StandIn<T> standIn;
  private T step;
  private String name;

  /**
   * Makes a guard.
   *
   * @param kind what the step is, for people: {@code shaper}
   * @param step the first one
   * @param name its name, for people
   */
  Guard(String kind, Lives lives, T step, String name, StandIn<T> standIn) {
    this.kind = kind;
    this.lives = lives;
    this.step = step;
    this.name = name;
    this.standIn = standIn;
  }

  /** Returns what the step is, for people: {@code shaper}. Any thread. */
  String kind() {
    return kind;
  }

  /** Returns what the step is and what it is called, for people: {@code shaper 'tas'}. */
  String title() {
    return kind + " '" + name + "'";
  }

  /** Returns the step that is guarded. */
  T step() {
    return step;
  }

  /** Guards another step from now on. */
  void guard(T next, String nextName) {
    step = next;
    name = nextName;
  }

  /** Goes into the step's code; what is returned brings the planner back. */
  Life out() {
    Life life = lives.present();
    life.out(this);
    return life;
  }

  /** The step threw something; what ends a life goes on, for the way back in throws it anew. */
  void threw(Life life, Throwable what) {
    life.in();
    failed(what);
  }

  /** The step's answer cannot be, or it did not come back. The planner is not in its code. */
  void failed(Throwable why) {
    standIn.replace(step, why);
  }

  /** Asks the step something; the default if that fails. May allocate. */
  <R> R ask(Function<? super T, R> question, R otherwise) {
    Life life = out();
    R answer;
    try {
      answer = question.apply(step);
    } catch (Throwable e) {
      threw(life, e);
      return otherwise;
    }
    life.in();
    return answer;
  }

  /** Tells the step something; false if that fails. May allocate. */
  boolean tell(Consumer<? super T> news) {
    Life life = out();
    try {
      news.accept(step);
    } catch (Throwable e) {
      threw(life, e);
      return false;
    }
    life.in();
    return true;
  }
}
