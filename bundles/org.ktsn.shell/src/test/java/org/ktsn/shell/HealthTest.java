package org.ktsn.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Test;
import org.ktsn.api.health.Trouble;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.dto.BundleDTO;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;
import org.osgi.util.promise.Promise;

class HealthTest {
  private static final String PORT = "org.ktsn.api.port.Port";
  private static final String CLOCK = "org.ktsn.api.time.TaiClock";

  private final List<Bundle> bundles = new ArrayList<>();
  private final Map<String, Bundle> services = new HashMap<>();
  private final Map<ComponentDescriptionDTO, List<ComponentConfigurationDTO>> components =
      new HashMap<>();

  private <T> T fake(Class<T> type, Map<String, ?> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answers.get(method.getName())));
  }

  private Bundle bundle(String name, int state, Map<String, String> headers) {
    Dictionary<String, String> all = FrameworkUtil.asDictionary(headers);
    Bundle bundle =
        fake(Bundle.class, Map.of("getSymbolicName", name, "getState", state, "getHeaders", all));
    bundles.add(bundle);
    return bundle;
  }

  private BundleContext context(String promised) {
    return (BundleContext)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {BundleContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getProperty" -> "ktsn.services".equals(arguments[0]) ? promised : null;
                  case "getBundles" -> bundles.toArray(Bundle[]::new);
                  case "getAllServiceReferences" -> references((String) arguments[0]);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private ServiceReference<?>[] references(String service) {
    Bundle bundle = services.get(service);
    return bundle == null
        ? null
        : new ServiceReference<?>[] {fake(ServiceReference.class, Map.of("getBundle", bundle))};
  }

  private final ServiceComponentRuntime runtime =
      new ServiceComponentRuntime() {
        @Override
        public Collection<ComponentDescriptionDTO> getComponentDescriptionDTOs(Bundle... of) {
          return components.keySet();
        }

        @Override
        public ComponentDescriptionDTO getComponentDescriptionDTO(Bundle bundle, String name) {
          throw new UnsupportedOperationException();
        }

        @Override
        public Collection<ComponentConfigurationDTO> getComponentConfigurationDTOs(
            ComponentDescriptionDTO description) {
          return components.get(description);
        }

        @Override
        public boolean isComponentEnabled(ComponentDescriptionDTO description) {
          return description.defaultEnabled;
        }

        @Override
        public Promise<Void> enableComponent(ComponentDescriptionDTO description) {
          throw new UnsupportedOperationException();
        }

        @Override
        public Promise<Void> disableComponent(ComponentDescriptionDTO description) {
          throw new UnsupportedOperationException();
        }
      };

  private ComponentDescriptionDTO component(String name) {
    ComponentDescriptionDTO description = new ComponentDescriptionDTO();
    description.name = name;
    description.defaultEnabled = true;
    description.bundle = new BundleDTO();
    description.bundle.symbolicName = "org.ktsn.test";
    description.configurationPid = new String[] {name};
    ReferenceDTO reference = new ReferenceDTO();
    reference.name = "port";
    reference.interfaceName = PORT;
    description.references = new ReferenceDTO[] {reference};
    components.put(description, new ArrayList<>());
    return description;
  }

  private void configuration(
      ComponentDescriptionDTO description, int state, String failure, String... missing) {
    ComponentConfigurationDTO configuration = new ComponentConfigurationDTO();
    configuration.description = description;
    configuration.state = state;
    configuration.failure = failure;
    configuration.unsatisfiedReferences = new UnsatisfiedReferenceDTO[missing.length];
    for (int i = 0; i < missing.length; i++) {
      configuration.unsatisfiedReferences[i] = new UnsatisfiedReferenceDTO();
      configuration.unsatisfiedReferences[i].name = missing[i];
    }
    components.get(description).add(configuration);
  }

  @Test
  void shouldBeHealthyWhenNothingIsMissing() {
    services.put(PORT, bundle("org.ktsn.port.dpdk", Bundle.ACTIVE, Map.of()));
    bundle("lazy", Bundle.STARTING, Map.of());
    bundle("fragment", Bundle.RESOLVED, Map.of(Constants.FRAGMENT_HOST, "host"));
    configuration(component("a"), ComponentConfigurationDTO.ACTIVE, null);
    configuration(component("b"), ComponentConfigurationDTO.SATISFIED, null);
    component("switched.off").defaultEnabled = false;
    component("made.on.demand").factory = "factory";

    Health health = Health.examine(context(PORT), runtime, List.of());

    assertTrue(health.healthy(), health.toString());
    assertEquals(List.of("org.ktsn.port.dpdk"), health.services().getFirst().providers());
    assertEquals(2, health.components().size());
  }

  @Test
  void shouldNotBeHealthyButCompleteWhileSomethingIsInTrouble() {
    Trouble trouble = new Trouble("thread x", "the thread x fails; restart KTSNd");

    Health health = Health.examine(context(""), runtime, List.of(() -> List.of(trouble)));

    assertFalse(health.healthy());
    assertTrue(health.complete());
    assertEquals(List.of(trouble), health.troubles());
  }

  @Test
  void shouldNameTheServiceThatIsMissing() {
    services.put(PORT, bundle("org.ktsn.port.dpdk", Bundle.ACTIVE, Map.of()));

    Health health = Health.examine(context(PORT + ", " + CLOCK), runtime, List.of());

    assertFalse(health.healthy());
    assertFalse(health.services().get(0).missing());
    assertTrue(health.services().get(1).missing());
  }

  @Test
  void shouldSayWhatAComponentWaitsFor() {
    configuration(
        component("waiting"), ComponentConfigurationDTO.UNSATISFIED_REFERENCE, null, "port");

    Health health = Health.examine(context(null), runtime, List.of());

    assertFalse(health.healthy());
    assertEquals(List.of("waits for " + PORT), health.components().getFirst().reasons());
  }

  @Test
  void shouldSayThatAConfigurationIsNeeded() {
    component("unconfigured");

    String reason =
        Health.examine(context(null), runtime, List.of())
            .components()
            .getFirst()
            .reasons()
            .getFirst();

    assertEquals("needs the configuration unconfigured; put unconfigured.cfg into etc/", reason);
  }

  @Test
  void shouldFindTheSentenceInAStackTrace() {
    configuration(
        component("failing"),
        ComponentConfigurationDTO.FAILED_ACTIVATION,
        """
        java.lang.reflect.InvocationTargetException
        \tat somewhere
        Caused by: java.lang.IllegalStateException: no hugepages: reserve 128
        \tat elsewhere
        """);

    assertEquals(
        List.of("failed to start: no hugepages: reserve 128"),
        Health.examine(context(null), runtime, List.of()).components().getFirst().reasons());
  }

  @Test
  void shouldNameBundlesThatDoNotRun() {
    bundle("broken", Bundle.INSTALLED, Map.of());

    Health health = Health.examine(context(null), runtime, List.of());

    assertFalse(health.healthy());
    assertEquals(
        List.of(new Health.StoppedBundle("broken", "installed, not resolved")), health.bundles());
  }

  @Test
  void shouldFailTheCommandAndPrintTheTableOrJsonAllTheSame() {
    bundle("broken", Bundle.INSTALLED, Map.of());
    configuration(
        component("waiting"), ComponentConfigurationDTO.UNSATISFIED_REFERENCE, null, "port");
    HealthCommand command =
        new HealthCommand(
            context(PORT),
            runtime,
            List.of(() -> List.of(new Trouble("thread x", "the thread x fails; restart KTSNd"))));
    CommandSession session = fake(CommandSession.class, Map.of());

    CommandException table =
        assertThrows(CommandException.class, () -> command.execute(session, List.of()));
    CommandException json =
        assertThrows(CommandException.class, () -> command.execute(session, List.of("--json")));

    assertEquals(
        "not healthy: 1 of 1 services are missing, 1 of 1 components wait, 1 bundles do not run, 1"
            + " troubles",
        table.getMessage());
    assertTrue(table.output().contains("waiting    waits for " + PORT), table.output());
    JsonObject answer = JsonParser.parseString(json.output()).getAsJsonObject();
    assertFalse(answer.get("healthy").getAsBoolean());
    assertEquals(1, answer.getAsJsonArray("stopped_bundles").size());
    assertTrue(table.output().contains("the thread x fails; restart KTSNd"), table.output());
    assertEquals(1, answer.getAsJsonArray("troubles").size());
  }
}
