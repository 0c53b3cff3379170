package org.ktsn.shaper.tas;

import org.ktsn.api.shaper.ShaperFactory;
import org.ktsn.shaper.contract.ShaperContract;

class TasShaperContractTest extends ShaperContract {
  @Override
  protected ShaperFactory factory() {
    return TasShaperTest.factory("requeue");
  }
}
