package baywheels.kestra.host;

/** A reason for not starting, worded for the person who starts the host: one line, with what to do. */
public final class StartupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartupException(String message) {
        super(message);
    }
}
