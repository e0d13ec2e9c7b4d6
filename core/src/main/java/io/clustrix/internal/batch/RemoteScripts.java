package io.clustrix.internal.batch;

import io.clustrix.internal.staging.RemoteScript;

/** The shell scripts that the engine runs on the host; each says for itself what it does and what it is given. */
final class RemoteScripts {
    /**
     * Between what a script says and what the scheduler's command says that it calls; at the end of a whole listing.
     */
    static final String MARK = ":clustrix:";

    static final int EXIT_WORK_DIRECTORY = 71;
    static final int EXIT_UNPACK = 74;
    static final int EXIT_CLASS_PATH = 75;

    static final RemoteScript PREPARE = script("prepare");
    static final RemoteScript SUBMIT = script("submit");
    static final RemoteScript LOOK = script("look");
    static final RemoteScript FETCH = script("fetch");
    static final RemoteScript IN_USE = script("in-use");
    static final RemoteScript CLEAN = script("clean");
    static final RemoteScript KEPT = script("kept");
    static final RemoteScript FOLLOW = script("follow");

    private RemoteScripts() {}

    private static RemoteScript script(String name) {
        return RemoteScript.of(RemoteScripts.class, name + ".sh");
    }
}
