/**
 * Local configuration: reads the files of {@code etc/}, checks them by what the components say of
 * themselves, and keeps the last good one of each.
 */
package org.ktsn.config;
