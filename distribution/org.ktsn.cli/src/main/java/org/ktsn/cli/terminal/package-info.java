/** How commands show on a terminal, or in a file, what they do and what came out. */
package org.ktsn.cli.terminal;
