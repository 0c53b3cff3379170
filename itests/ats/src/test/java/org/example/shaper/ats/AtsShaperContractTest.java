package org.example.shaper.ats;

import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.ShaperContract;

class AtsShaperContractTest extends ShaperContract {
  @Override
  protected ShaperFactory factory() {
    return new AtsShaperFactory("7=100000000:2000, 6=100000000:2000", 1_000_000_000L);
  }
}
