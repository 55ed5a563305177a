package baywheels.kestra2;

import io.kestra.core.runners.Executor;
import io.kestra.core.runners.Indexer;
import io.kestra.core.runners.Worker;
import io.kestra.core.server.Service;
import io.kestra.core.worker.Controller;
import io.kestra.worker.systemworker.SystemWorker;
import io.micronaut.context.ApplicationContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The services of a Kestra server that run executions: all but the web server and the scheduler. */
final class Engine {
    private static final Duration READY_WITHIN = Duration.ofSeconds(90);
    private static final long POLL_INTERVAL_MS = 20;
    private static final int WORKER_THREADS = 8;

    private Engine() {
    }

    /** @throws IllegalStateException when the services don't run in time */
    static ApplicationContext start(Path folder) throws IOException, InterruptedException {
        int port = freePort();
        ApplicationContext context = ApplicationContext.builder()
            .properties(Map.of(
                "kestra.storage.local.base-path", folder.resolve("storage").toString(),
                "kestra.tasks.tmp-dir.path", folder.resolve("tmp").toString(),
                "kestra.controller.port", port,
                "kestra.worker.controllers.type", "STATIC",
                "kestra.worker.controllers.static.endpoints", List.of(Map.of("host", "127.0.0.1", "port", port))))
            .environments("cli")
            .deduceEnvironment(false)
            .banner(false)
            .start();
        // the worker fetches its tasks from the controller
        Controller controller = context.getBean(Controller.class);
        Executor executor = context.getBean(Executor.class);
        Worker worker = context.getBean(Worker.class);
        SystemWorker systemWorker = context.getBean(SystemWorker.class);
        Indexer indexer = context.getBean(Indexer.class);
        controller.start();
        for (Runnable service : List.<Runnable>of(executor, indexer, systemWorker::start, () -> worker.start(WORKER_THREADS))) {
            Thread.ofPlatform().daemon().start(service);
        }
        await(List.of(controller, executor, worker, systemWorker, indexer));
        return context;
    }

    private static void await(List<Service> services) throws InterruptedException {
        Instant until = Instant.now().plus(READY_WITHIN);
        while (!services.stream().allMatch(service -> service.getState() != null && service.getState().isRunning())) {
            if (Instant.now().isAfter(until)) {
                throw new IllegalStateException("after " + READY_WITHIN.toSeconds() + " s these services don't all run: "
                    + services.stream().map(service -> service.getType() + " " + service.getState()).toList());
            }
            Thread.sleep(POLL_INTERVAL_MS);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
