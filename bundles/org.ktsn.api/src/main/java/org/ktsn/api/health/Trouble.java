package org.ktsn.api.health;

/**
 * Something that is not as it should be at present, while the daemon goes on.
 *
 * @param subject what it is about, for instance a thread's or a file's name
 * @param sentence what is the matter, with the value and the remedy
 */
public record Trouble(String subject, String sentence) {}
