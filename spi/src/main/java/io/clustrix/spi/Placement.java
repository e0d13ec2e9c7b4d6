package io.clustrix.spi;

/**
 * Where an executor runs a job, and why there.
 *
 * @param where one word: {@code threads}, {@code processes}, or the scheduler's name
 * @param reason the reason, as a person would say it
 */
public record Placement(String where, String reason) {}
