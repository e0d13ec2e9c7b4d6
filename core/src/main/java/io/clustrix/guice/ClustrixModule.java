package io.clustrix.guice;

import com.google.inject.AbstractModule;
import com.google.inject.matcher.Matcher;
import com.google.inject.matcher.Matchers;
import io.clustrix.Cluster;
import io.clustrix.ClusterMethods;
import io.clustrix.Clustrix;
import io.clustrix.Submitter;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Binds {@link Clustrix}, and {@link Submitter} to the same object, and runs the methods annotated with {@link Cluster}
 * of objects that Guice makes on their clusters.
 *
 * <p>Guice makes a subclass that intercepts these methods, so their class may be neither final nor private, and they
 * may be neither final nor private nor static; and Guice must call the constructor itself, so objects from
 * {@code toInstance} and {@code @Provides} can't be had this way ({@link Clustrix#proxy} can do it for them). What
 * makes no sense is an error when the object is made, which names class, method and attribute.
 *
 * <p>What is shipped is a copy of the object as it was written, without the subclass: its fields as they are when the
 * method is called. Fields that can't be shipped should be {@code transient}.
 *
 * <p><b>Closing:</b> a Clustrix that was given to the module is its giver's to close. One that the module has opened is
 * closed by {@link #close()}; Guice itself closes nothing.
 */
public final class ClustrixModule extends AbstractModule implements AutoCloseable {
    private final boolean given;
    private @Nullable Clustrix clustrix;

    /** For a Clustrix that is opened as by {@link Clustrix#open()} when the first injector is made. */
    public ClustrixModule() {
        given = false;
    }

    /** For an open Clustrix. */
    public ClustrixModule(Clustrix clustrix) {
        this.given = true;
        this.clustrix = clustrix;
    }

    @Override
    protected void configure() {
        Clustrix opened = opened();
        bind(Clustrix.class).toInstance(opened);
        bind(Submitter.class).toInstance(opened);
        Interception interception = new Interception(opened);
        bindListener(Matchers.any(), interception);
        bindInterceptor(
                new Matcher<Class<?>>() {
                    @Override
                    public boolean matches(Class<?> type) {
                        return ClusterMethods.annotated(type);
                    }
                },
                new Matcher<Method>() {
                    @Override
                    public boolean matches(Method method) {
                        return ClusterMethods.annotated(method.getDeclaringClass(), method);
                    }
                },
                interception);
    }

    private synchronized Clustrix opened() {
        Clustrix c = clustrix;
        if (c == null) {
            c = Clustrix.open();
            clustrix = c;
        }
        return c;
    }

    /** Closes the Clustrix that this module has opened; one that was given to it stays open. */
    @Override
    public synchronized void close() {
        Clustrix c = clustrix;
        if (!given && c != null) {
            c.close();
        }
    }
}
