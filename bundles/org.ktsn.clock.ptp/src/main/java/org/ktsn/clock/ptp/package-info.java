/**
 * The PTP monitor: reads ptp4l's management socket (IEEE 1588-2019 clause 15, as linuxptp speaks
 * it), watches the node's clock, and says how good it is.
 */
package org.ktsn.clock.ptp;
