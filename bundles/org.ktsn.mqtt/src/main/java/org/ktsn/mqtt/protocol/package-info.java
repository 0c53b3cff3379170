/**
 * What travels between a controller and a node: topics, messages, their JSON. Nodes and controllers
 * use the same code; nothing here knows a broker.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.1.0")
package org.ktsn.mqtt.protocol;
