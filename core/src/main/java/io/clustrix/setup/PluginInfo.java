package io.clustrix.setup;

/**
 * A plugin that was found.
 *
 * @param kind what it is: executor, scheduler, transport, provisioner, serializer
 * @param name what selects it in the configuration; empty if it has none that can be used
 * @param origin its class and where that comes from
 * @param problem why it can't be used; empty if it can
 */
public record PluginInfo(String kind, String name, String origin, String problem) {}
