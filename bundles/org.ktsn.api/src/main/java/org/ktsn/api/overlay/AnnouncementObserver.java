package org.ktsn.api.overlay;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Learns that {@link OverlayAnnouncements#own} may be another (whiteboard): register it as a
 * service. Calls come from one control thread at a time, and must not wait.
 */
@ConsumerType
@FunctionalInterface
public interface AnnouncementObserver {
  /** Called on registration, and when this node would say something else of itself. */
  void ownChanged();
}
