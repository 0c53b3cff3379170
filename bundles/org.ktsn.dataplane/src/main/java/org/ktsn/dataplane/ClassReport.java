package org.ktsn.dataplane;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.shaper.CreditView;
import org.ktsn.api.shaper.Shaper;
import org.ktsn.api.stats.ClassStatus;

/** What the traffic classes are like at an instant, for others' eyes. Planner thread only. */
final class ClassReport {
  private static final int CLASSES = 8;

  private ClassReport() {}

  /** Returns a status per class: what was counted, and the credit if the shaper has any. */
  static List<ClassStatus> of(ShaperStage shaper, Counters counters, long nowNs) {
    List<ClassStatus> all = new ArrayList<>();
    for (int c = 0; c < CLASSES; c++) {
      int trafficClass = c;
      ClassStatus plain =
          new ClassStatus(
              c,
              shaper.queued(c),
              counters.get(Counters.SENT_BY_CLASS + c),
              counters.get(Counters.OVERRUN_BY_CLASS + c),
              false,
              0,
              0,
              0,
              0,
              0);
      all.add(shaper.ask(active -> withCredit(plain, active, trafficClass, nowNs), plain));
    }
    return all;
  }

  private static ClassStatus withCredit(ClassStatus plain, Shaper active, int c, long nowNs) {
    if (!(active instanceof CreditView view) || !view.isCreditBased(c)) {
      return plain;
    }
    return new ClassStatus(
        c,
        plain.queued(),
        plain.sent(),
        plain.transmissionOverrun(),
        true,
        view.idleSlopeBitsPerSecond(c, nowNs),
        view.sendSlopeBitsPerSecond(c, nowNs),
        view.hiCreditBits(c, nowNs),
        view.loCreditBits(c, nowNs),
        view.creditBits(c, nowNs));
  }
}
