/**
 * LibKTSN's counterpart: the channel sockets, the shared memory behind them, and the rings that the
 * planner drains. {@code shim/include/ktsn_channel.h} is the contract; whatever lies in a ring is
 * hostile.
 */
package org.ktsn.ingress;
