/** Gate schedules: the managed objects of IEEE 802.1Q-2022 12.29 and the timeline they make. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.ktsn.api.schedule;
