package baywheels.kestra.host;

import io.kestra.core.contexts.KestraContext;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.HashMap;
import java.util.Map;

/**
 * Kestra's engine and its REST API in one process, on one port of this machine.
 *
 * <p>It takes a Kestra server's configuration from the files named in {@code MICRONAUT_CONFIG_FILES}. A start that
 * fails ends the process with code 1 and one line on stderr; SIGTERM stops it. With the argument {@code --warm-up} it
 * runs a {@link WarmUp}.
 */
public final class Main {
    private static final long WATCH_INTERVAL_MS = 500;

    /** What no configuration file can change: this host sends no usage reports. */
    private static final Map<String, Object> FIXED = Map.of("kestra.anonymous-usage-report.enabled", false);

    private static volatile boolean stopping;

    private Main() {
    }

    public static void main(String[] args) throws InterruptedException {
        ApplicationContext context;
        try {
            if (args.length == 1 && args[0].equals("--warm-up")) {
                WarmUp.run();
                System.exit(0);
            }
            context = start(Map.of());
        } catch (Throwable failure) {
            exit("Kestra can't start: " + FailureMessage.of(failure));
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(context), "stop"));
        while (context.isRunning()) Thread.sleep(WATCH_INTERVAL_MS);
        // The engine closes itself, without a signal, when it loses its database.
        if (!stopping) exit("Kestra's engine has stopped by itself: see the log above, then start it again");
    }

    /** Starts engine and API; {@code overrides} win over the configuration files. */
    static ApplicationContext start(Map<String, Object> overrides) throws Exception {
        Map<String, Object> properties = new HashMap<>(overrides);
        properties.putAll(FIXED);
        ApplicationContext context = ApplicationContext.builder()
            .mainClass(Main.class)
            .properties(properties)
            .environments("cli")
            .deduceEnvironment(false)
            .banner(false)
            .build();
        context.getEnvironment().start();
        HostConfiguration configuration = HostConfiguration.of(context.getEnvironment());
        configuration.requireFreePorts();
        PluginCheck.requireComplete();
        context.start();
        Engine.start(context);
        context.getBean(EmbeddedServer.class).start();
        System.out.println("Kestra " + KestraContext.getContext().getVersion() + " is ready at " + configuration.url());
        return context;
    }

    static void stop(ApplicationContext context) {
        stopping = true;
        if (!context.isRunning()) return;
        context.getBean(EmbeddedServer.class).stop();
        KestraContext.getContext().shutdown();
    }

    /** Halts: threads that the engine has started would keep the process alive. */
    private static void exit(String reason) {
        System.out.flush();
        System.err.println(reason);
        System.err.flush();
        Runtime.getRuntime().halt(1);
    }
}
