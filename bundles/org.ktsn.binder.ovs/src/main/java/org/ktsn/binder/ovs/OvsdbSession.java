package org.ktsn.binder.ovs;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A connection to the switch's database, with a mirror of what it says. Any thread. */
final class OvsdbSession implements Closeable {
  /** The database refused a transaction; nothing of it was done. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private final Duration limit;
  private final OvsdbMirror mirror = new OvsdbMirror();
  private final JsonRpcConnection connection;

  private OvsdbSession(Path socket, Duration limit, Runnable changed) throws IOException {
    this.limit = limit;
    Updates updates = new Updates(mirror, changed);
    connection = JsonRpcConnection.open(socket, "ktsn-ovsdb", updates);
    try {
      updates.begin(connection.call("monitor", monitorRequest(), limit).getAsJsonObject());
    } catch (IOException e) {
      connection.close();
      throw e;
    } catch (RuntimeException e) {
      connection.close();
      throw new IOException(socket + " is not the database of a switch: " + e.getMessage(), e);
    }
  }

  /**
   * Connects and reads what is there.
   *
   * @param limit how long each answer may take
   * @param changed called on the connection's thread after each change and at the end; must not
   *     block
   */
  static OvsdbSession open(Path socket, Duration limit, Runnable changed) throws IOException {
    return new OvsdbSession(socket, limit, changed);
  }

  OvsdbMirror mirror() {
    return mirror;
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  /** Asks whether the database still answers. */
  void probe() throws IOException {
    connection.call("echo", new JsonArray(), limit);
  }

  /**
   * Carries out a transaction. The mirror shows its effect when this returns.
   *
   * @return the number of the configuration that contains it, if {@link
   *     OvsdbTransaction#requestConfiguration} is its last operation
   * @throws RefusedException if any operation, or the commit, fails
   */
  long transact(OvsdbTransaction transaction) throws IOException {
    JsonArray results = connection.call("transact", transaction.toParams(), limit).getAsJsonArray();
    // A commit that fails adds one result to those of the operations, which look normal.
    for (JsonElement result : results) {
      if (result.isJsonObject() && result.getAsJsonObject().has("error")) {
        throw new RefusedException(describe(result.getAsJsonObject()));
      }
    }
    try {
      return results
          .get(transaction.size() - 1)
          .getAsJsonObject()
          .getAsJsonArray("rows")
          .get(0)
          .getAsJsonObject()
          .get("next_cfg")
          .getAsLong();
    } catch (RuntimeException e) {
      throw new IOException("the database answered a transaction with " + results, e);
    }
  }

  @Override
  public void close() {
    connection.close();
  }

  private static String describe(JsonObject error) {
    String text = error.get("error").getAsString();
    return error.has("details") ? text + ": " + error.get("details").getAsString() : text;
  }

  private static JsonArray monitorRequest() {
    JsonObject tables = new JsonObject();
    OvsdbMirror.COLUMNS.forEach(
        (table, columns) -> {
          JsonArray names = new JsonArray();
          columns.forEach(names::add);
          JsonObject request = new JsonObject();
          request.add("columns", names);
          tables.add(table, request);
        });
    JsonArray params = new JsonArray();
    params.add("Open_vSwitch");
    params.add("ktsn");
    params.add(tables);
    return params;
  }

  /**
   * Brings updates into the mirror in their order, whichever thread gets hold of the first ones.
   */
  private static final class Updates implements JsonRpcConnection.Listener {
    private final OvsdbMirror mirror;
    private final Runnable changed;
    private final List<JsonObject> early = new ArrayList<>();
    private boolean begun;

    Updates(OvsdbMirror mirror, Runnable changed) {
      this.mirror = mirror;
      this.changed = changed;
    }

    /** Takes the answer to {@code monitor}, and then what came after it. */
    synchronized void begin(JsonObject initial) {
      mirror.update(initial);
      early.forEach(mirror::update);
      early.clear();
      begun = true;
    }

    @Override
    public void notified(String method, JsonArray params) {
      if (!method.equals("update")) {
        return;
      }
      JsonObject update = params.get(1).getAsJsonObject();
      synchronized (this) {
        if (begun) {
          mirror.update(update);
        } else {
          early.add(update);
        }
      }
      changed.run();
    }

    @Override
    public void closed() {
      mirror.wake();
      changed.run();
    }
  }
}
