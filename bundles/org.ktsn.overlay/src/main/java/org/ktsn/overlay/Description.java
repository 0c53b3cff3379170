package org.ktsn.overlay;

import org.ktsn.api.overlay.OverlayNetwork;

/**
 * What a file says of the overlay.
 *
 * @param network the network, with the nodes that the file names
 * @param announcements whether nodes tell each other of themselves as well
 */
record Description(OverlayNetwork network, boolean announcements) {}
