package io.clustrix.spi;

import java.nio.file.Path;

/**
 * One jar of a class path, named by its content.
 *
 * @param path where it lies in the driver
 * @param sha256 its SHA-256, 64 lower-case hexadecimal digits
 * @param size its length in bytes
 */
public record ClassPathEntry(Path path, String sha256, long size) {}
