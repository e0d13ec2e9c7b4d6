package io.clustrix.spi;

import java.nio.file.Path;

/**
 * A file that goes to a host.
 *
 * @param from the file here
 * @param to its path there
 * @param executable whether it may be executed there
 */
public record Upload(Path from, RemotePath to, boolean executable) {}
