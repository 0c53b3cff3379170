/** The time-aware shaper: scheduled traffic by gates (IEEE 802.1Q-2022 8.6.8.4). */
package org.ktsn.shaper.tas;
