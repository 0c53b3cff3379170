/** Open vSwitch as KTSN's virtual switch. */
package org.ktsn.binder.ovs;
