/** The credit-based shaper (IEEE 802.1Q-2022 8.6.8.2), with and without gates. */
package org.ktsn.shaper.cbs;
