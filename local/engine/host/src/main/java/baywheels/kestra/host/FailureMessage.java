package baywheels.kestra.host;

import org.yaml.snakeyaml.error.MarkedYAMLException;

/** Describes a failed start in one line. */
final class FailureMessage {
    private FailureMessage() {
    }

    static String of(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root && !(root instanceof StartupException)) root = root.getCause();
        return reasonOf(root);
    }

    private static String reasonOf(Throwable root) {
        String message = root.getMessage() == null ? "" : root.getMessage().strip();
        return switch (root) {
            case StartupException worded -> message;
            case MarkedYAMLException yaml -> "MICRONAUT_CONFIG_FILES names a file that isn't YAML (" + System.getenv("MICRONAUT_CONFIG_FILES")
                + "): line " + (yaml.getProblemMark().getLine() + 1) + ": " + yaml.getProblem();
            case Throwable locked when message.startsWith("The file is locked") ->
                "the database of datasources.h2.url is in use by another process: stop that process, or set another file";
            // A message is often only a name; the kind of exception says what is wrong with it.
            default -> root.getClass().getSimpleName() + message.lines().findFirst().map(line -> ": " + line).orElse("");
        };
    }
}
