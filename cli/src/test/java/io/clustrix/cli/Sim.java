package io.clustrix.cli;

/** What tests have called on a cluster. */
public final class Sim {
    private Sim() {}

    /** A colour. */
    public enum Colour {
        /** Red. */
        RED,
        /** Green. */
        GREEN
    }

    /** Twice a number. */
    public static long twice(int n) {
        return 2L * n;
    }

    /** Fails for what can be divided by three, as long as there is no file of this name. */
    public static String picky(int n, String file) {
        if (n % 3 == 0 && !new java.io.File(file).exists()) {
            throw new IllegalStateException("no threes: " + n);
        }
        return "ok " + n;
    }

    /** Takes a constant and a flag. */
    public static String mixed(Colour colour, boolean flag, String text) {
        return colour + " " + flag + " " + text;
    }

    /** Ends its JVM. */
    public static void die(int code) {
        System.exit(code);
    }

    /** Works, and is killed without a last word. */
    public static void killed() throws Exception {
        long end = System.nanoTime() + 300_000_000L;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
                .start()
                .waitFor();
        Thread.sleep(60_000);
    }

    /** Waits until a file is there. */
    public static String await(String file) throws InterruptedException {
        System.out.println("waiting for " + file);
        for (int i = 0; i < 1200 && !new java.io.File(file).exists(); i++) {
            Thread.sleep(50);
        }
        return "seen";
    }

    /** What it is given. */
    public static String same(String text) {
        return text;
    }

    /** A value that can't be shown. */
    public static Object shy(int n) {
        return n == 2 ? new Shy() : n;
    }

    /** Can't be shown. */
    public static final class Shy implements java.io.Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public String toString() {
            throw new IllegalStateException("not for show");
        }
    }

    /** A program. */
    public static void main(String[] arguments) {
        System.out.println("main of " + String.join("+", arguments));
    }

    /** Not to be called from outside. */
    public String notStatic() {
        return "";
    }
}
