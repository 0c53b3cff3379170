/**
 * Starts the framework from features, and ends it in order. Not a bundle: this is the class path of
 * the process.
 */
package org.ktsn.launcher;
