/**
 * The SPI of a filter: a network function on the frame's way that is none of the fixed stages.
 *
 * <pre>
 *   ingress ─▶ stack ─▶ filter 1 ─▶ filter 2 ─▶ … ─▶ shaper ─▶ (filter 1, filter 2, …) ─▶ launcher ─▶ port
 *                       admit       admit           "which next,  inspect, leaves
 *                                                    and when?"
 * </pre>
 *
 * <p>A filter is offered as a service, {@link org.ktsn.api.filter.FilterFactory}; the data plane
 * makes a {@link org.ktsn.api.filter.Filter} from it and takes it up while frames flow. Without
 * filters a frame goes from the stack to the shaper and from there to the launcher.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package org.ktsn.api.filter;
