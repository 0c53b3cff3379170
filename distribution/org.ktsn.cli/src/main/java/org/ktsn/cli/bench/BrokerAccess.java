package org.ktsn.cli.bench;

import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.TlsFiles;

/**
 * How one gets at a broker.
 *
 * @param url where it is
 * @param controller user and password of a controller
 * @param tls whom a controller trusts
 * @param node what the daemon needs besides, as words of {@code ktsn:config}
 */
record BrokerAccess(String url, Credentials controller, TlsFiles tls, String node) {}
