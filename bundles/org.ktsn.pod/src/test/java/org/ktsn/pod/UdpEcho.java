package org.ktsn.pod;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A program of its own for a pod: sends datagrams back, or sends one and waits for it. */
final class UdpEcho {
  private static final int PORT = 7007;
  private static final int ATTEMPTS = 100;

  private UdpEcho() {}

  /** The command that runs this program with some arguments. */
  static List<String> command(String... arguments) throws Exception {
    Path classes =
        Path.of(UdpEcho.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes.toString(),
                UdpEcho.class.getName()));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /** With an address: asks there, and exits with 0 once answered. Without: answers until killed. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 0) {
      answer();
    } else {
      System.exit(ask(arguments[0]) ? 0 : 1);
    }
  }

  private static void answer() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(PORT)) {
      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      while (true) {
        socket.receive(packet);
        socket.send(packet);
        packet.setLength(2048);
      }
    }
  }

  private static boolean ask(String address) throws IOException {
    byte[] question = new byte[1400];
    Arrays.fill(question, (byte) 0xa5);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(100);
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        socket.send(
            new DatagramPacket(question, question.length, InetAddress.getByName(address), PORT));
        DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
        try {
          socket.receive(answer);
          return Arrays.equals(
              question, 0, question.length, answer.getData(), 0, answer.getLength());
        } catch (SocketTimeoutException e) {
          // The other program may not listen yet.
        }
      }
      return false;
    }
  }
}
