/**
 * Ethernet, 802.1Q, IPv4 and UDP for pods: frames as the pod's own kernel would have sent them,
 * with what that kernel knows of addresses, routes and neighbours.
 *
 * <p>Two threads meet here. The <em>mirror thread</em> follows the kernel over rtnetlink and
 * publishes an immutable {@link org.ktsn.stack.udp.PodNetwork} per pod; the <em>planner thread</em>
 * reads it and builds frames. The way back is {@link org.ktsn.stack.udp.ResolutionQueue}: next hops
 * that the planner wants the kernel to resolve.
 */
package org.ktsn.stack.udp;
