package io.clustrix.guice;

import com.google.inject.TypeLiteral;
import com.google.inject.spi.InjectionListener;
import com.google.inject.spi.TypeEncounter;
import com.google.inject.spi.TypeListener;
import io.clustrix.ClusterMethods;
import io.clustrix.Clustrix;
import io.clustrix.spi.ConfigurationException;
import java.util.concurrent.ConcurrentHashMap;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** Checks classes when Guice first hears of them, and runs their annotated methods on clusters. */
final class Interception implements TypeListener, MethodInterceptor {
    private static final String SUBCLASS = "$$EnhancerByGuice$$";

    private final Clustrix clustrix;
    private final PlainCopies copies = new PlainCopies();
    private final ConcurrentHashMap<Class<?>, ClusterMethods> methods = new ConcurrentHashMap<>();

    Interception(Clustrix clustrix) {
        this.clustrix = clustrix;
    }

    @Override
    public <I> void hear(TypeLiteral<I> type, TypeEncounter<I> encounter) {
        Class<?> written = written(type.getRawType());
        if (!ClusterMethods.annotated(written)) {
            return;
        }
        try {
            methods.put(written, ClusterMethods.ofClass(clustrix, written));
        } catch (ConfigurationException e) {
            encounter.addError("%s", String.valueOf(e.getMessage()));
            return;
        }
        encounter.register((InjectionListener<I>) made -> {
            if (!made.getClass().getName().contains(SUBCLASS)) {
                throw new ConfigurationException(
                        "Guice did not make this object of class " + written.getName()
                                + " itself, so its @Cluster methods would run here",
                        "let Guice call the constructor (no toInstance, no @Provides)",
                        "or bind an interface to clustrix.proxy(Interface.class, object)");
            }
        });
    }

    @Override
    public @Nullable Object invoke(MethodInvocation call) throws Throwable {
        Object self = call.getThis();
        Class<?> written = written(self.getClass());
        ClusterMethods known = methods.get(written);
        if (known == null || !known.contains(call.getMethod())) {
            return call.proceed();
        }
        return known.call(copies.of(self, written), call.getMethod(), call.getArguments());
    }

    private static Class<?> written(Class<?> type) {
        Class<?> c = type;
        while (c.getName().contains(SUBCLASS) && c.getSuperclass() != null) {
            c = c.getSuperclass();
        }
        return c;
    }
}
