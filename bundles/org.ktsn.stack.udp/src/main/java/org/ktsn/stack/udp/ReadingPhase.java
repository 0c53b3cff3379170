package org.ktsn.stack.udp;

/** What of a pod's network is being read: one dump after another. */
enum ReadingPhase {
  LINKS(Rtnetlink.RTM_GETLINK),
  ADDRESSES(Rtnetlink.RTM_GETADDR),
  ROUTES(Rtnetlink.RTM_GETROUTE),
  NEIGHBOURS(Rtnetlink.RTM_GETNEIGH),
  IDLE(0);

  /** The type of the request that asks for it; 0 for none. */
  final int request;

  ReadingPhase(int request) {
    this.request = request;
  }
}
