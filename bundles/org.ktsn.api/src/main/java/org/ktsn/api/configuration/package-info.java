/** What local configuration may be: by the components' own descriptions. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.ktsn.api.configuration;
