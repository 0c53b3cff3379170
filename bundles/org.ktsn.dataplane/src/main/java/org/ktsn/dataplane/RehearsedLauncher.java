package org.ktsn.dataplane;

import org.ktsn.foreign.LaunchRing;
import org.ktsn.foreign.Launcher;

/** A launcher without a device that is always in time; frames leave in the order they came in. */
final class RehearsedLauncher implements LaunchRing {
  private final int room;
  private final int[] numbers;
  private final long[] instantsNs;
  private long submitted;
  private long launched;
  private long collected;
  private long unpublishedFromNs = Long.MAX_VALUE;

  /** Makes one for so many frames at once. */
  RehearsedLauncher(int room) {
    this.room = room;
    numbers = new int[room];
    instantsNs = new long[room];
  }

  /** Has leave what is due. */
  void launchUntil(long nowNs) {
    while (launched < submitted && instantsNs[at(launched)] <= nowNs) {
      launched++;
    }
  }

  private int at(long position) {
    return (int) (position % room);
  }

  @Override
  public int outstanding() {
    return (int) (submitted - collected);
  }

  @Override
  public boolean hasRoom() {
    return outstanding() < room;
  }

  @Override
  public void submit(
      long frame,
      long port,
      long instantNs,
      long notAfterNs,
      int durationNs,
      int number,
      int lengthOctets,
      int queue) {
    numbers[at(submitted)] = number;
    instantsNs[at(submitted)] = instantNs;
    submitted++;
    unpublishedFromNs = Math.min(unpublishedFromNs, instantNs);
  }

  @Override
  public void publish() {
    unpublishedFromNs = Long.MAX_VALUE;
  }

  @Override
  public long unpublishedFromNs() {
    return unpublishedFromNs;
  }

  @Override
  public boolean givesBack() {
    return false;
  }

  @Override
  public boolean collect() {
    if (collected == launched) {
      return false;
    }
    collected++;
    return true;
  }

  @Override
  public int number() {
    return numbers[at(collected - 1)];
  }

  @Override
  public int outcome() {
    return Launcher.SENT;
  }

  @Override
  public boolean spun() {
    return true;
  }

  @Override
  public long actualNs() {
    return instantsNs[at(collected - 1)];
  }

  @Override
  public void plannedBy(int threadId) {}

  @Override
  public void returnAll() {}
}
