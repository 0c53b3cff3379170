package org.ktsn.shaper.cbs;

import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.ShaperContract;

class CbsShaperContractTest extends ShaperContract {
  @Override
  protected ShaperFactory factory() {
    return new CbsShaperFactory("7=100000000,6=200000000", false, 1_518, "requeue", 10_000_000);
  }
}
