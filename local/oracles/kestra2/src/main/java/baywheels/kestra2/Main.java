package baywheels.kestra2;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.kestra.core.serializers.JacksonMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Kestra's engine 2.0.0, for tests: answers each {@link Request}, one JSON object per line on standard input, with JSON
 * objects on standard output, one per line, until the input ends. The log goes to standard error.
 *
 * <p>Argument: an empty folder for the files of Kestra's storage and of its tasks. The database is in memory.
 */
public final class Main {
    private Main() {
    }

    /**
     * Something to do, in the order of these properties; each may be missing.
     *
     * @param kv entries of the key-value store to set: a text becomes a STRING, an object a JSON
     * @param files namespace files to write, content by path
     * @param validate sources of flows to check; one {@link Session.Verdict} is answered for each
     * @param flows sources of flows to register
     * @param run an execution to run to its end; one {@link Session.Outcome} is answered
     */
    record Request(
        String namespace,
        Map<String, Object> kv,
        Map<String, String> files,
        List<String> validate,
        List<String> flows,
        Session.Run run) {
    }

    /** The end of a request's answers; {@code error} is null unless something of it failed. */
    record Done(boolean done, String error) {
    }

    public static void main(String[] arguments) {
        int code = 0;
        try {
            serve(Path.of(arguments[0]));
        } catch (Throwable failed) {
            failed.printStackTrace();
            code = 1;
        }
        // the engine's threads would keep the process alive, and nothing of it is needed again
        Runtime.getRuntime().halt(code);
    }

    private static void serve(Path folder) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // no library may write between the answers
        System.setOut(System.err);
        ObjectMapper json = JacksonMapper.ofJson();
        Session session = new Session(Engine.start(folder));
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            for (Object answer : answer(session, json.readValue(line, Request.class))) answers.println(json.writeValueAsString(answer));
        }
    }

    private static List<Object> answer(Session session, Request request) {
        List<Object> answers = new ArrayList<>();
        try {
            if (request.kv() != null) session.setKv(request.namespace(), request.kv());
            if (request.files() != null) session.putFiles(request.namespace(), request.files());
            if (request.validate() != null) answers.addAll(session.validate(request.validate()));
            if (request.flows() != null) session.register(request.flows());
            if (request.run() != null) answers.add(session.run(request.namespace(), request.run()));
            answers.add(new Done(true, null));
        } catch (Exception failed) {
            failed.printStackTrace();
            answers.add(new Done(true, failed.toString()));
        }
        return answers;
    }
}
