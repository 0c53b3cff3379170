package org.ktsn.config;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a bundle says of its components' configurations (OSGi Compendium 8.1 section 105.7).
 * The framework's own service would not tell a number's limits.
 */
final class MetatypeReader {
  private static final Logger LOG = LoggerFactory.getLogger(MetatypeReader.class);
  private static final String FOLDER = "OSGI-INF/metatype";

  /** An update closes the content that is being read, and the next one is there at once. */
  private static final int MOST_TRIES = 3;

  private final Map<String, Map<String, Attribute>> classes = new HashMap<>();
  private final Map<String, String> designated = new HashMap<>();
  private Map<String, Attribute> attributes = new LinkedHashMap<>();
  private Optional<Attribute> attribute = Optional.empty();
  private final List<String> options = new ArrayList<>();
  private String pid = "";

  private MetatypeReader() {}

  /**
   * Returns what a bundle describes, by PID; what can't be read describes nothing. Its entries are
   * asked for one by one: to find them by a pattern would resolve a bundle that is being updated in
   * another thread, and that thread would then leave it stopped. One that is updated while it is
   * read is read once more.
   */
  static Map<String, Description> read(Bundle bundle) {
    MetatypeReader reader = new MetatypeReader();
    Optional<String> unread = reader.readAll(bundle);
    for (int tries = 1; unread.isPresent() && tries < MOST_TRIES; tries++) {
      reader = new MetatypeReader();
      unread = reader.readAll(bundle);
    }
    unread.ifPresent(failure -> LOG.warn("event=metatype-not-read {}", failure));
    return reader.descriptions();
  }

  /** Returns what could not be read, and why. */
  private Optional<String> readAll(Bundle bundle) {
    Optional<String> unread = Optional.empty();
    Enumeration<String> paths = bundle.getEntryPaths(FOLDER);
    for (String path : paths == null ? List.<String>of() : Collections.list(paths)) {
      URL document = path.endsWith(".xml") ? bundle.getEntry(path) : null;
      if (document == null) {
        continue;
      }
      try (InputStream content = document.openStream()) {
        read(content);
      } catch (IOException | XMLStreamException | IllegalArgumentException e) {
        unread = Optional.of("file=" + document + " reason=\"" + e.getMessage() + "\"");
      }
    }
    return unread;
  }

  private Map<String, Description> descriptions() {
    Map<String, Description> found = new HashMap<>();
    designated.forEach(
        (name, reference) -> {
          if (classes.containsKey(reference)) {
            found.put(name, new Description(name, classes.get(reference)));
          }
        });
    return found;
  }

  private void read(InputStream content) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    XMLStreamReader reader = factory.createXMLStreamReader(content);
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> begin(reader);
        case XMLStreamConstants.END_ELEMENT -> end(reader.getLocalName());
        default -> {}
      }
    }
  }

  private void begin(XMLStreamReader element) {
    switch (element.getLocalName()) {
      case "OCD" -> {
        attributes = new LinkedHashMap<>();
        classes.put(value(element, "id"), attributes);
      }
      case "AD" -> {
        options.clear();
        String cardinality = value(element, "cardinality");
        attribute =
            Optional.of(
                new Attribute(
                    value(element, "id"),
                    value(element, "type"),
                    !cardinality.isEmpty() && !cardinality.equals("0"),
                    limit(element, "min"),
                    limit(element, "max"),
                    List.of()));
      }
      case "Option" -> options.add(value(element, "value"));
      case "Designate" -> {
        String several = value(element, "factoryPid");
        pid = several.isEmpty() ? value(element, "pid") : several;
      }
      case "Object" -> designated.put(pid, value(element, "ocdref"));
      default -> {}
    }
  }

  private void end(String element) {
    if (element.equals("AD")) {
      attribute.ifPresent(
          it ->
              attributes.put(
                  it.key(),
                  new Attribute(it.key(), it.type(), it.many(), it.min(), it.max(), options)));
    }
  }

  private static Optional<BigDecimal> limit(XMLStreamReader element, String name) {
    String limit = value(element, name);
    return limit.isEmpty() || !isNumber(value(element, "type"))
        ? Optional.empty()
        : Optional.of(new BigDecimal(limit));
  }

  private static boolean isNumber(String type) {
    return List.of("Integer", "Long", "Short", "Byte", "Double", "Float").contains(type);
  }

  private static String value(XMLStreamReader element, String name) {
    String value = element.getAttributeValue(null, name);
    return value == null ? "" : value;
  }
}
