/** {@code ktsn schedule} and {@code ktsn psfp}: a controller's command line, over MQTT. */
package org.ktsn.cli.schedule;
