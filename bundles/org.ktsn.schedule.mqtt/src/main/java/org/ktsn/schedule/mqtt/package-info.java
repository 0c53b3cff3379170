/** The node's link to its controller over MQTT, as components. */
package org.ktsn.schedule.mqtt;
