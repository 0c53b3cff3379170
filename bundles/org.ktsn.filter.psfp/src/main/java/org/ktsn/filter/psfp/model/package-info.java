/** What can be asked for: the managed objects of IEEE 802.1Q-2022 12.31 as values. */
package org.ktsn.filter.psfp.model;
