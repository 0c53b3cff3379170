/**
 * A node's side of the protocol: judges messages, keeps the last accepted one, answers. The link to
 * the controller and the parts of a node that have topics of their own on it meet here.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.ktsn.mqtt.node;
