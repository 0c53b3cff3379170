/** Per-stream filtering and policing as a controller asks for it over MQTT. */
package org.ktsn.filter.psfp.mqtt;
