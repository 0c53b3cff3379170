/**
 * What travels between a controller and a node: topics, messages, their JSON. Nodes and controllers
 * use the same code; nothing here knows a broker.
 */
package org.ktsn.schedule.mqtt.protocol;
