/** A connection to an MQTT 5 broker that is kept: TLS, failover, backoff, what waits meanwhile. */
package org.ktsn.schedule.mqtt.session;
