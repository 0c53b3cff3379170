package org.ktsn.shaper.tas;

import org.ktsn.api.shaper.ShaperFactory;

class TasShaperContractTest extends ShaperContract {
  @Override
  ShaperFactory factory() {
    return TasShaperTest.factory("requeue");
  }
}
