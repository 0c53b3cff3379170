/** Policing as data: the JSON (RFC 7951) of the YANG models of IEEE 802.1Qcw and 802.1CBcv. */
package org.ktsn.filter.psfp.yang;
