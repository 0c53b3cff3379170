package org.ktsn.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.ktsn.cli.CommandFailure;
import org.ktsn.cli.testbed.Child;
import org.ktsn.cli.testbed.Cleanup;
import org.ktsn.cli.testbed.PrivateBroker;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.cli.testbed.WorkFolder;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.TlsFiles;

/**
 * A broker (mosquitto) behind a network that can be cut, with a certificate that can expire and
 * passwords that can be revoked: in a network namespace of its own, at the other end of a veth
 * pair.
 */
public final class GuardedBroker implements AutoCloseable {
  private static final String HOST_ADDRESS = "169.254.77.1";
  private static final String BROKER_ADDRESS = "169.254.77.2";
  private static final int PORT = 8883;
  private static final long ENDING_MS = 10_000;
  private static final String NODE = "node";
  private static final String CONTROLLER = "controller";
  private static final String KEY = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ";
  private static final Pattern FILE = Pattern.compile("[a-z]+\\.(key|pem|csr)|names|authority");
  private static final DateTimeFormatter INSTANT =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final String PASSWORD = "as agreed";

  private final String namespace;
  private final String link;
  private final Path folder;
  private final Cleanup cleanup;
  private Child mosquitto;

  /** Makes network, certificates and passwords, and starts the broker. */
  @SuppressWarnings("this-escape") // final class
  public GuardedBroker(Testbed testbed, String instance) {
    namespace = instance + "-broker";
    link = instance + "-br";
    cleanup = Cleanup.within(testbed.cleanup());
    try {
      folder = Files.createDirectory(testbed.work().resolve("broker"));
    } catch (IOException e) {
      throw new CommandFailure("Can't prepare the broker: " + e.getMessage() + ".", e);
    }
    connectNetwork();
    makeCertificates();
    passwords(PASSWORD);
    mosquitto = start();
  }

  /** Connects a controller to it, and the daemon. */
  public BenchController controller(Testbed testbed) {
    return new BenchController(testbed, access());
  }

  private BrokerAccess access() {
    return new BrokerAccess(
        "mqtts://" + BROKER_ADDRESS + ":" + PORT,
        new Credentials(CONTROLLER, Optional.of(folder.resolve("password"))),
        new TlsFiles(Optional.of(folder.resolve("ca.pem")), Optional.empty(), Optional.empty()),
        "user=%s password.file=%s tls.ca.file=%s keep.alive.s=5 connect.timeout.s=3 backoff.max.ms=1000"
            .formatted(NODE, folder.resolve("password"), folder.resolve("ca.pem")));
  }

  /** Nothing passes any more, and nobody is told. */
  public void cut() {
    run("ip", "-n", namespace, "link", "set", "tsn-broker", "down");
  }

  /** The network is whole again. */
  public void mend() {
    run("ip", "-n", namespace, "link", "set", "tsn-broker", "up");
  }

  /** The broker knows the daemon's password no more. */
  public void revoke() {
    passwords("another one");
    restart();
  }

  /** The daemon's password is good again. */
  public void grant() {
    passwords(PASSWORD);
    restart();
  }

  /** The broker's certificate expired yesterday. */
  public void expire() {
    use("expired");
    restart();
  }

  /** The broker has a good certificate again. */
  public void renew() {
    use("good");
    restart();
  }

  @Override
  public void close() {
    cleanup.close();
  }

  private void connectNetwork() {
    run("ip", "netns", "add", namespace);
    cleanup.add(() -> run("ip", "netns", "del", namespace));
    run(
        "ip",
        "link",
        "add",
        link,
        "type",
        "veth",
        "peer",
        "name",
        "tsn-broker",
        "netns",
        namespace);
    cleanup.add(() -> run("ip", "link", "del", link));
    run("ip", "addr", "add", HOST_ADDRESS + "/30", "dev", link);
    run("ip", "link", "set", link, "up");
    run("ip", "-n", namespace, "addr", "add", BROKER_ADDRESS + "/30", "dev", "tsn-broker");
    mend();
  }

  private void makeCertificates() {
    openssl("req -x509" + KEY + "ca.key -out ca.pem -days 2 -subj /CN=bench");
    openssl("req" + KEY + "broker.key -out broker.csr -subj /CN=broker");
    WorkFolder.write(folder.resolve("names"), "subjectAltName=IP:" + BROKER_ADDRESS + "\n");
    WorkFolder.write(
        folder.resolve("authority"),
        """
        [ca]
        default_ca = bench
        [bench]
        certificate = %1$s/ca.pem
        private_key = %1$s/ca.key
        database = %1$s/issued
        new_certs_dir = %1$s
        rand_serial = yes
        unique_subject = no
        default_md = sha256
        policy = names
        [names]
        commonName = supplied
        """
            .formatted(folder));
    WorkFolder.write(folder.resolve("issued"), "");
    sign("good", -1, 2);
    sign("expired", -2, -1);
    use("good");
  }

  /** By the one command that takes both ends of a certificate's life in every release. */
  private void sign(String certificate, int fromDays, int untilDays) {
    Instant now = Instant.now();
    openssl(
        "ca -batch -notext -config authority -in broker.csr -extfile names -startdate "
            + INSTANT.format(now.plus(fromDays, ChronoUnit.DAYS))
            + " -enddate "
            + INSTANT.format(now.plus(untilDays, ChronoUnit.DAYS))
            + " -out "
            + certificate
            + ".pem");
  }

  private void use(String certificate) {
    try {
      Files.copy(
          folder.resolve(certificate + ".pem"),
          folder.resolve("broker.pem"),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandFailure("Can't change the broker's certificate: " + e.getMessage() + ".", e);
    }
  }

  private void passwords(String ofNode) {
    Path file = folder.resolve("passwords");
    WorkFolder.write(file, "");
    WorkFolder.write(folder.resolve("password"), PASSWORD + "\n");
    run("mosquitto_passwd", "-b", file.toString(), CONTROLLER, PASSWORD);
    run("mosquitto_passwd", "-b", file.toString(), NODE, ofNode);
  }

  private void restart() {
    mosquitto.stop();
    mosquitto = start();
  }

  private Child start() {
    Path configuration = folder.resolve("mosquitto.conf");
    WorkFolder.write(
        configuration,
        """
        listener %1$d
        cafile %2$s/ca.pem
        certfile %2$s/broker.pem
        keyfile %2$s/broker.key
        allow_anonymous false
        password_file %2$s/passwords
        persistence true
        persistence_location %2$s/
        user root
        set_tcp_nodelay true
        """
            .formatted(PORT, folder));
    return Child.start(
        "broker",
        List.of(
            "ip",
            "netns",
            "exec",
            namespace,
            PrivateBroker.program().toString(),
            "-c",
            configuration.toString()),
        line -> {},
        cleanup);
  }

  /** Runs openssl; its files are in the folder. */
  private void openssl(String words) {
    run(
        Pattern.compile(" ")
            .splitAsStream("openssl " + words)
            .map(word -> FILE.matcher(word).matches() ? folder.resolve(word).toString() : word)
            .toArray(String[]::new));
  }

  private static void run(String... command) {
    Child.run(command[0], List.of(command), ENDING_MS);
  }
}
