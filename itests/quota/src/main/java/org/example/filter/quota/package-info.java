/** A quota of frames for each pod: the example of docs/write-a-filter.md. */
package org.example.filter.quota;
