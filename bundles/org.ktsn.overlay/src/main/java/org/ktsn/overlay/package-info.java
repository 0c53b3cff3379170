/** The overlay's desired state: from a file, checked, and given to whoever carries frames. */
package org.ktsn.overlay;
