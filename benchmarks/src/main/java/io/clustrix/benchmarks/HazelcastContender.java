package io.clustrix.benchmarks;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Hazelcast's executor service on two members, of which this process is one; the calls go to both in turn, so that half
 * of them stay in this process. All settings but those of the network are Hazelcast's own.
 */
final class HazelcastContender implements Contender {
    private static final long JOIN_SECONDS = 40;

    private final Process other;
    private final HazelcastInstance hazelcast;
    private final IExecutorService executor;
    private final List<Member> members;

    HazelcastContender() throws IOException, InterruptedException {
        int port = HazelcastMember.freePort();
        hazelcast = HazelcastMember.start(port, port);
        other = JavaCommand.hazelcast(HazelcastMember.class, Integer.toString(port))
                .builder()
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
        while (hazelcast.getCluster().getMembers().size() < 2) {
            if (System.nanoTime() - end > 0 || !other.isAlive()) {
                close();
                throw new IOException("the second member did not join");
            }
            Thread.sleep(20);
        }
        executor = hazelcast.getExecutorService(HazelcastMember.EXECUTOR);
        members = List.copyOf(hazelcast.getCluster().getMembers());
    }

    @Override
    public Map<String, Trial> trials() {
        return Map.of(Trial.SUBMIT, this::submit, Trial.ROUND_TRIP, this::roundTrip);
    }

    private Future<Integer> call(int x, Member member) {
        return executor.submitToMember(new SmallCall(new byte[SmallCall.BYTES], x), member);
    }

    private long submit(int tasks, int batches) throws Exception {
        long start = System.nanoTime();
        for (int b = 0; b < batches; b++) {
            List<Future<Integer>> futures = new ArrayList<>(tasks);
            for (int i = 0; i < tasks; i++) {
                futures.add(call(i, members.get(i % members.size())));
            }
            for (int i = 0; i < tasks; i++) {
                SmallCall.check(i, futures.get(i).get());
            }
        }
        return System.nanoTime() - start;
    }

    /** Only calls to the other member make a trip. */
    private long roundTrip(int tasks, int batches) throws Exception {
        Member remote = members.get(0).localMember() ? members.get(1) : members.get(0);
        long[] nanos = new long[tasks * batches];
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            int result = call(i, remote).get();
            nanos[i] = System.nanoTime() - start;
            SmallCall.check(i, result);
        }
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    @Override
    public void close() {
        other.destroy();
        hazelcast.getLifecycleService().terminate();
    }
}
