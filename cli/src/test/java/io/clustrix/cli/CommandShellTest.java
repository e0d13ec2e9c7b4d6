package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandShellTest {
    private static final String SIM = "io.clustrix.cli.Sim";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private Path config(String more) throws Exception {
        return Files.writeString(
                dir.resolve("test.conf"),
                "clustrix {\n  state-directory = \"" + dir.resolve("state") + "\"\n  cache-directory = \""
                        + dir.resolve("cache") + "\"\n" + more + "}\n");
    }

    @Test
    @DisplayName("each command of the list is there, with a page of help that has its summary")
    void everyCommand() {
        for (Commands.Entry entry : Commands.all()) {
            Ran ran = Ran.of(entry.name(), "--help");

            assertThat(ran.exit()).as(entry.name()).isZero();
            assertThat(ran.out()).contains("Usage: clustrix " + entry.name()).contains(entry.summary());
            assertThat(ran.err()).isEmpty();
        }
    }

    @Test
    @DisplayName("--help lists all commands; without any command it goes to the error output, with exit code 2")
    void overview() {
        Ran help = Ran.of("--help");

        assertThat(help.exit()).isZero();
        assertThat(Commands.all()).allSatisfy(e -> assertThat(help.out()).contains("  " + e.name() + " "));
        assertThat(Ran.of()).satisfies(r -> {
            assertThat(r.exit()).isEqualTo(2);
            assertThat(r.out()).isEmpty();
            assertThat(r.err()).contains("Usage:");
        });
    }

    @Test
    @DisplayName("bad input is one line that names the option and the mend, with exit code 2")
    void badInput() throws Exception {
        Path config = config("");
        String jar = Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();

        assertRefused(Ran.of("joobs"), "there is no command 'joobs'; did you mean jobs?");
        assertRefused(Ran.of("--colour"), "there is no option '--colour'");
        assertRefused(Ran.with(config, "jobs", "--jsn"), "'--jsn'; 'clustrix jobs --help' shows what it takes");
        assertRefused(Ran.of("jobs", "--config", dir.resolve("none.conf").toString()), "--config: there is no file");
        assertRefused(Ran.with(config, "status"), "'ID'; 'clustrix status --help'");
        assertRefused(Ran.with(config, "run", dir.resolve("no.jar").toString(), "A::b"), "JAR: there is no file");
        assertRefused(Ran.with(config, "run", config.toString(), "A::b"), "is no jar");
        assertRefused(Ran.with(config, "run", jar, "com.acme.None::x"), "there is no class com.acme.None");
        assertRefused(Ran.with(config, "run", jar, "io.clustrix.cli.Sim::none"), "has no method none");
        assertRefused(Ran.with(config, "run", jar, "io.clustrix.cli.Sim::notStatic"), "it must be static");
        assertRefused(Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "--items", "a,b"), "'a' is no int");
        assertRefused(
                Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "--items", "9..1"), "--items: 9..1 has no");
        assertRefused(
                Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "1", "--cores", "0"), "--cores: 0 is less");
        assertRefused(
                Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "1", "--memory", "lots"), "--memory: ");
        assertRefused(
                Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "1", "--on", "moon"),
                "there is no cluster 'moon'");
        assertRefused(
                Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "1", "--detach"),
                "--detach: jobs of cluster local end with the program");
        assertRefused(Ran.with(config, "clean", "--older-than", "soon"), "--older-than: ");
    }

    private static void assertRefused(Ran ran, String text) {
        assertThat(ran.err())
                .contains(text)
                .startsWith("clustrix: ")
                .hasLineCount(1)
                .doesNotContain("\u001b");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
    }

    @Test
    @DisplayName("what does not exist is told with exit code 3")
    void notFound() throws Exception {
        Path config = config("");

        for (String command : new String[] {"status", "logs", "result", "cancel", "explain"}) {
            Ran ran = Ran.with(config, command, "00000000");
            assertThat(ran.err()).as(command).contains("there is no job '00000000'; 'clustrix jobs' lists them");
            assertThat(ran.exit()).as(command).isEqualTo(3);
        }
        for (String command : new String[] {"attach", "retry"}) {
            Ran ran = Ran.with(config, command, "../../etc");
            assertThat(ran.err()).as(command).contains("there is no run '../../etc'");
            assertThat(ran.exit()).as(command).isEqualTo(3);
        }
    }

    @Test
    @DisplayName("lists that are empty are [] as JSON, and nothing on the output otherwise")
    void emptyLists() throws Exception {
        Path config = config("");

        for (String command : new String[] {"runs", "jobs", "clean"}) {
            assertThat(Ran.with(config, command, "--json")).isEqualTo(new Ran(0, "[]\n", ""));
            assertThat(Ran.with(config, command).out()).isEmpty();
        }
    }

    @Test
    @DisplayName("config shows where each value comes from, and no secret")
    void config() throws Exception {
        Path config = config(
                "  clusters.hpc { executor = slurm, environment.variables { API_TOKEN = tiger, COLOUR = blue } }\n");

        Ran all = Ran.with(config, "config", "clusters.hpc");
        Ran json = Ran.with(config, "config", "clusters.hpc", "--json");

        assertThat(all.exit()).isZero();
        assertThat(all.out())
                .contains("clustrix.clusters.hpc.executor = \"slurm\"  # " + config)
                .contains("COLOUR = \"blue\"")
                .contains("***")
                .doesNotContain("tiger");
        assertThat(json.out()).contains("\"origin\":\"" + config).doesNotContain("tiger");
        assertThat(Ran.with(config, "config", "clusters.none").exit()).isEqualTo(3);
    }

    @Test
    @DisplayName("--set takes lists and objects as a file does, and all else as it stands")
    void set() throws Exception {
        Path config = config("  clusters.hpc { executor = slurm }\n");
        String key = "clusters.hpc.environment.jvm-options";

        Ran list = Ran.with(config, "config", "clusters.hpc", "--set", key + "=[\"-Da=b,c\", -Xss4m]");
        Ran object = Ran.with(
                config, "config", "clusters.hpc", "--set", "clusters.hpc.resources.options={ exclusive = \"\" }");

        assertThat(list.out()).as(list.err()).contains("jvm-options = [\"-Da=b,c\",\"-Xss4m\"]");
        assertThat(object.out()).contains("options.exclusive = \"\"");
        assertThat(Ran.with(config, "config", "--set", key + "=-Xss4m"))
                .satisfies(ran -> assertThat(ran.err()).contains(key + ": must be a list"))
                .extracting(Ran::exit)
                .isEqualTo(2);
        assertRefused(Ran.with(config, "config", "--set", key + "=[tiger"), "--set " + key + ": what begins with [");
        assertRefused(Ran.with(config, "config", "--set", key + "=[${HOME}]"), "without substitutions");
        assertThat(Ran.with(config, "config", "--set", key + "=[tiger").err()).doesNotContain("tiger");
    }

    @Test
    @DisplayName("clusters and plugins list what there is, and say of one that can't be used why")
    void clustersAndPlugins() throws Exception {
        Path config = config("  clusters.moon { executor = rocket }\n  clusters.here { executor = ssh }\n");

        Ran clusters = Ran.with(config, "clusters");
        Ran plugins = Ran.of("plugins", "--json");

        assertThat(clusters.exit()).isZero();
        assertThat(clusters.out()).contains("local").contains("here").contains("moon");
        assertThat(clusters.err()).contains("cluster 'moon' can't be used");
        assertThat(Ran.with(config, "clusters", "--json").out())
                .contains("{\"name\":\"here\",\"executor\":\"ssh\",\"host\":\"\",\"default\":false,\"problem\":\"\"}");
        assertThat(plugins.out())
                .contains("\"kind\":\"scheduler\",\"name\":\"slurm\"")
                .contains("\"kind\":\"executor\",\"name\":\"local\"");
    }

    @Test
    @DisplayName("jobs is there although the configuration is broken elsewhere")
    void brokenConfiguration() throws Exception {
        Path config = config("  clusters.hpc { executor = slurm, no-such-key = 1 }\n");

        assertThat(Ran.with(config, "jobs", "--json")).isEqualTo(new Ran(0, "[]\n", ""));
        assertThat(Ran.with(config, "config").exit()).isEqualTo(2);
    }

    @Test
    @DisplayName("run on this machine: results with their items, a program's output, a failure with exit code 1")
    void runHere() throws Exception {
        Path config = config("");
        String jar = Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();

        Ran map = Ran.with(config, "run", jar, "io.clustrix.cli.Sim::twice", "--items", "1..3");
        Ran json = Ran.with(config, "run", jar, "io.clustrix.cli.Sim::mixed", "RED", "true", "grün \"x\"", "--json");
        Ran failing = Ran.with(
                config, "run", jar, "io.clustrix.cli.Sim::picky", "--items", "2,3,4", "--keep-going", "--", "/none");

        assertThat(map.err()).contains("job ");
        assertThat(map).extracting(Ran::exit, Ran::out).containsExactly(0, "1\t2\n2\t4\n3\t6\n");
        assertThat(json.out()).isEqualTo("[\n{\"task\":0,\"value\":\"RED true grün \\\"x\\\"\"}\n]\n");
        assertThat(failing.exit()).isEqualTo(1);
        assertThat(failing.out()).isEqualTo("2\tok 2\n4\tok 4\n");
        assertThat(failing.err()).contains("task 3 failed").contains("no threes: 3");
    }

    @Test
    @DisplayName("--items @FILE: an item for each line, blanks and # too; @ in arguments is as it stands")
    void itemsOfFile() throws Exception {
        Path config = config("");
        Path file = Files.writeString(dir.resolve("items.txt"), "RED\nGREEN\n");
        Path names = Files.writeString(dir.resolve("names.txt"), "# a b\n@c\n");

        Ran map = Ran.with(config, "run", jar(), SIM + "::mixed", "--items", "@" + file, "--", "true", "@" + names);
        Ran blanks = Ran.with(config, "run", jar(), SIM + "::same", "--items", "@" + names);

        assertThat(map.out())
                .as(map.err())
                .isEqualTo("RED\tRED true @" + names + "\nGREEN\tGREEN true @" + names + "\n");
        assertThat(blanks.out()).as(blanks.err()).isEqualTo("# a b\t# a b\n@c\t@c\n");
    }

    @Test
    @DisplayName(
            "--json is one document: what a main prints goes elsewhere, a value that can't be shown is told as such")
    void oneDocument() throws Exception {
        Path config = config("");

        Ran main = Ran.with(config, "run", jar(), SIM, "--json", "--", "a");
        Ran shy = Ran.with(config, "run", jar(), SIM + "::shy", "--items", "1..2", "--json");

        assertThat(main.out()).as(main.err()).isEqualTo("[\n{\"task\":0,\"value\":null}\n]\n");
        assertThat(main.err()).contains("main of a");
        assertThat(shy.exit()).as(shy.err()).isZero();
        assertThat(shy.out())
                .startsWith("[\n{\"task\":0,\"item\":\"1\",\"value\":1},\n{\"task\":1,\"item\":\"2\",\"value\":\"(")
                .contains("which can't be shown: java.lang.IllegalStateException: not for show)")
                .endsWith("}\n]\n");
    }

    @Test
    @DisplayName("a cluster that refuses gives the same exit code with --items as without")
    void refusedByCluster() throws Exception {
        Path config = config("  clusters.hpc { executor = slurm, bin-directory = \"" + dir
                + "/none\", work-directory = \"" + dir + "/work\" }\n");

        Ran one = Ran.with(config, "run", jar(), SIM + "::twice", "--on", "hpc", "--", "1");
        Ran many = Ran.with(config, "run", jar(), SIM + "::twice", "--on", "hpc", "--items", "1..3");

        assertThat(one.exit()).as(one.err()).isIn(ExitCode.BAD_INPUT, ExitCode.CLUSTER);
        assertThat(many.exit()).as(many.err()).isEqualTo(one.exit());
    }

    @Test
    @DisplayName("a run whose files can't be read is told as such, and not as one that has ended")
    void unreadableRun() throws Exception {
        Path config = config("");
        Path run = Files.createDirectories(dir.resolve("state/runs/20260101-000000-abcdef"));
        Files.writeString(run.resolve("journal"), "what is this?\n".repeat(20));

        for (String command : new String[] {"status", "cancel", "attach", "report"}) {
            Ran ran = Ran.with(config, command, "20260101-000000-abcdef");
            assertThat(ran.exit()).as(command + ": " + ran).isEqualTo(2);
            assertThat(ran.err()).as(command).contains("run 20260101-000000-abcdef can't be read: ");
        }
    }

    private static String jar() throws Exception {
        return Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }

    @Test
    @DisplayName("the completion knows all commands and their options")
    void completion() {
        Ran ran = Ran.of("completion");

        assertThat(ran.exit()).isZero();
        assertThat(Commands.all()).allSatisfy(e -> assertThat(ran.out()).contains(e.name()));
        assertThat(ran.out()).contains("--items").contains("compinit");
    }
}
