/** Per-stream filtering and policing (IEEE 802.1Q-2022 8.6.5.2): what a node is asked to police. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.ktsn.api.policing;
