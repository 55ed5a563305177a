package baywheels.kestra.host;

import io.kestra.core.contexts.KestraContext;
import io.kestra.core.runners.ExecutorInterface;
import io.kestra.core.runners.Indexer;
import io.kestra.core.runners.Scheduler;
import io.kestra.core.runners.Worker;
import io.kestra.core.server.Service;
import io.kestra.worker.DefaultWorker;
import io.micronaut.context.ApplicationContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The services of a Kestra server besides its API: executor, worker, scheduler and indexer. */
final class Engine {
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    private static final long POLL_INTERVAL_MS = 20;

    /** As many tasks run at once as in the image's standalone server. */
    private static final int THREADS_PER_PROCESSOR = 8;

    private final List<Service> services = new ArrayList<>();
    private final List<Future<?>> runs = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Engine() {
    }

    /**
     * Starts the services and waits until they run. Closing the context stops them.
     *
     * @throws StartupException when they don't run within a minute
     * @throws Exception the failure of the service that fails
     */
    static void start(ApplicationContext context) throws Exception {
        Engine engine = new Engine();
        ExecutorInterface executor = context.getBean(ExecutorInterface.class);
        engine.run(executor, executor);
        int processors = Runtime.getRuntime().availableProcessors();
        int threads = KestraContext.getContext().getWorkerMaxNumThreads().orElse(processors * THREADS_PER_PROCESSOR);
        Worker worker = context.createBean(DefaultWorker.class, UUID.randomUUID().toString(), threads, null);
        context.registerSingleton(worker);
        engine.run(worker, worker);
        Scheduler scheduler = context.getBean(Scheduler.class);
        engine.run(scheduler, scheduler);
        Indexer indexer = context.getBean(Indexer.class);
        engine.run(indexer, indexer);
        engine.threads.shutdown();
        engine.awaitRunning();
    }

    private void run(Service service, Runnable body) {
        services.add(service);
        runs.add(threads.submit(body));
    }

    private void awaitRunning() throws Exception {
        Instant until = Instant.now().plus(READY_WITHIN);
        while (!services.stream().allMatch(Engine::isRunning)) {
            throwFailure();
            if (Instant.now().isAfter(until)) {
                throw new StartupException("its services don't run after " + READY_WITHIN.toSeconds() + " s: see the log above");
            }
            Thread.sleep(POLL_INTERVAL_MS);
        }
    }

    /** A service without a state has just been started; the indexer never has one. */
    private static boolean isRunning(Service service) {
        return service.getState() == null ? service instanceof Indexer : service.getState().isRunning();
    }

    private void throwFailure() throws Exception {
        for (Future<?> run : runs) {
            if (!run.isDone()) continue;
            try {
                run.get();
            } catch (ExecutionException failed) {
                throw failed.getCause() instanceof Exception cause ? cause : failed;
            }
        }
    }
}
