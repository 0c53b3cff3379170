/** The pods' credit: a pod with an idle slope of its own sends no more than that. */
package org.ktsn.filter.credit;
