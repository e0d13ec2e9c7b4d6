package io.clustrix.arch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Who may depend on whom. The enforcer says it of jars; this says it of packages, where several modules share a class
 * path. A rule whose module is still empty passes; a module that is new joins a rule by its package name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final String ROOT = "io.clustrix";
    private static final String SPI = "io.clustrix.spi..";
    private static final String WORKER = "io.clustrix.worker..";
    private static final String KRYO = "io.clustrix.serializer.kryo..";
    private static final String LOCAL = "io.clustrix.local..";
    private static final String HOST_SSH = "io.clustrix.host.ssh..";
    private static final String PBS = "io.clustrix.scheduler.pbs..";
    private static final String SLURM = "io.clustrix.scheduler.slurm..";
    private static final String SGE = "io.clustrix.scheduler.sge..";
    private static final String METRICS = "io.clustrix.micrometer..";
    private static final String PLAIN = "io.clustrix.scheduler.ssh..";
    private static final String INTERNAL = "io.clustrix.internal.";
    private static final String BATCH = INTERNAL + "batch..";
    private static final String CONFIG = INTERNAL + "config..";
    private static final String CLI = "io.clustrix.cli..";
    private static final String SLF4J = "org.slf4j..";
    private static final String GUICE = "io.clustrix.guice..";
    private static final String WIRING = "io.clustrix.internal.wiring..";
    private static final String[] CORE = {
        ROOT,
        "io.clustrix.config..",
        "io.clustrix.doctor..",
        "io.clustrix.files..",
        "io.clustrix.history..",
        "io.clustrix.report..",
        "io.clustrix.setup..",
        GUICE,
        "io.clustrix.internal.."
    };
    private static final String JAVA = "java..";
    private static final String JSPECIFY = "org.jspecify..";

    private final JavaClasses production = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    @DisplayName("the modules are on the class path, so that the rules below look at something")
    void theModulesAreSeen() {
        assertThat(production.stream().map(JavaClass::getPackageName)).contains("io.clustrix.spi");
    }

    @Test
    @DisplayName("the SPI depends on the JDK and JSpecify only")
    void spi() {
        check(classes().that().resideInAPackage(SPI).should().onlyDependOnClassesThat(among(SPI, JAVA, JSPECIFY)));
    }

    @Test
    @DisplayName("the worker depends on the SPI and the JDK only")
    void worker() {
        check(classes()
                .that()
                .resideInAPackage(WORKER)
                .should()
                .onlyDependOnClassesThat(among(WORKER, SPI, JAVA, JSPECIFY)));
    }

    @Test
    @DisplayName("the worker neither logs nor looks for services")
    void workerIsPlain() {
        check(noClasses()
                .that()
                .resideInAPackage(WORKER)
                .should()
                .dependOnClassesThat(among("java.util.logging..")
                        .or(JavaClass.Predicates.type(ServiceLoader.class))
                        .or(JavaClass.Predicates.type(System.Logger.class))));
    }

    @Test
    @DisplayName("the Kryo serializer depends on the SPI, Kryo and the JDK only")
    void kryo() {
        check(classes()
                .that()
                .resideInAPackage(KRYO)
                .should()
                .onlyDependOnClassesThat(among(KRYO, SPI, "com.esotericsoftware.kryo.kryo5..", JAVA, JSPECIFY)));
    }

    @Test
    @DisplayName("the local executor depends on SPI, worker, ASM, slf4j and the JDK only")
    void local() {
        check(classes()
                .that()
                .resideInAPackage(LOCAL)
                .should()
                .onlyDependOnClassesThat(among(LOCAL, SPI, WORKER, "org.objectweb.asm..", SLF4J, JAVA, JSPECIFY)));
    }

    @Test
    @DisplayName("hosts over SSH depend on the SPI, sshj with its libraries, slf4j and the JDK only")
    void hostSsh() {
        check(classes()
                .that()
                .resideInAPackage(HOST_SSH)
                .should()
                .onlyDependOnClassesThat(among(
                        HOST_SSH,
                        SPI,
                        "net.schmizz..",
                        "com.hierynomus..",
                        SLF4J,
                        "javax.crypto..",
                        "javax.net..",
                        JAVA,
                        JSPECIFY)));
    }

    @Test
    @DisplayName("dialects depend on the SPI and the JDK only")
    void dialects() {
        for (String dialect : List.of(PBS, SLURM, SGE, PLAIN)) {
            check(classes()
                    .that()
                    .resideInAPackage(dialect)
                    .should()
                    .onlyDependOnClassesThat(among(dialect, SPI, JAVA, "javax.xml.stream..", JSPECIFY)));
        }
    }

    @Test
    @DisplayName("dialects do no I/O: they are given answers and make commands")
    void dialectsArePure() {
        check(noClasses()
                .that(among(PBS, SLURM, SGE, PLAIN))
                .should()
                .dependOnClassesThat(among("java.net..", "java.nio.file..", "java.util.concurrent..")
                        .or(JavaClass.Predicates.type(Process.class))
                        .or(JavaClass.Predicates.type(ProcessBuilder.class))
                        .or(JavaClass.Predicates.type(Thread.class))));
    }

    @Test
    @DisplayName("metrics depend on core's API, the SPI, Micrometer and the JDK only, and nobody on them")
    void metrics() {
        check(classes()
                .that()
                .resideInAPackage(METRICS)
                .should()
                .onlyDependOnClassesThat(among(METRICS, ROOT, SPI, "io.micrometer.core..", JAVA, JSPECIFY)));
        check(noClasses().that(not(among(METRICS))).should().dependOnClassesThat(among(METRICS, "io.micrometer..")));
    }

    @Test
    @DisplayName("core knows no executor, dialect, transport or serializer but by ServiceLoader")
    void core() {
        check(noClasses()
                .that()
                .resideInAnyPackage(CORE)
                .should()
                .dependOnClassesThat(among(LOCAL, KRYO, HOST_SSH, PBS, SLURM, SGE, PLAIN)));
    }

    @Test
    @DisplayName("the engine uses staging, journal, host and config, and none of these knows it")
    void engineIsOnTop() {
        check(noClasses()
                .that(among(INTERNAL + "staging..", INTERNAL + "journal..", INTERNAL + "host..", CONFIG))
                .should()
                .dependOnClassesThat(among(BATCH, WIRING, ROOT)));
    }

    @Test
    @DisplayName("staging and journal are parts by themselves, and know neither each other nor the configuration")
    void partsOfTheEngine() {
        check(noClasses()
                .that(among(INTERNAL + "staging.."))
                .should()
                .dependOnClassesThat(among(INTERNAL + "journal..", INTERNAL + "host..", CONFIG)));
        check(noClasses()
                .that(among(INTERNAL + "journal..", INTERNAL + "host.."))
                .should()
                .dependOnClassesThat(among(INTERNAL + "staging..", CONFIG)));
    }

    @Test
    @DisplayName("the engine knows no scheduler by name and starts no process itself: dialects and hosts do")
    void engine() {
        check(noClasses()
                .that(among(BATCH))
                .should()
                .dependOnClassesThat(among(LOCAL, HOST_SSH, PBS, SLURM, SGE, PLAIN)
                        .or(JavaClass.Predicates.type(ProcessBuilder.class))
                        .or(JavaClass.Predicates.type(Runtime.class))));
    }

    @Test
    @DisplayName("nobody uses commons-compress: the tar that is needed is our own")
    void noCommonsCompress() {
        check(noClasses().should().dependOnClassesThat(among("org.apache.commons.compress..")));
    }

    @Test
    @DisplayName("the page on architecture and the README name every module")
    void modulesInPages() throws IOException {
        Path root = Optional.ofNullable(System.getProperty("maven.multiModuleProjectDirectory"))
                .map(Path::of)
                .orElseGet(() -> Path.of("").toAbsolutePath().getParent());
        Matcher modules =
                Pattern.compile("<module>([^<]+)</module>").matcher(Files.readString(root.resolve("pom.xml")));
        String architecture = Files.readString(root.resolve("docs/architecture.md"));
        String readme = Files.readString(root.resolve("README.md"));
        List<String> published = new ArrayList<>();
        while (modules.find()) {
            String module = modules.group(1);
            assertThat(architecture).as("docs/architecture.md").contains(module);
            if (!List.of("integration-tests", "examples", "benchmarks", "site").contains(module)) {
                published.add("`clustrix-" + module + "`");
            }
        }
        assertThat(readme).contains(published);
    }

    @Test
    @DisplayName("only the composition root knows of Guice")
    void guice() {
        check(noClasses()
                .that(not(among(GUICE, WIRING)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.google.inject.."));
    }

    @Test
    @DisplayName(
            "the command line uses core's public API, which takes Config objects, picocli and the JDK, for ssh-setup alone"
                    + " host-ssh, and nobody uses it")
    void commandLine() {
        check(classes()
                .that()
                .resideInAPackage(CLI)
                .should()
                .onlyDependOnClassesThat(among(
                        CLI,
                        ROOT,
                        "io.clustrix.doctor..",
                        "io.clustrix.files..",
                        "io.clustrix.history..",
                        "io.clustrix.report..",
                        "io.clustrix.setup..",
                        HOST_SSH,
                        SPI,
                        "com.typesafe.config..",
                        "picocli..",
                        JAVA,
                        JSPECIFY)));
        check(noClasses()
                .that(among(CLI).and(not(JavaClass.Predicates.simpleName("SshSetupCommand"))))
                .should()
                .dependOnClassesThat(among(HOST_SSH)));
        check(noClasses().that(not(among(CLI))).should().dependOnClassesThat(among(CLI, "picocli..")));
    }

    @Test
    @DisplayName("the history of runs loads no logger and no configuration, so that reading it takes no time")
    void historyIsLight() {
        check(noClasses()
                .that(among("io.clustrix.history..", "io.clustrix.report..", "io.clustrix.setup.."))
                .should()
                .dependOnClassesThat(among(SLF4J, CONFIG, WIRING)));
    }

    @Test
    @DisplayName("packages form no cycles")
    void packagesFormNoCycles() {
        // The door of the API opens onto what implements it; that one arrow upward is the only one.
        check(slices().assignedFrom(new ByPackage())
                .should()
                .beFreeOfCycles()
                .ignoreDependency(
                        DescribedPredicate.describe(
                                "Clustrix", type -> type.getName().equals("io.clustrix.Clustrix")),
                        resideInAPackage("io.clustrix.internal..")));
    }

    @Test
    @DisplayName("a class called Manager, Helper or Util has no name yet")
    void names() {
        check(noClasses().should().haveNameMatching(".*[.$]\\w*(Manager|Helper|Helpers|Util|Utils)"));
    }

    @Test
    @DisplayName("no static state: every static field is final")
    void noStaticState() {
        check(fields().that()
                .areStatic()
                .and()
                .doNotHaveModifier(JavaModifier.SYNTHETIC)
                .should()
                .beFinal());
    }

    @Test
    @DisplayName("every package is @NullMarked")
    void nullMarked() {
        Stream<JavaPackage> packages =
                production.stream().map(JavaClass::getPackage).distinct();

        assertThat(packages.filter(p -> !p.isAnnotatedWith(NullMarked.class)).map(JavaPackage::getName))
                .as("packages without a @NullMarked package-info.java")
                .isEmpty();
    }

    private void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(production);
    }

    private static DescribedPredicate<JavaClass> among(String... packages) {
        return resideInAnyPackage(packages);
    }

    /** Each package is a slice of its own, the API's root package too (which no package pattern can capture). */
    private static final class ByPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().startsWith(ROOT)
                    ? SliceIdentifier.of(type.getPackageName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}
