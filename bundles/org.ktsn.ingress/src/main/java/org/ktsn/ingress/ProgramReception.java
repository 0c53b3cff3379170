package org.ktsn.ingress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.NeighbourHints;
import org.ktsn.foreign.ForeignException;
import org.ktsn.foreign.ReportSocket;
import org.ktsn.foreign.Seqpacket;
import org.ktsn.runtime.FailureBook;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meets the programs of the pods: accepts their connections, lets in those that are at home, hears
 * them, and sees them off. Channel thread only, but for the hints.
 *
 * <p>What a program sends is hostile until it is checked. A pod has an allowance of connections and
 * messages, so that none keeps the thread from the others; what fails for one program, or one pod,
 * does not keep the others waiting.
 */
final class ProgramReception implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProgramReception.class);
  private static final long HELLO_LIMIT_NS = 5_000_000_000L;

  private final SocketWatch sockets;
  private final int programsPerPod;
  private final int programsMax;
  private final IntSupplier connections;
  private final List<NeighbourHints> hints = new CopyOnWriteArrayList<>();
  private final FailureBook noProgramAccepted =
      new FailureBook(
          "a pod's channel",
          "programs wait; where descriptors are missing, lower programs.max or allow KTSNd more"
              + " (prlimit --nofile)");

  private final FailureBook programNotServed =
      new FailureBook(
          "what is done for a program at a pod's channel",
          "the program is hung up on, and takes the kernel's path; the log says more");

  private final RareEvent throttled = new RareEvent();
  private final RareEvent stranger = new RareEvent();

  /**
   * Makes it.
   *
   * @param programsPerPod how many programs of one pod may be connected
   * @param programsMax how many of all pods
   * @param connections how many are, with what else they have a descriptor for
   */
  ProgramReception(
      SocketWatch sockets, int programsPerPod, int programsMax, IntSupplier connections) {
    this.sockets = sockets;
    this.programsPerPod = programsPerPod;
    this.programsMax = programsMax;
    this.connections = connections;
  }

  /** Asks these too for what programs want resolved. Any thread. */
  void ask(NeighbourHints service) {
    hints.add(service);
  }

  /** Asks these no more. Any thread. */
  void forget(NeighbourHints service) {
    hints.remove(service);
  }

  /** Meets the programs of a pod from now on. */
  void open(PodChannel channel) {
    sockets.add(
        channel.listener().descriptor(),
        () -> guard(() -> acceptFrom(channel), () -> pause(channel)));
  }

  /** Hangs up on a pod's programs, and meets no more. */
  void close(PodChannel channel) {
    sockets.remove(channel.listener().descriptor());
    channel.programs().forEach(p -> sockets.remove(p.descriptor()));
    channel.hangUp();
  }

  /** Begins a tick: who says nothing goes, and the pod has a new allowance. */
  void tick(PodChannel channel, long nowNs) {
    channel.silentSince(nowNs - HELLO_LIMIT_NS).forEach(program -> part(channel, program));
    if (channel.allowance().isPaused()) {
      sockets.resume(channel.listener().descriptor());
      channel.programs().forEach(program -> sockets.resume(program.descriptor()));
    }
    channel.allowance().renew();
  }

  /** Sees off whoever was let in: they come again. */
  void partFromWelcomed(PodChannel channel) {
    List.copyOf(channel.programs()).stream()
        .filter(channel::isWelcomed)
        .forEach(program -> part(channel, program));
  }

  /** What fails for one program, or one pod, does not keep the others waiting. */
  private void guard(Runnable action, Runnable otherwise) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      boolean told = programNotServed.failed(e);
      LOG.debug("event=program-not-served told={}", told);
      otherwise.run();
    }
  }

  /** Leaves a pod's sockets alone until the next tick. */
  private void pause(PodChannel channel) {
    if (channel.allowance().isPaused()) {
      return;
    }
    channel.allowance().pause();
    sockets.pause(channel.listener().descriptor());
    channel.programs().forEach(program -> sockets.pause(program.descriptor()));
    long times = throttled.happened(System.nanoTime());
    if (times > 0) {
      LOG.warn(
          "event=channel-throttled pod={} times={} reason=\"too many connections or messages\"",
          channel.pod().name(),
          times);
    }
  }

  private void acceptFrom(PodChannel channel) {
    if (!channel.allowance().take()) {
      pause(channel);
      return;
    }
    Optional<Seqpacket> accepted;
    try {
      accepted = channel.listener().accept();
      noProgramAccepted.well();
    } catch (ForeignException e) {
      pause(channel); // it waits there still
      boolean told = noProgramAccepted.failed(e);
      LOG.debug("event=program-not-accepted pod={} told={}", channel.pod().name(), told);
      return;
    }
    if (accepted.isEmpty()) {
      return;
    }
    Seqpacket program = accepted.get();
    Optional<String> refusal = refusal(channel, program);
    if (refusal.isPresent()) {
      turnAway(channel, program, refusal.get());
      return;
    }
    channel.arrived(program, System.nanoTime());
    sockets.add(
        program.descriptor(),
        () -> guard(() -> hear(channel, program), () -> part(channel, program)));
  }

  /** Says why a program is not let in. */
  private Optional<String> refusal(PodChannel channel, Seqpacket program) {
    if (!channel.isAtHome(program)) {
      long times = stranger.happened(System.nanoTime());
      if (times > 0) {
        LOG.warn(
            "event=stranger-refused pod={} process={} user={} times={}",
            channel.pod().name(),
            program.process(),
            program.user(),
            times);
      }
      return Optional.of("this channel is for programs in the network namespace of its pod");
    }
    int others = connections.getAsInt();
    int most = Math.min(programsPerPod, programsMax - others);
    return channel.connections() < most
        ? Optional.empty()
        : Optional.of(channel.connections() + " programs of this pod are connected already");
  }

  void part(PodChannel channel, Seqpacket program) {
    sockets.remove(program.descriptor());
    channel.left(program);
    channel.dismiss(program);
    if (channel.programs().isEmpty()) {
      channel.ring().everyoneLeft();
    }
  }

  private static void turnAway(PodChannel channel, Seqpacket program, String reason) {
    try (Arena arena = Arena.ofConfined()) {
      // Closed with its HELLO unread, the connection would be reset, and the reason lost.
      int unread = program.receive(arena.allocate(ChannelMessage.LONGEST_OCTETS, 8));
      if (unread != Seqpacket.GONE) {
        refuse(program, reason);
      }
    }
    channel.dismiss(program);
  }

  private void hear(PodChannel channel, Seqpacket program) {
    if (!channel.allowance().take()) {
      pause(channel);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(ChannelMessage.LONGEST_OCTETS, 8);
      int octets = program.receive(message);
      if (octets == Seqpacket.NOTHING) {
        return;
      }
      if (octets == Seqpacket.GONE || !understand(channel, program, message.asSlice(0, octets))) {
        part(channel, program);
      }
    } catch (ForeignException e) {
      LOG.debug(
          "event=program-not-answered pod={} reason=\"{}\"", channel.pod().name(), e.getMessage());
    }
  }

  /** Does what a program says; false if the connection is to end. */
  private boolean understand(PodChannel channel, Seqpacket program, MemorySegment message) {
    switch (ChannelMessage.read(message, channel.isWelcomed(program))) {
      case ChannelMessage.Hello hello -> welcome(channel, program, hello.program());
      case ChannelMessage.Resolve question -> resolve(channel.pod().number(), question);
      case ChannelMessage.Reports asked -> {
        giveReports(channel, program, asked.socket());
        return false;
      }
      case ChannelMessage.Wrong wrong -> {
        refuse(program, wrong.reason());
        return false;
      }
    }
    return true;
  }

  private static void welcome(PodChannel channel, Seqpacket program, String name) {
    try (Arena arena = Arena.ofConfined()) {
      program.send(
          ChannelMessage.welcome(
              arena,
              channel.status().octets(),
              channel.ringMemory().octets(),
              channel.slotCount(),
              channel.slotOctets()),
          channel.status().descriptor(),
          channel.ringMemory().descriptor(),
          channel.doorbell().descriptor(),
          channel.space().descriptor());
    }
    channel.welcomed(program, name);
    LOG.debug(
        "event=program-connected pod={} process={} user={} program={}",
        channel.pod().name(),
        program.process(),
        program.user(),
        name);
  }

  /**
   * While nobody plans, there is nothing to report, and nobody lets go of what was given before.
   */
  private void giveReports(PodChannel channel, Seqpacket program, long socket) {
    if (!channel.isDrained() || connections.getAsInt() >= programsMax) {
      refuse(program, "KTSNd has no reports to give at the moment");
      return;
    }
    ReportSocket given = channel.reports().open(socket);
    try (Arena arena = Arena.ofConfined()) {
      program.send(ChannelMessage.reports(arena, socket), given.descriptor());
    } finally {
      given.giveAway();
    }
  }

  private void resolve(int pod, ChannelMessage.Resolve question) {
    if (!AddressFamily.isKnown(question.family())) {
      return;
    }
    AddressFamily family = AddressFamily.of(question.family());
    long high = family.high(question.nextHopHigh());
    long low = family.low(question.nextHopLow());
    hints.forEach(taker -> taker.resolve(pod, family, high, low));
  }

  private static void refuse(Seqpacket program, String reason) {
    try (Arena arena = Arena.ofConfined()) {
      program.send(ChannelMessage.refusal(arena, reason));
    } catch (ForeignException e) {
      LOG.debug("event=program-not-refused reason=\"{}\"", e.getMessage());
    }
  }

  /** Forgets what went wrong. */
  @Override
  public void close() {
    noProgramAccepted.close();
    programNotServed.close();
  }
}
