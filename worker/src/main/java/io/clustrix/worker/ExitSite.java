package io.clustrix.worker;

/** Who has called {@code System.exit}, asked by a shutdown hook. */
final class ExitSite {
    private ExitSite() {}

    /** A sentence that names the caller; empty if there is none, so that the JVM ends for another reason. */
    static String describe() {
        String why = "";
        for (StackTraceElement[] frames : Thread.getAllStackTraces().values()) {
            for (int i = 0; i + 1 < frames.length; i++) {
                if (isExit(frames[i]) && !isExit(frames[i + 1])) {
                    why = "System.exit was called at " + frames[i + 1];
                }
            }
        }
        return why;
    }

    private static boolean isExit(StackTraceElement frame) {
        return frame.getMethodName().equals("exit")
                && (frame.getClassName().equals("java.lang.System")
                        || frame.getClassName().equals("java.lang.Runtime"));
    }
}
