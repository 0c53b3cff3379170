package org.ktsn.overlay;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.RemoteNode;
import org.ktsn.api.overlay.RemotePod;
import org.ktsn.api.pod.Pod;

/**
 * What remains of the overlay beside this node's own pods: a remote pod that claims an address of
 * theirs is left out, and told.
 *
 * @param network without those
 * @param refusals a sentence for each
 */
record LocalClaims(OverlayNetwork network, List<String> refusals) {
  static LocalClaims judge(OverlayNetwork asked, List<Pod> own) {
    Claims claims = new Claims();
    for (Pod pod : own) {
      String owner = "pod '" + pod.name() + "' of this node";
      Optional<String> ignored = claims.mac(pod.mac(), owner);
      for (String address : pod.addresses()) {
        ignored = claims.address(withoutLength(address), owner);
      }
    }
    List<String> refusals = new ArrayList<>();
    List<RemoteNode> nodes = new ArrayList<>();
    for (RemoteNode node : asked.nodes()) {
      List<RemotePod> pods = new ArrayList<>();
      for (RemotePod pod : node.pods()) {
        Optional<String> refusal = refusal(pod, node, claims);
        refusal.ifPresentOrElse(refusals::add, () -> pods.add(pod));
      }
      nodes.add(new RemoteNode(node.name(), node.tunnel(), pods));
    }
    return new LocalClaims(
        new OverlayNetwork(
            asked.name(), asked.vni(), asked.tunnel(), asked.underlayMtuOctets(), nodes),
        refusals);
  }

  private static Optional<String> refusal(RemotePod pod, RemoteNode node, Claims claims) {
    String claimant = "pod '" + pod.name() + "' of node " + node.name();
    Optional<String> other = claims.mac(pod.mac(), claimant);
    if (other.isPresent()) {
      return Optional.of(sentence(claimant, pod.mac().toString(), other.get()));
    }
    for (InetAddress address : pod.addresses()) {
      other = claims.address(address, claimant);
      if (other.isPresent()) {
        return Optional.of(sentence(claimant, address.getHostAddress(), other.get()));
      }
    }
    return Optional.empty();
  }

  private static String sentence(String claimant, String what, String owner) {
    return claimant
        + " claims "
        + what
        + ", which "
        + owner
        + " has, and is not reached; give one of the two another address";
  }

  private static InetAddress withoutLength(String address) {
    return InetAddress.ofLiteral(address.replaceFirst("/.*", ""));
  }
}
