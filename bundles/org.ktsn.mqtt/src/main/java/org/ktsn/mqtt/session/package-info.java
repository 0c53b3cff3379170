/** A connection to an MQTT 5 broker that is kept: TLS, failover, backoff, what waits meanwhile. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.ktsn.mqtt.session;
