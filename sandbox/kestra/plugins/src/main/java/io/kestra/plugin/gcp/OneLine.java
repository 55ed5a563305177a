package io.kestra.plugin.gcp;

/** Puts a service's message on one line. */
public final class OneLine {
    private OneLine() {
    }

    /** The text with every run of blanks and line ends as one blank; {@code null} becomes "no message". */
    public static String of(String text) {
        return text == null || text.isBlank() ? "no message" : text.strip().replaceAll("\\s+", " ");
    }
}
