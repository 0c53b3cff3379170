package org.ktsn.yang;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ktsn.yang.Problems.Problem;

final class YangDocumentTest {
  private static final YangModules MODEL =
      new YangModules(List.of("ours", "ours-too"), Map.of("former", "is called size now"));

  /** A document is refused. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<Problem> problems;

    Refusal(List<Problem> problems) {
      super(problems.toString());
      this.problems = problems;
    }
  }

  private final Problems problems = new Problems(Refusal::new);

  private YangObject read(String text) {
    return MODEL.read(YangDocument.read(text, problems), Set.of("size", "name"), Set.of("state"));
  }

  private List<Problem> found() {
    return assertThrows(Refusal.class, problems::throwIfAny).problems;
  }

  @Test
  void shouldTakeAMembersNameWithAndWithoutItsModule() {
    YangObject object = read("{\"ours:size\": 3, \"name\": \"a\"}");
    assertEquals(3, object.requiredNumber("size", 0, 10));
    assertEquals("a", object.required("name").flatMap(YangNode::string).orElseThrow());
    assertTrue(problems.isEmpty());
  }

  @Test
  void shouldPassOverOtherModulesMetadataAndState() {
    read("{\"size\": 1, \"theirs:thing\": {}, \"@size\": {}, \"ours-too:state\": 5}");
    assertTrue(problems.isEmpty());
  }

  @Test
  void shouldNameTheOneOfAnotherModuleTheDoubledTheFormerAndTheUnknownWithTheirPlaces() {
    read("{\"theirs:name\": 1, \"size\": 1, \"ours:size\": 2, \"former\": 3, \"a/b~c\": 4}");
    assertEquals(
        List.of(
            new Problem("/theirs:name", "is of another module; write name, or remove it"),
            new Problem("/ours:size", "appears twice, with its module and without; keep one"),
            new Problem("/former", "is called size now"),
            new Problem("/a~1b~0c", "is not known here; remove it or correct its name")),
        found());
  }

  @Test
  void shouldSayWhereAnElementIsWrong() {
    YangNode root = YangDocument.read("{\"list\": [1, {\"n\": \"x\", \"n\": 2}]}", problems);
    root.members().get("list").elements().get(1).members().get("n").number(0, 5);
    assertEquals(
        List.of(
            "/list/1/n: appears twice; keep one",
            "/list/1/n: is the string \"x\"; give a number from 0 to 5"),
        found().stream().map(Problem::toString).toList());
  }

  @Test
  void shouldRefuseWhatIsNoJsonWithLineAndColumn() {
    Refusal refusal = assertThrows(Refusal.class, () -> YangDocument.read("{\n\"a\": }", problems));
    assertTrue(
        refusal.problems.getFirst().message().startsWith("line 2, column"), refusal.getMessage());
  }

  /** Each of the values has a place, which is written out for those only that are wrong. */
  @Test
  void shouldReadManyValuesBelowALongName() {
    String name = "n".repeat(500_000);
    String values = "0,".repeat(250_000) + "0";
    YangNode root = YangDocument.read("{\"" + name + "\": [" + values + "]}", problems);
    List<YangNode> elements = root.members().get(name).elements();
    assertEquals(250_001, elements.size());
    elements.forEach(YangNode::string);
    assertEquals(101, found().size(), "a hundred, and how many more");
  }
}
