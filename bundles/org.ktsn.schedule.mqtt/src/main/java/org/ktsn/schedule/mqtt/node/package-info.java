/** The node's side: what it does with messages, and what it says of itself. */
package org.ktsn.schedule.mqtt.node;
