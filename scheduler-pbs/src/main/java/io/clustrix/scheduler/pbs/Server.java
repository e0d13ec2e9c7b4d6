package io.clustrix.scheduler.pbs;

import io.clustrix.scheduler.pbs.PbsSettings.Flavor;
import io.clustrix.spi.SchedulerInfo;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What decides how a server is spoken to.
 *
 * @param torque whether it is Torque, else OpenPBS or PBS Professional
 * @param major the first number of its version, without the century; 0 if not known
 * @param history whether it keeps ended jobs, which then are seen by {@code -x} only
 */
record Server(boolean torque, int major, boolean history) {
    static final String TORQUE = "Torque";

    private static final Pattern MAJOR = Pattern.compile("\\D*([0-9]{1,4})\\b.*", Pattern.DOTALL);
    private static final int CENTURY = 2000;
    private static final int LONG_NAMES = 14;
    private static final int LIMITED_ARRAYS = 20;

    /** One that has not been asked yet, or does not answer. */
    static Server unknown(Flavor flavor) {
        return new Server(flavor == Flavor.TORQUE, 0, false);
    }

    static Server of(SchedulerInfo info, Flavor flavor) {
        Matcher m = MAJOR.matcher(info.version());
        int first = m.matches() ? Integer.parseInt(m.group(1)) : 0;
        boolean torque = flavor == Flavor.AUTO ? info.version().startsWith(TORQUE) : flavor == Flavor.TORQUE;
        return new Server(torque, first >= CENTURY ? first - CENTURY : first, info.history());
    }

    /** Whether a job's name may have more than 15 characters: up to 230 since PBS Professional 14. */
    boolean hasLongNames() {
        return !torque && (major == 0 || major >= LONG_NAMES);
    }

    /** Whether an array may say how many of its elements may run at once. */
    boolean limitsArrays() {
        return torque || major == 0 || major >= LIMITED_ARRAYS;
    }
}
