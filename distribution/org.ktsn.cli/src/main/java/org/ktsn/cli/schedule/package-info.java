/** {@code ktsn schedule}: a controller's command line, over MQTT. */
package org.ktsn.cli.schedule;
