package org.ktsn.clock.ptp;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.ktsn.foreign.UnixDatagram;

/** A ptp4l's management socket that answers as a test wants; served by the test's own thread. */
final class FakePtp4l implements AutoCloseable {
  final List<ManagementMessage> asked = new ArrayList<>();
  Samples samples = Samples.slave(120, 1);
  int transportSpecific;
  int domainNumber;
  int version = 2;
  boolean mute;
  Set<ManagementId> refused = Set.of();
  UnaryOperator<byte[]> damage = UnaryOperator.identity();

  private final UnixDatagram socket;
  private final byte[] buffer = new byte[ManagementCodec.LONGEST];

  FakePtp4l(Path path) {
    socket = UnixDatagram.bind(path, 0660, ManagementCodec.LONGEST);
  }

  /** Answers what waits; returns how many questions waited. */
  int serve(Path client) {
    int questions = 0;
    for (int octets = socket.receive(buffer);
        octets != UnixDatagram.NOTHING;
        octets = socket.receive(buffer)) {
      questions++;
      ManagementMessage question = ManagementCodec.decode(buffer, octets);
      asked.add(question);
      if (!mute
          && question.domainNumber() == domainNumber
          && question.transportSpecific() == transportSpecific) {
        send(damage.apply(answer(question)), client);
      }
    }
    return questions;
  }

  void send(byte[] datagram, Path client) {
    if (socket.send(datagram, client) != UnixDatagram.SENT) {
      throw new IllegalStateException(client + " does not take an answer");
    }
  }

  private byte[] answer(ManagementMessage question) {
    int number = question.tlv().managementId();
    ManagementTlv tlv =
        ManagementId.of(number)
            .filter(id -> !refused.contains(id))
            .<ManagementTlv>map(
                id ->
                    new ManagementTlv.Content(samples.dataSet(id, question.target().portNumber())))
            .orElseGet(() -> new ManagementTlv.Refusal(6, number));
    return response(question.source(), question.sequenceId(), tlv);
  }

  byte[] response(PortIdentity target, int sequenceId, ManagementTlv tlv) {
    return ManagementCodec.encode(
        new ManagementMessage(
            transportSpecific,
            version,
            domainNumber,
            new PortIdentity(Samples.SELF, 0),
            sequenceId,
            target,
            0,
            0,
            ManagementAction.RESPONSE,
            tlv));
  }

  @Override
  public void close() {
    socket.close();
  }
}
