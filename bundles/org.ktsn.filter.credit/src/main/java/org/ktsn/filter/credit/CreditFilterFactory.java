package org.ktsn.filter.credit;

import org.ktsn.api.filter.Filter;
import org.ktsn.api.filter.FilterFactory;
import org.ktsn.api.filter.FilterSite;
import org.osgi.service.component.annotations.Component;

/**
 * Puts the pods' credit on the frames' way, behind all that drops: what does not leave is not
 * charged. Any thread.
 */
@Component(name = "org.ktsn.filter.credit", property = FilterFactory.ORDER + ":Integer=900")
public final class CreditFilterFactory implements FilterFactory {
  @Override
  public String name() {
    return "credit";
  }

  @Override
  public Filter create(FilterSite site) {
    return new CreditFilter(site);
  }
}
