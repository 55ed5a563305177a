package baywheels.zetasql;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Answers requests, one JSON object a line, on standard input with one JSON object a line on standard output, until the input ends.
 *
 * <p>`{"analyze": [{"name": ..., "sql": ...}], "project": ...}` analyzes statements in their order, each against the tables that those
 * before it made: {@link Analysis}. `{"evaluate": [{"sql": ..., "tables": [{"name": ..., "sql": ...}]}]}` runs queries by ZetaSQL's
 * reference implementation: {@link Reference}.
 */
public final class Main {
    private Main() {}

    /** A request: one of both lists is there. */
    record Request(List<Analysis.Statement> analyze, String project, List<Reference.Query> evaluate) {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        Gson gson = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Request request = gson.fromJson(line, Request.class);
            Object answer = request.analyze() != null
                ? new Analysis(request.project()).analyze(request.analyze())
                : request.evaluate().stream().map(Reference::evaluate).toList();
            out.println(gson.toJson(answer));
        }
    }
}
