package baywheels.kestra.host;

/** The reason for a failed start, for the person who starts the host: one line that says what to do. */
public final class StartupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartupException(String message) {
        super(message);
    }
}
