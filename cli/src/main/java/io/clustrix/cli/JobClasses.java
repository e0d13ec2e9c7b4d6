package io.clustrix.cli;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** The classes of a job on this machine. */
final class JobClasses implements AutoCloseable {
    private final URLClassLoader loader;

    JobClasses(List<Path> classPath) {
        List<URL> urls = new ArrayList<>();
        try {
            for (Path path : classPath) {
                urls.add(path.toUri().toURL());
            }
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("a path of the class path is no URL", e);
        }
        loader = new URLClassLoader(urls.toArray(new URL[0]), JobClasses.class.getClassLoader());
    }

    ClassLoader loader() {
        return loader;
    }

    /** Does something with these as the thread's context class loader, with which results are read. */
    <T> T call(Callable<T> what) throws Exception {
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        current.setContextClassLoader(loader);
        try {
            return what.call();
        } finally {
            current.setContextClassLoader(before);
        }
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
