/** Schedules as data: the JSON of the YANG model of IEEE 802.1Qcw-2023, and the short form. */
package org.ktsn.schedule;
