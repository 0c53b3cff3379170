/** Has the nodes of the overlay announce themselves to each other over MQTT. */
package org.ktsn.overlay.mqtt;
