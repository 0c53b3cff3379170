package org.ktsn.shaper.etf;

import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.ShaperContract;

class EtfShaperContractTest extends ShaperContract {
  @Override
  protected ShaperFactory factory() {
    return new EtfShaperFactory(1_000_000);
  }

  @Override
  protected boolean heedsGates() {
    return false;
  }
}
