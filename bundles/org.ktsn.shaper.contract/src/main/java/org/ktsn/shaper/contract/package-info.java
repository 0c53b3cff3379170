/**
 * The test kit for shapers: {@link org.ktsn.shaper.contract.ShaperContract}, which every one must
 * pass, and {@link org.ktsn.shaper.contract.PortOracle}, which those that heed gates or credits can
 * be compared with. For the tests of bundles; not part of a running system.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.ktsn.shaper.contract;
