package io.clustrix.guice;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import io.clustrix.Cluster;
import io.clustrix.Clustrix;
import io.clustrix.Submitter;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClustrixModuleTest {
    private final ShippingCluster cluster = new ShippingCluster();
    private final Clustrix clustrix = Clustrix.builder()
            .executorProvider(cluster)
            .set("clusters.test.executor", "shipping")
            .defaultCluster("test")
            .open();

    @AfterEach
    void close() {
        clustrix.close();
    }

    static class Factor {
        int value = 7;
    }

    static class Base {
        private final String secret = "from the base class";

        @Cluster
        String inherited() {
            return secret;
        }
    }

    static class Simulation extends Base {
        private final Factor factor;
        private transient int calls;

        @Inject
        Simulation(Factor factor) {
            this.factor = factor;
        }

        @Cluster(cores = 4)
        public int run(int n) {
            calls++;
            return n * factor.value;
        }

        @Cluster
        protected CompletableFuture<String> whoRuns() {
            return CompletableFuture.completedFuture(
                    getClass().getName() + " on " + Thread.currentThread().getName());
        }

        @Cluster
        int nested(int n) {
            return run(n) + 1; // runs there, as it is written, without another job
        }

        @Cluster
        public void fails() throws IOException {
            throw new IOException("as it is");
        }

        public String here() {
            return Thread.currentThread().getName() + calls;
        }
    }

    @Test
    @DisplayName(
            "annotated methods of injected objects run on the cluster; the worker gets the class as it was written")
    void intercepts() throws Exception {
        Simulation simulation =
                Guice.createInjector(new ClustrixModule(clustrix)).getInstance(Simulation.class);
        assertThat(simulation.run(6)).isEqualTo(42);
        assertThat(simulation.nested(6)).isEqualTo(43);
        assertThat(cluster.jobs).hasSize(2);
        assertThat(cluster.jobs.get(0).options().resources().cores()).hasValue(4);
        assertThat(cluster.jobs.get(0).options().name()).isEqualTo("Simulation.run");
        assertThat(simulation.whoRuns().get(5, SECONDS))
                .startsWith(Simulation.class.getName() + " on shipping-")
                .doesNotContain("EnhancerByGuice");
        assertThat(simulation.inherited()).isEqualTo("from the base class");
        assertThat(simulation.here()).isEqualTo(Thread.currentThread().getName() + "0");
        assertThatThrownBy(simulation::fails).isInstanceOf(IOException.class).hasMessage("as it is");
    }

    @Test
    void bindsClustrixAndLeavesItOpen() {
        ClustrixModule module = new ClustrixModule(clustrix);
        Injector injector = Guice.createInjector(module);
        assertThat(injector.getInstance(Clustrix.class)).isSameAs(clustrix);
        assertThat(injector.getInstance(Submitter.class)).isSameAs(clustrix);
        module.close();
        assertThat(clustrix.submit(() -> 1).join()).isEqualTo(1);
    }

    interface Service {
        @Cluster
        int serve(int n);
    }

    static class ServiceImpl implements Service {
        @Override
        public int serve(int n) {
            return n + 1;
        }
    }

    @Cluster(cores = 2)
    static class Whole {
        public int a() {
            return 1;
        }

        int notPublic() {
            return 2;
        }
    }

    @Test
    void annotationsOfInterfacesAndClasses() {
        Injector injector = Guice.createInjector(new ClustrixModule(clustrix), new AbstractModule() {
            @Override
            protected void configure() {
                bind(Service.class).to(ServiceImpl.class);
            }
        });
        assertThat(injector.getInstance(Service.class).serve(1)).isEqualTo(2);
        assertThat(cluster.jobs).hasSize(1);
        Whole whole = injector.getInstance(Whole.class);
        assertThat(whole.a() + whole.notPublic()).isEqualTo(3);
        assertThat(cluster.jobs).hasSize(2);
        assertThat(cluster.jobs.get(1).options().resources().cores()).hasValue(2);
    }

    static class Unfit {
        @Cluster
        static int statical() {
            return 1;
        }

        @Cluster
        private int hidden() {
            return 1;
        }

        @Cluster
        public final int fixed() {
            return hidden();
        }

        @Cluster(memory = "100%")
        public void memory() {}

        @Cluster
        public Stream<String> stream() {
            return Stream.of();
        }
    }

    static final class Closed {
        @Cluster
        public void fine() {}
    }

    @Test
    @DisplayName("what can't be intercepted, or makes no sense, is refused when the object is made; everything at once")
    void refusals() {
        Injector injector = Guice.createInjector(new ClustrixModule(clustrix));
        assertThatThrownBy(() -> injector.getInstance(Unfit.class))
                .hasMessageContaining("Unfit.statical(): the method is static")
                .hasMessageContaining("Unfit.hidden(): the method is private")
                .hasMessageContaining("Unfit.fixed(): the method is final")
                .hasMessageContaining("Unfit.memory(): memory: '100%' is no amount of memory")
                .hasMessageContaining("Unfit.stream(): return type: Stream");
        assertThatThrownBy(() -> injector.getInstance(Closed.class)).hasMessageContaining("the class is final");
    }

    @Test
    void objectsThatGuiceDidNotMake() {
        assertThatThrownBy(() -> Guice.createInjector(new ClustrixModule(clustrix), new AbstractModule() {
                    @Override
                    protected void configure() {
                        bind(Simulation.class).toInstance(new Simulation(new Factor()));
                    }
                }))
                .hasMessageContaining("did not make this object")
                .hasMessageContaining("Simulation");
    }
}
