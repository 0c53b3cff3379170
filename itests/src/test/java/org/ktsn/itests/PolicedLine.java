package org.ktsn.itests;

import java.nio.file.Path;
import java.util.Optional;
import org.ktsn.api.filter.Admission;
import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterSite;
import org.ktsn.api.filter.FrameView;
import org.ktsn.api.filter.Leave;
import org.ktsn.api.frame.DropReason;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.state.StateStore;
import org.ktsn.filter.psfp.PsfpComponent;

/** KTSN's policing with frames that are taken in and leave at once, at instants that one gives. */
final class PolicedLine implements Admission, Leave {
  private static final int LARGEST_FRAME_OCTETS = 2048;

  private final Filter filter;
  private final Frame frame = new Frame();
  private Optional<DropReason> reason = Optional.empty();
  private long atNs;

  /** Asks for a document at an instant. */
  PolicedLine(String document, long askedNs) {
    PsfpComponent policing = new PsfpComponent(() -> askedNs, new Forgetful());
    policing.ask(document, "");
    filter =
        policing.create(
            new FilterSite(
                1, LARGEST_FRAME_OCTETS, new PortModel(1_000_000_000L, 0), GateSchedule.open()));
  }

  /** Tells whether a frame passes. */
  boolean passes(int stream, int sduOctets, long instantNs) {
    frame.stream = stream;
    frame.sduOctets = sduOctets;
    frame.launchTimeNs = instantNs;
    atNs = instantNs;
    reason = Optional.empty();
    filter.admit(frame, instantNs, this);
    if (reason.isPresent()) {
      return false;
    }
    filter.inspect(frame, instantNs, this);
    if (reason.isPresent()) {
      filter.dropped(frame, reason.get());
      return false;
    }
    filter.leaves(frame, instantNs);
    filter.sent(frame, instantNs);
    return true;
  }

  @Override
  public void drop(DropReason why) {
    reason = Optional.of(why);
  }

  @Override
  public void internalPriority(int priority) {
    throw new AssertionError("no gate has an internal priority value");
  }

  @Override
  public long departsNs() {
    return atNs;
  }

  @Override
  public long latestNs() {
    return Long.MAX_VALUE;
  }

  @Override
  public void hold(long untilNs) {
    throw new AssertionError("policing holds nothing");
  }

  /** An untagged frame to 02:00:00:00:01:STREAM, as the guest's program sends it. */
  private static final class Frame implements FrameView {
    private static final int HEADER_OCTETS = 14;
    private static final int[] HEADER = {2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0x22, 0xf0};

    private int stream;
    private int sduOctets;
    private long launchTimeNs;

    @Override
    public int number() {
      return 0;
    }

    @Override
    public int pod() {
      return 0;
    }

    @Override
    public long flow() {
      return 1;
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public int trafficClass() {
      return 0;
    }

    @Override
    public int lengthOctets() {
      return HEADER_OCTETS + sduOctets;
    }

    @Override
    public int sduOctets() {
      return sduOctets;
    }

    @Override
    public long linkOctets() {
      return (long) lengthOctets() + PortModel.LINK_OCTETS;
    }

    @Override
    public long launchTimeNs() {
      return launchTimeNs;
    }

    @Override
    public boolean deadlineMode() {
      return false;
    }

    @Override
    public long arrivedNs() {
      return launchTimeNs;
    }

    @Override
    public long arrival() {
      return 0;
    }

    @Override
    public int octet(int offset) {
      if (offset >= lengthOctets()) {
        throw new IndexOutOfBoundsException(offset);
      }
      if (offset == 5) {
        return stream;
      }
      return offset < HEADER_OCTETS ? HEADER[offset] : 0;
    }
  }

  /** Keeps nothing. */
  private static final class Forgetful implements StateStore {
    @Override
    public Optional<String> read(String name) {
      return Optional.empty();
    }

    @Override
    public void write(String name, String document) {}

    @Override
    public Path setAside(String name) {
      return Path.of(name);
    }
  }
}
