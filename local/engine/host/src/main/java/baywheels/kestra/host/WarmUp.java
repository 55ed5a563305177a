package baywheels.kestra.host;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Starts on throw-away data and ends, so that {@code -XX:ArchiveClassesAtExit} archives the classes that every start
 * loads. Needs no configuration and reads none.
 */
final class WarmUp {
    private WarmUp() {
    }

    static void run() throws Exception {
        Path folder = Files.createTempDirectory("kestra-warm-up");
        ApplicationContext context = Main.start(Map.of(
            "micronaut.server.port", freePort(),
            "endpoints.all.port", freePort(),
            "datasources.h2.url", "jdbc:h2:mem:warm-up;TIME ZONE=UTC;DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE",
            "kestra.storage.local.base-path", folder.resolve("storage").toString(),
            "kestra.tasks.tmp-dir.path", folder.resolve("tmp").toString(),
            "kestra.server.basic-auth.username", "warm@up",
            "kestra.server.basic-auth.password", "Not-used-1"));
        ask(context);
        Main.stop(context);
        delete(folder);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
    }

    private static void ask(ApplicationContext context) throws IOException {
        var connection = (HttpURLConnection) context.getBean(EmbeddedServer.class).getURI().resolve("/").toURL().openConnection();
        connection.getResponseCode();
        connection.disconnect();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
