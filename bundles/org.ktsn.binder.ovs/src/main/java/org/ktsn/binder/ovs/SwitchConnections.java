package org.ktsn.binder.ovs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.ktsn.api.binder.SwitchException;

/**
 * The connections to the switch: its database, the control socket of its daemon, the bridge's flow
 * table. The keeper's thread opens and uses them; others read what they last said, and close them.
 */
final class SwitchConnections implements Closeable {
  private final OvsSettings settings;
  private final Runnable kick;
  private volatile OvsdbSession database;
  private volatile SwitchDaemon daemon;
  private volatile SwitchFlows flows;

  /**
   * Makes it; nothing is connected.
   *
   * @param kick called when there is news or an end of any of them; must not block
   */
  SwitchConnections(OvsSettings settings, Runnable kick) {
    this.settings = settings;
    this.kick = kick;
  }

  /**
   * Connects to the database and to the daemon, where that is not so.
   *
   * @param anotherDaemon called before the daemon is connected to: it may be another one
   * @return whether either was connected anew
   */
  boolean connect(Runnable anotherDaemon) throws IOException {
    boolean fresh = false;
    if (database == null || !database.isOpen()) {
      try {
        database = OvsdbSession.open(settings.databaseSocket(), settings.answerLimit(), kick);
      } catch (IOException e) {
        throw new SwitchException(
            "Open vSwitch's database does not answer at "
                + settings.databaseSocket()
                + " ("
                + reason(e)
                + "); start it with 'ktsn up', or set ovs.run.directory of org.ktsn.binder.ovs",
            e);
      }
      fresh = true;
    }
    if (daemon == null || !daemon.isOpen()) {
      anotherDaemon.run();
      if (flows != null) {
        flows.close();
      }
      fresh = true;
      OvsdbSession session = database;
      try {
        daemon =
            SwitchDaemon.open(
                settings.runDirectory(),
                settings.answerLimit(),
                () -> {
                  session.mirror().wake();
                  kick.run();
                });
      } catch (IOException e) {
        throw new SwitchException(
            "ovs-vswitchd in "
                + settings.runDirectory()
                + " does not answer ("
                + reason(e)
                + "); start it with 'ktsn up' and see "
                + settings.runDirectory().resolve("ovs-vswitchd.log"),
            e);
      }
    }
    if (!daemon.canPin()) {
      throw new SwitchException(
          "Open vSwitch "
              + daemon.version()
              + " can't pin addresses to ports; install version 2.16 or later");
    }
    return fresh;
  }

  /** Connects to the bridge's flow table; a bridge that KTSN made lets nothing through without. */
  void connectFlows() throws IOException {
    if (flows == null || !flows.isOpen()) {
      Path socket = settings.flowSocket();
      try {
        flows = SwitchFlows.open(socket, settings.answerLimit(), kick);
      } catch (IOException e) {
        throw new SwitchException(
            "bridge "
                + settings.bridge()
                + " takes no OpenFlow at "
                + socket
                + " ("
                + reason(e)
                + "); see "
                + settings.runDirectory().resolve("ovs-vswitchd.log"),
            e);
      }
    }
    OvsdbMirror.Port tunnels = mirror().ports(settings.bridge()).get(settings.tunnelPort());
    if (PortKeeper.number(tunnels) > 0 && !flows.hasOverlay()) {
      // Until the overlay's rules are back, nothing is taken from there.
      boolean ignored = flows.put(OverlayRules.shut(PortKeeper.number(tunnels)));
    }
    if (mirror().bridge(settings.bridge()).map(OvsdbMirror.Bridge::own).orElse(false)) {
      flows.forwardRest();
    }
  }

  /** Tells whether database and daemon are connected. Any thread. */
  boolean areOpen() {
    OvsdbSession session = database;
    SwitchDaemon control = daemon;
    return session != null && session.isOpen() && control != null && control.isOpen();
  }

  /** Returns what the database says; it is or was connected. Any thread. */
  OvsdbMirror mirror() {
    return database.mirror();
  }

  /** Returns the daemon; it is or was connected. Any thread. */
  SwitchDaemon daemon() {
    return daemon;
  }

  /** Returns the flow table; it is or was connected. Keeper's thread. */
  SwitchFlows flows() {
    return flows;
  }

  /** Returns the flow table if it is connected now. Any thread. */
  Optional<SwitchFlows> openFlows() {
    return Optional.ofNullable(flows).filter(SwitchFlows::isOpen);
  }

  /** Asks the database whether it is still there. */
  void probe() throws IOException {
    database.probe();
  }

  /** Carries out a change and waits until the switch's daemon has taken it up. */
  void configure(OvsdbTransaction change) throws IOException, InterruptedException {
    awaitConfigured(commit(change));
  }

  /** Commits a change to the database; returns the number of the configuration that contains it. */
  long commit(OvsdbTransaction change) throws IOException {
    change.requestConfiguration();
    try {
      return database.transact(change);
    } catch (OvsdbSession.RefusedException e) {
      throw new SwitchException(
          "Open vSwitch's database refused a change of bridge "
              + settings.bridge()
              + " ("
              + e.getMessage()
              + "); see what else works on it, and "
              + settings.runDirectory().resolve("ovsdb-server.log"),
          e);
    }
  }

  /** Waits until the switch's daemon has taken up a configuration. */
  void awaitConfigured(long number) throws IOException, InterruptedException {
    OvsdbSession session = database;
    SwitchDaemon control = daemon;
    OvsdbMirror mirror = session.mirror();
    boolean over =
        mirror.await(
            () -> mirror.root().curCfg() >= number || !session.isOpen() || !control.isOpen(),
            settings.answerLimit());
    if (mirror.root().curCfg() >= number) {
      return;
    }
    throw new IOException(
        over
            ? "Open vSwitch in " + settings.runDirectory() + " went away"
            : "ovs-vswitchd in "
                + settings.runDirectory()
                + " did not take up a change within "
                + settings.answerLimit().toMillis()
                + " ms; see "
                + settings.runDirectory().resolve("ovs-vswitchd.log"));
  }

  /** Ends all of them. Any thread. */
  @Override
  public void close() {
    OvsdbSession session = database;
    if (session != null) {
      session.close();
    }
    SwitchDaemon control = daemon;
    if (control != null) {
      control.close();
    }
    SwitchFlows table = flows;
    if (table != null) {
      table.close();
    }
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException missing
        ? missing.getFile() + " does not exist"
        : String.valueOf(e.getMessage());
  }
}
