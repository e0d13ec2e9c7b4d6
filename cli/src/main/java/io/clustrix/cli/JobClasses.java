package io.clustrix.cli;

import io.clustrix.history.JobInfo;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** The classes of jobs on this machine. */
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

    /** Those of jobs that were submitted once, as far as they are here still. */
    static JobClasses of(List<JobInfo> jobs) {
        return new JobClasses(jobs.stream()
                .flatMap(job -> job.classPath().stream())
                .distinct()
                .filter(Files::exists)
                .toList());
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
