/** What the tests of several bundles need; not part of a running system. */
package org.ktsn.testkit;
