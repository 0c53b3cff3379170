package org.ktsn.api.configuration;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Knows what configurations may be. Offered as a service; any thread. */
@ProviderType
public interface ConfigurationCheck {
  /**
   * Checks the configuration of a component by its description (OSGi Compendium 8.1 chapter 105).
   *
   * @param pid the component's PID; of one of several, that of them all
   * @param given the values by key: text, or values of any of Configuration Admin's types
   * @return the values in the types that the component expects; as given, where no installed bundle
   *     describes the PID
   * @throws IllegalArgumentException if a key is unknown, or a value has a wrong type or range; the
   *     message is a sentence that names key, value and remedy
   */
  Map<String, Object> check(String pid, Map<String, Object> given);
}
