/** {@code ktsn bench}: the evaluation, one class for each thing that is measured. */
package org.ktsn.cli.bench;
