package org.ktsn.schedule.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.ktsn.mqtt.protocol.PortSettings;
import org.ktsn.schedule.mqtt.node.SettingsSink;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings settings about through Configuration Admin. What the controller sets prevails over the
 * node's own files; what it leaves out gets the node's own value back. Any thread.
 */
@Component(
    name = "org.ktsn.schedule.mqtt.settings",
    immediate = true,
    service = {SettingsSink.class, ConfigurationListener.class})
public final class ConfigurationSink implements SettingsSink, ConfigurationListener {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationSink.class);

  private final ConfigurationAdmin admin;

  /** What the controller has set: by PID, by key. */
  private Map<String, Map<String, Object>> wanted = Map.of();

  /** What was there instead, or nothing. */
  private final Map<Key, Optional<Object>> own = new HashMap<>();

  private record Key(String pid, String name) {}

  /** Made by the component runtime. */
  @Activate
  public ConfigurationSink(@Reference ConfigurationAdmin admin) {
    this.admin = admin;
  }

  @Override
  public synchronized void apply(PortSettings settings) {
    Map<String, Map<String, Object>> former = wanted;
    try {
      set(SettingKeys.of(settings));
    } catch (IOException e) {
      try {
        set(former);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw new UncheckedIOException("a configuration can't be changed: " + e.getMessage(), e);
    }
  }

  private void set(Map<String, Map<String, Object>> next) throws IOException {
    Map<String, Map<String, Object>> former = wanted;
    Set<String> pids = new HashSet<>(former.keySet());
    pids.addAll(next.keySet());
    wanted = next;
    for (String pid : pids) {
      Map<String, Object> values = next.getOrDefault(pid, Map.of());
      Set<String> dropped = new HashSet<>(former.getOrDefault(pid, Map.of()).keySet());
      dropped.removeAll(values.keySet());
      update(pid, values, dropped);
    }
  }

  /** A configuration was changed by someone else: what the controller has set is set again. */
  @Override
  public void configurationEvent(ConfigurationEvent event) {
    changed(event.getPid());
  }

  synchronized void changed(String pid) {
    Map<String, Object> values = wanted.getOrDefault(pid, Map.of());
    if (!values.isEmpty()) {
      try {
        update(pid, values, Set.of());
      } catch (IOException e) {
        LOG.error("event=setting-not-kept pid={} reason=\"{}\"", pid, e.getMessage());
      }
    }
  }

  @SuppressWarnings("JdkObsolete") // the API asks for a dictionary
  private void update(String pid, Map<String, Object> values, Set<String> dropped)
      throws IOException {
    Configuration configuration = admin.getConfiguration(pid, "?");
    Dictionary<String, Object> properties =
        Objects.requireNonNullElseGet(configuration.getProperties(), Hashtable::new);
    boolean differs = false;
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      Optional<Object> before = Optional.ofNullable(properties.get(entry.getKey()));
      // files hold text, we hold numbers
      if (!before.map(Object::toString).equals(Optional.of(entry.getValue().toString()))) {
        own.putIfAbsent(new Key(pid, entry.getKey()), before);
        properties.put(entry.getKey(), entry.getValue());
        differs = true;
      }
    }
    for (String name : dropped) {
      Optional<Object> before = own.remove(new Key(pid, name));
      if (before == null) {
        continue; // it was the same
      }
      before.ifPresentOrElse(value -> properties.put(name, value), () -> properties.remove(name));
      differs = true;
    }
    if (differs) {
      configuration.update(properties);
    }
  }
}
