/** A shaper of one's own: asynchronous traffic shaping (IEEE 802.1Q-2022 8.6.11). */
package org.example.shaper.ats;
