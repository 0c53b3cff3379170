/**
 * Reads documents of YANG models as JSON (RFC 7951): strictly, to the end, with every problem's
 * place and remedy. Whoever has a model says which modules carry it.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.ktsn.yang;
