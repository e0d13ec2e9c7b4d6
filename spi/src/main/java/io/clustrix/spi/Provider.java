package io.clustrix.spi;

/**
 * A named factory, found by {@link java.util.ServiceLoader} through one of its sub-interfaces.
 *
 * <p>An implementation is public and has a public constructor without parameters. Neither the constructor nor
 * {@link #name()} may throw, do I/O or start threads: they are called for every plugin on the class path, needed or
 * not.
 */
public interface Provider {
    /**
     * What selects the plugin in the configuration ({@code executor = slurm}): unique among plugins of its kind, of the
     * form {@code [a-z][a-z0-9-]*}, and stable.
     */
    String name();
}
