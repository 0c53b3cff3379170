package org.ktsn.config;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads lines {@code name = value}, as {@link Properties} have them. A value may stand in quotes,
 * with or without a letter for its type before them ({@code I"150"}), several in brackets: each
 * line for itself. What blanks stand around a value don't belong to it. {@code ${NAME}} stands for
 * a property of the framework.
 */
final class CfgText {
  private static final Pattern QUOTED = Pattern.compile("[TILFDXSCB]?\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern LIST =
      Pattern.compile("[TILFDXSCB]?\\[\\s*(?:" + QUOTED + "\\s*(?:,\\s*|(?=])))*\\]");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)\\}");

  private CfgText() {}

  /**
   * Reads the values: texts, and arrays of texts.
   *
   * @param variables a framework property, null if there is none of that name
   * @throws IllegalArgumentException with a sentence
   */
  static Map<String, Object> values(String text, UnaryOperator<String> variables) {
    Map<String, Object> values = new LinkedHashMap<>();
    Lines lines = new Lines();
    try {
      lines.load(new StringReader(text));
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    lines.found.forEach((name, value) -> values.put(name, value(name, value, variables)));
    return values;
  }

  private static Object value(String name, String line, UnaryOperator<String> variables) {
    String value = substituted(name, line.strip(), variables);
    Matcher quoted = QUOTED.matcher(value);
    if (quoted.matches()) {
      return unescaped(quoted.group(1));
    }
    if (!LIST.matcher(value).matches()) {
      return value;
    }
    List<String> several = new ArrayList<>();
    quoted.reset();
    while (quoted.find()) {
      several.add(unescaped(quoted.group(1)));
    }
    return several.toArray(new String[0]);
  }

  private static String unescaped(String text) {
    return text.replaceAll("\\\\(.)", "$1");
  }

  private static String substituted(String name, String value, UnaryOperator<String> variables) {
    return VARIABLE
        .matcher(value)
        .replaceAll(
            match -> {
              String property = variables.apply(match.group(1));
              if (property == null) {
                throw new IllegalArgumentException(
                    name
                        + " is '"
                        + value
                        + "', and the framework has no property '"
                        + match.group(1)
                        + "'; write what it stands for");
              }
              return Matcher.quoteReplacement(property);
            });
  }

  /** Keeps the order, and refuses a name that is there twice. */
  @SuppressWarnings("JdkObsolete") // the JDK's reader of such lines
  private static final class Lines extends Properties {
    private static final long serialVersionUID = 1L;

    final transient Map<String, String> found = new LinkedHashMap<>();

    @Override
    public synchronized Object put(Object name, Object value) {
      if (found.putIfAbsent((String) name, (String) value) != null) {
        throw new IllegalArgumentException(name + " is there twice; keep one");
      }
      return super.put(name, value);
    }
  }
}
