package org.ktsn.launcher;

import aQute.bnd.differ.DiffPluginImpl;
import aQute.bnd.osgi.Analyzer;
import aQute.bnd.osgi.Clazz;
import aQute.bnd.osgi.Descriptors.TypeRef;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Resource;
import aQute.bnd.service.diff.Delta;
import aQute.bnd.service.diff.Tree;
import aQute.bnd.service.diff.Type;
import aQute.bnd.version.Version;
import aQute.lib.io.IO;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What an exported package offers to those who compile against it, as bnd sees it: its types, their
 * members, and how much it weighs if one of them comes or goes. As text it is a line for each:
 *
 * <pre>
 * INTERFACE MINOR/MAJOR org.ktsn.api.filter.Admission
 *   METHOD MINOR/MAJOR internalPriority(int)
 * </pre>
 *
 * @param name the package's
 * @param version the package's
 * @param offers its types
 */
record PackageApi(String name, Version version, Tree.Data offers) {
  private static final String INDENT = "  ";
  private static final Set<Type> TYPES =
      EnumSet.of(Type.CLASS, Type.INTERFACE, Type.ENUM, Type.ANNOTATION);

  /** Returns what the packages offer that a bundle exports. */
  static List<PackageApi> of(Jar bundle) throws Exception {
    List<PackageApi> packages = new ArrayList<>();
    // The bundle closes with the analyzer.
    try (Analyzer analyzer = new WithoutJava(bundle)) {
      for (Tree exported : new DiffPluginImpl().tree(analyzer).get("<api>").getChildren()) {
        if (exported.getType() == Type.PACKAGE) {
          packages.add(of(bundle, exported.serialize()));
        }
      }
    }
    return packages;
  }

  private static PackageApi of(Jar bundle, Tree.Data exported) throws Exception {
    Version version = Version.emptyVersion;
    List<Tree.Data> types = new ArrayList<>();
    for (Tree.Data child : exported.children) {
      if (child.type == Type.VERSION) {
        version = new Version(child.name);
      } else if (TYPES.contains(child.type)) {
        weigh(child);
        seal(bundle, child);
        types.add(child);
      }
    }
    exported.children = types.toArray(Tree.Data[]::new);
    return new PackageApi(exported.name, version, exported);
  }

  /** Adds what bnd leaves out: who knows all kinds of something is not ready for another one. */
  private static void seal(Jar bundle, Tree.Data type) throws Exception {
    if (type.type == Type.ENUM) {
      return; // its kinds are its constants that have bodies
    }
    Resource classFile = bundle.getResource(type.name.replace('.', '/') + ".class");
    ClassModel read = ClassFile.of().parse(IO.read(classFile.openInputStream()));
    Stream<Tree.Data> kinds =
        read.findAttribute(Attributes.permittedSubclasses()).stream()
            .flatMap(closed -> closed.permittedSubclasses().stream())
            .map(kind -> kind.asInternalName().replace('/', '.'))
            .sorted()
            .map(kind -> element("ATTRIBUTE MAJOR/MAJOR permits " + kind));
    type.children = Stream.concat(children(type), kinds).toArray(Tree.Data[]::new);
  }

  /**
   * Says what it weighs if an interface gets another method. Who implements it must change for an
   * abstract one, if it is not meant to be implemented by providers only. (bnd takes all those for
   * harmless that it happens to meet behind a method with a body.)
   */
  private static void weigh(Tree.Data type) {
    if (type.type == Type.INTERFACE) {
      boolean harmless = hasAnnotation(type, ProviderType.class);
      children(type)
          .filter(member -> member.type == Type.METHOD)
          .forEach(
              method -> method.add = harmless || !isAbstract(method) ? Delta.MINOR : Delta.MAJOR);
    }
  }

  private static boolean isAbstract(Tree.Data method) {
    return children(method)
        .anyMatch(child -> child.type == Type.ACCESS && child.name.equals("abstract"));
  }

  /** Returns the interfaces of which it is not said who implements them. */
  List<String> interfacesForNobody() {
    return children(offers)
        .filter(type -> type.type == Type.INTERFACE)
        .filter(
            type ->
                hasAnnotation(type, ProviderType.class) == hasAnnotation(type, ConsumerType.class))
        .map(type -> type.name)
        .toList();
  }

  private static boolean hasAnnotation(Tree.Data type, Class<?> annotation) {
    return children(type)
        .anyMatch(child -> child.type == Type.ANNOTATED && child.name.equals(annotation.getName()));
  }

  /** Returns it as bnd compares it with another one. */
  Tree tree() throws Exception {
    return new DiffPluginImpl().deserialize(offers);
  }

  /** Returns it as text; see {@link #parse}. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append("# What the package offered last; ./ktsn api-baseline writes it anew.\n");
    text.append(name).append(' ').append(version).append('\n');
    children(offers).forEach(type -> write(text, type, ""));
    return text.toString();
  }

  private static void write(StringBuilder text, Tree.Data element, String indent) {
    String name = element.name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    text.append(indent)
        .append("%s %s/%s %s\n".formatted(element.type, element.add, element.rem, name));
    children(element).forEach(child -> write(text, child, indent + INDENT));
  }

  /** Reads what {@link #text} has written. */
  static PackageApi parse(String text) {
    List<String> lines = text.lines().filter(line -> !line.startsWith("#")).toList();
    String[] title = lines.getFirst().split(" ", 2);
    Tree.Data offers = element("PACKAGE MINOR/MAJOR " + title[0]);
    Deque<Tree.Data> parents = new ArrayDeque<>(List.of(offers));
    for (String line : lines.subList(1, lines.size())) {
      String content = line.stripLeading();
      int depth = (line.length() - content.length()) / INDENT.length();
      while (parents.size() > depth + 1) {
        parents.pop();
      }
      Tree.Data element = element(content);
      Tree.Data parent = parents.peek();
      parent.children =
          Stream.concat(children(parent), Stream.of(element)).toArray(Tree.Data[]::new);
      parents.push(element);
    }
    return new PackageApi(title[0], new Version(title[1]), offers);
  }

  private static Tree.Data element(String line) {
    String[] parts = line.split(" ", 3);
    String[] weights = parts[1].split("/", 2);
    Tree.Data element = new Tree.Data();
    element.type = Type.valueOf(parts[0]);
    element.add = Delta.valueOf(weights[0]);
    element.rem = Delta.valueOf(weights[1]);
    element.name = parts[2].translateEscapes();
    return element;
  }

  private static Stream<Tree.Data> children(Tree.Data element) {
    return Optional.ofNullable(element.children).stream().flatMap(Arrays::stream);
  }

  /** What types inherit from Java's own is Java's, and another release has more of it. */
  private static final class WithoutJava extends Analyzer {
    WithoutJava(Jar bundle) throws Exception {
      super(bundle);
    }

    @Override
    public Clazz findClass(TypeRef type) throws Exception {
      return type.isJava() ? null : super.findClass(type);
    }
  }
}
