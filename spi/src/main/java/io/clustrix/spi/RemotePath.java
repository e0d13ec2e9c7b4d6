package io.clustrix.spi;

/**
 * An absolute POSIX path on a host.
 *
 * @param value the path
 */
public record RemotePath(String value) {
    /**
     * Checks the path.
     *
     * @throws IllegalArgumentException if it is not absolute or has a control character
     */
    public RemotePath {
        Names.checked("a remote path", value);
        if (!value.startsWith("/")) {
            throw new IllegalArgumentException("a remote path must be absolute, not '" + value + "'");
        }
    }

    /** A path below this one. */
    public RemotePath resolve(String child) {
        return new RemotePath(value.endsWith("/") ? value + child : value + "/" + child);
    }
}
