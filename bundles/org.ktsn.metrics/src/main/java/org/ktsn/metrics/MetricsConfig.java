package org.ktsn.metrics;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Where metrics can be read. */
@ObjectClassDefinition(name = "KTSN metrics")
@interface MetricsConfig {
  /** Port. */
  @AttributeDefinition(
      description = "TCP port at which metrics can be read; 0: none",
      min = "0",
      max = "65535")
  int port() default 0;

  /** Address. */
  @AttributeDefinition(description = "IP address of this node at which metrics can be read")
  String address() default "127.0.0.1";

  /** Flows. */
  @AttributeDefinition(
      description =
          "whether each flow has figures of its own; a flow is known by its addresses and ports")
  boolean flows() default false;
}
