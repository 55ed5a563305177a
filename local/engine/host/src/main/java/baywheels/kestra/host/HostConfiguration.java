package baywheels.kestra.host;

import io.micronaut.context.env.Environment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * The configuration that the host itself needs, checked before anything starts. Each failure names the key.
 *
 * @param host address of this machine that the host listens on; a loopback address
 * @param port port of the API
 * @param managementPort port of health checks and metrics
 */
record HostConfiguration(String host, int port, int managementPort) {
    private static final String HOST = "micronaut.server.host";
    private static final String PORT = "micronaut.server.port";
    private static final String MANAGEMENT_PORT = "endpoints.all.port";
    private static final String USERNAME = "kestra.server.basic-auth.username";
    private static final String PASSWORD = "kestra.server.basic-auth.password";
    private static final String DATABASE = "datasources.h2.url";
    private static final String STORAGE = "kestra.storage.local.base-path";

    private static final Pattern EMAIL = Pattern.compile("[^@\\s:]+@[a-zA-Z0-9.-]+");
    /** Kestra's own rule. */
    private static final Pattern STRONG = Pattern.compile("(?=.{8,})(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).*");
    private static final int MAX_LENGTH = 256;

    /** @throws StartupException when a value is missing or can't work */
    static HostConfiguration of(Environment environment) {
        String username = required(environment, USERNAME, "an e-mail address");
        if (!EMAIL.matcher(username).matches() || username.length() > MAX_LENGTH) {
            throw new StartupException(
                USERNAME + " isn't an e-mail address of at most " + MAX_LENGTH + " characters: Kestra accepts no other user names");
        }
        String password = required(environment, PASSWORD, "a password");
        if (!STRONG.matcher(password).matches() || password.length() > MAX_LENGTH) {
            throw new StartupException(
                PASSWORD + " breaks Kestra's rule: 8 to " + MAX_LENGTH + " characters with a lower-case letter, an upper-case letter and a digit");
        }
        if (!required(environment, DATABASE, "jdbc:h2:file:<path>").startsWith("jdbc:h2:")) {
            throw new StartupException(DATABASE + " isn't an H2 database: set jdbc:h2:file:<path>");
        }
        required(environment, STORAGE, "a folder for files");
        String host = required(environment, HOST, "127.0.0.1");
        if (!isLoopback(host)) throw new StartupException(HOST + " is '" + host + "': this host listens only on this machine, so set 127.0.0.1");
        return new HostConfiguration(host, port(environment, PORT), port(environment, MANAGEMENT_PORT));
    }

    /** @throws StartupException when another program listens on one of the ports */
    void requireFreePorts() {
        requireFree(PORT, port);
        requireFree(MANAGEMENT_PORT, managementPort);
    }

    /** Root of the API. */
    String url() {
        return "http://" + host + ":" + port;
    }

    private static String required(Environment environment, String key, String example) {
        return environment.getProperty(key, String.class)
            .filter(value -> !value.isBlank())
            .orElseThrow(() -> new StartupException(key + " is not set: set it to " + example + " in a file named in MICRONAUT_CONFIG_FILES"));
    }

    private static int port(Environment environment, String key) {
        String value = required(environment, key, "a port");
        try {
            int port = Integer.parseInt(value);
            if (port > 0 && port < 65_536) return port;
        } catch (NumberFormatException notANumber) {
            // reported below
        }
        throw new StartupException(key + " is '" + value + "': set a port from 1 to 65535");
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    private void requireFree(String key, int wanted) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, wanted));
        } catch (IOException taken) {
            throw new StartupException("port " + wanted + " (" + key + ") is taken by another program: stop that program, or set another port");
        }
    }
}
