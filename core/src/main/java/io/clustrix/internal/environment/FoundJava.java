package io.clustrix.internal.environment;

/**
 * A Java that was started and has told of itself.
 *
 * @param from where it was found: asked, control, JAVA_HOME, PATH, folder, shipped, prefix
 * @param path what starts it
 * @param feature its feature version
 * @param version its full version, for instance {@code 17.0.15+6}
 * @param vendor who built it
 */
record FoundJava(String from, String path, int feature, String version, String vendor) {
    String described() {
        return "Java " + version + " (" + vendor + "), " + path;
    }
}
