package io.clustrix.setup;

/**
 * One setting that is in effect.
 *
 * @param key from {@code clustrix} on
 * @param value as it could stand in a file; {@code "***"} if it is a secret or looks like one
 * @param origin where it comes from: file and line, variable, or program
 */
public record SettingInfo(String key, String value, String origin) {}
